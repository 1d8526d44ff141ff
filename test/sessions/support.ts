import { JwtManager, type JwtOptions, type JwtRequest } from 'jwt-extended'
import { memoryStore, type Store } from 'jwt-extended/stores'
import { type FixedClock, fixedClock } from 'jwt-extended/testing'
import { requestOf, secretKey } from '../request/support.ts'

export interface SessionApp {
  readonly jwt: JwtManager
  readonly clock: FixedClock
  readonly store: Store
  /** Every event, in order: its name and what it says. */
  readonly events: [string, unknown][]
}

/** A manager with a store; both have the same clock. */
export function openApp(store: Store, clock: FixedClock, options: Partial<JwtOptions> = {}): SessionApp {
  const jwt = openManager(store, { clock, ...options })
  const events: [string, unknown][] = []
  for (const name of ['reuse_detected', 'session_created', 'session_revoked', 'store_error'] as const)
    jwt.on(name, event => void events.push([name, event]))
  return { jwt, clock, store, events }
}

/** A manager with a store in memory, whose clock stands still at nine o'clock of the first day of 2030. */
export function openFixedApp(options: Partial<JwtOptions> = {}): SessionApp {
  const clock = fixedClock('2030-01-01T09:00:00Z')
  return openApp(memoryStore({ clock }), clock, options)
}

/** A manager with a store, and time enough for a machine that is busy. */
export function openManager(store: Store, options: Partial<JwtOptions> = {}): JwtManager {
  return new JwtManager({ secretKey, store, storeTimeoutMs: 30_000, warn: () => {}, ...options } as JwtOptions<never>)
}

/** Near to now, for servers drop rows by a clock of their own. */
export function clockOfTests(): FixedClock {
  return fixedClock(new Date())
}

export function bearer(token: string, method = 'GET'): JwtRequest {
  return requestOf({ method, headers: { authorization: `Bearer ${token}` } })
}

/** The code of the refusal that some work ends in, or `'accepted'`. */
export async function outcome(work: Promise<unknown>): Promise<string> {
  try {
    await work
    return 'accepted'
  } catch (error) {
    if (error instanceof Error && 'code' in error) return String(error.code)
    throw error
  }
}

/** The arguments of each call of a method of a store. */
export function listenTo<Name extends keyof Store>(store: Store, name: Name): unknown[][] {
  const calls: unknown[][] = []
  const method = store[name] as (...args: unknown[]) => unknown
  Object.assign(store, {
    [name]: (...args: unknown[]) => {
      calls.push(args)
      return method.apply(store, args)
    },
  })
  return calls
}
