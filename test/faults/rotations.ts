import { rotateInParallel } from '../sessions/parallel-rotations.ts'
import { withEachStore } from '../stores/harness/index.ts'
import { startWorkers } from '../stores/harness/workers.ts'

const rounds = 50

/** Rotates one token 200 times at once, 50 times on each store, from two processes where the store is shared. */
export async function run(): Promise<void> {
  const workers = await startWorkers()
  try {
    await withEachStore(async under => {
      const start = performance.now()
      await rotateInParallel(under, workers, rounds)
      const processes = under.family.isShared ? 2 : 1
      const seconds = ((performance.now() - start) / 1000).toFixed(1)
      process.stdout.write(
        `${under.name}: ${rounds} rounds of 200 rotations at once, by ${processes} process(es), one successor each, ${seconds} s\n`,
      )
      await workers.disconnect()
    })
  } finally {
    await workers.stop()
  }
}
