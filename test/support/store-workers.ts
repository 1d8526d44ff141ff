import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Store } from 'jwt-extended/stores'

/** The name of a method of a store, and what it is called with. */
export type StoreCall = readonly [name: Exclude<keyof Store, 'name' | 'isVolatile'>, ...values: readonly unknown[]]

export interface StoreTask {
  readonly prefix: string
  readonly calls: readonly StoreCall[]
}

export interface StoreWorkers {
  /** Deals the calls to the processes, which run them all at once; the results are in the order of the calls. */
  run(task: StoreTask): Promise<unknown[]>
  stop(): Promise<void>
}

/** Starts processes that use Postgres stores. */
export async function startWorkers(count: number, connectionString: string): Promise<StoreWorkers> {
  const file = fileURLToPath(new URL('store-worker.ts', import.meta.url))
  const start = (): ChildProcess => fork(file, [connectionString], { execArgv: ['--import', 'tsx'] })
  const workers = Array.from({ length: count }, start)
  await Promise.all(workers.map(untilReady))
  return {
    run: async ({ prefix, calls }) => {
      const share = (index: number): StoreTask => ({
        prefix,
        calls: calls.filter((_, place) => place % count === index),
      })
      const shares = workers.map((worker, index) => ask(worker, share(index)))
      const results = await Promise.all(shares)
      return calls.map((_, place) => results[place % count]?.[Math.floor(place / count)])
    },
    stop: async () => {
      await Promise.all(workers.map(worker => [once(worker, 'exit'), worker.disconnect()][0]))
    },
  }
}

async function untilReady(worker: ChildProcess): Promise<void> {
  const ended = once(worker, 'exit').then(([status]) => Promise.reject(new Error(`a worker ended with ${status}`)))
  await Promise.race([once(worker, 'message'), ended])
  ended.catch(() => {})
}

async function ask(worker: ChildProcess, task: StoreTask): Promise<unknown[]> {
  const answer = once(worker, 'message')
  worker.send(task)
  const [{ results, error }] = await answer
  if (error !== undefined) throw new Error(error)
  return results
}
