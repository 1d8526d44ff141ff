import { type ChildProcess, fork } from 'node:child_process'
import { on, once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Store } from 'jwt-extended/stores'
import type { StoreUnderTest } from './store-family.ts'

/** The name of a method of a store, and what it is called with. */
export type StoreCall = readonly [name: Exclude<keyof Store, 'name' | 'isVolatile'>, ...values: readonly unknown[]]

/** A method of `jwt.sessions`, and the identity, token or id that it is called with. */
export type SessionCall = readonly [name: `sessions.${'create' | 'rotate' | 'revoke' | 'revokeAll'}`, value: string]

/** What came of a call of `jwt.sessions`: with tokens where it makes some, or the code that it was refused with. */
export interface SessionOutcome {
  readonly sessionId?: string
  readonly accessToken?: string
  readonly refreshToken?: string
  readonly refused?: string
}

/** Where a store is. */
export type StorePlace = Pick<StoreUnderTest, 'client' | 'address'> & {
  readonly family: string
  /** The name of the store. */
  readonly name: string
}

export interface WorkerTask {
  readonly place: StorePlace
  readonly calls: readonly (StoreCall | SessionCall)[]
}

export interface WorkerMessage {
  readonly id: number
  readonly task: WorkerTask | 'disconnect'
}

interface WorkerAnswer {
  readonly id: number
  readonly results?: unknown[]
  readonly error?: string
}

/** Processes of their own, which may use every store that is shared. */
export interface StoreWorkers {
  /** Deals the calls to the processes, which run them all at once; the results are in the order of the calls. */
  run(place: StorePlace, calls: readonly StoreCall[]): Promise<unknown[]>
  run(place: StorePlace, calls: readonly SessionCall[]): Promise<SessionOutcome[]>
  /** Closes all connections, so that servers can end. */
  disconnect(): Promise<void>
  stop(): Promise<void>
}

export function placeOf({ family, client, address }: StoreUnderTest, name: string): StorePlace {
  return { family: family.name, client, address, name }
}

export async function startWorkers(count = 2): Promise<StoreWorkers> {
  const file = fileURLToPath(new URL('worker.ts', import.meta.url))
  const start = (): ChildProcess => fork(file, { execArgv: ['--no-warnings', '--import', 'tsx'] })
  const workers = Array.from({ length: count }, start)
  await Promise.all(workers.map(untilReady))
  return {
    run: async (place: StorePlace, calls: readonly (StoreCall | SessionCall)[]) => {
      const share = (index: number) => ({ place, calls: calls.filter((_, position) => position % count === index) })
      const results = await Promise.all(workers.map((worker, index) => ask(worker, share(index))))
      return calls.map((_, position) => results[position % count]?.[Math.floor(position / count)]) as never[]
    },
    disconnect: async () => void (await Promise.all(workers.map(worker => ask(worker, 'disconnect')))),
    stop: async () => {
      await Promise.all(workers.map(worker => [once(worker, 'exit'), worker.disconnect()][0]))
    },
  }
}

async function untilReady(worker: ChildProcess): Promise<void> {
  const ended = once(worker, 'exit').then(([status]) => Promise.reject(new Error(`a worker ended with ${status}`)))
  await Promise.race([once(worker, 'message'), ended])
  // When it ends later on, nobody is waiting for that.
  ended.catch(() => {})
}

let lastTask = 0

async function ask(worker: ChildProcess, task: WorkerTask | 'disconnect'): Promise<unknown[]> {
  const id = ++lastTask
  worker.send({ id, task } satisfies WorkerMessage)
  // Several may be under way.
  for await (const [answer] of on(worker, 'message', { close: ['exit'] }) as AsyncIterable<[WorkerAnswer]>) {
    if (answer.id !== id) continue
    if (answer.error !== undefined) throw new Error(answer.error)
    return answer.results ?? []
  }
  throw new Error('the process has ended')
}
