import assert from 'node:assert/strict'
import { type ChildProcess, fork } from 'node:child_process'
import { on, once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { MemorySample } from './support/soak-process.ts'

const mib = 1024 * 1024

/** From look to look it varies by 0.3 MiB; one byte of each request that stays is ten million bytes. */
const maxGrowth = 2 * mib

/** What OpenSSL allocates shows here alone, among the ups and downs of the allocator: some 20 MiB. */
const maxRssGrowth = 64 * mib

/**
 * Ten million requests, each with a token that never came before: the memory is the same afterwards. SOAK_MILLIONS says
 * how many, where it is to be quicker.
 */
export async function run(): Promise<void> {
  const millions = Number(process.env['SOAK_MILLIONS'] ?? 10)
  const samples = await soak(millions)
  const [first, last] = [samples.at(0), samples.at(-1)]
  assert.ok(first !== undefined && last !== undefined && samples.length === millions + 1, 'the process ended too early')
  const growth = last.heapUsed + last.external - first.heapUsed - first.external
  console.log(`grown by ${inMib(growth)} MiB over ${inThousands(last.requests - first.requests)} requests`)
  assert.ok(growth < maxGrowth, `heap and external memory grew by ${inMib(growth)} MiB`)
  assert.ok(last.rss - first.rss < maxRssGrowth, `the process grew by ${inMib(last.rss - first.rss)} MiB`)
}

/** In a process of its own, so that nothing else is in its heap. */
async function soak(millions: number): Promise<MemorySample[]> {
  const file = fileURLToPath(new URL('support/soak-process.ts', import.meta.url))
  const execArgv = ['--no-warnings', '--expose-gc', '--import', 'tsx']
  const child = fork(file, [String(millions)], { execArgv })
  const exit = once(child, 'exit')
  const samples = await print(child)
  const [status] = await exit
  assert.equal(status, 0, `the process ended with ${status}`)
  return samples
}

async function print(child: ChildProcess): Promise<MemorySample[]> {
  const samples: MemorySample[] = []
  const start = performance.now()
  printRow(['requests', 's', 'heap', 'external', 'buffers', 'rss, MiB'])
  for await (const [sample] of on(child, 'message', { close: ['disconnect'] }) as AsyncIterable<[MemorySample]>) {
    const { requests, heapUsed, external, arrayBuffers, rss } = sample
    const seconds = ((performance.now() - start) / 1000).toFixed(0)
    printRow([inThousands(requests), seconds, ...[heapUsed, external, arrayBuffers, rss].map(inMib)])
    samples.push(sample)
  }
  return samples
}

function printRow(cells: readonly string[]): void {
  console.log(cells.map(cell => cell.padStart(11)).join(''))
}

function inMib(bytes: number): string {
  return (bytes / mib).toFixed(2)
}

function inThousands(count: number): string {
  return count.toLocaleString('en')
}
