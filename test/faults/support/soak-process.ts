import { setImmediate } from 'node:timers/promises'
import { openTraffic } from './soak-traffic.ts'

/** What the process holds, in bytes, once it has been cleared of all that it can do without. */
export interface MemorySample extends Pick<NodeJS.MemoryUsage, 'heapUsed' | 'external' | 'arrayBuffers' | 'rss'> {
  readonly requests: number
}

/**
 * Fills the caches, and has every function compiled. As the million between two looks, it is a whole number of
 * generations of each cache and of minutes of the clock: so equally much is alive whenever there is a look.
 */
const warmUp = 500_000
const million = 1_000_000

const millions = Number(process.argv[2])
// Whoever wanted to know is gone.
process.once('disconnect', () => process.exit())

const traffic = openTraffic()
await traffic.send(warmUp)
await report()
for (let count = 0; count < millions; count++) {
  await traffic.send(million)
  await report()
}
process.disconnect()

async function report(): Promise<void> {
  // What an object outside the heap belongs to may be found dead only after a turn of the event loop.
  for (let round = 0; round < 3; round++) {
    await setImmediate()
    collectGarbage()
  }
  const { heapUsed, external, arrayBuffers, rss } = process.memoryUsage()
  const sample: MemorySample = { requests: traffic.sent, heapUsed, external, arrayBuffers, rss }
  await new Promise(resolve => process.send?.(sample, resolve))
}

function collectGarbage(): void {
  if (globalThis.gc === undefined) throw new Error('run this with --expose-gc')
  globalThis.gc()
}
