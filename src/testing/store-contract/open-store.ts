import type { NewSession, RevocationQuery, Rotation, Store } from '../../stores/store.ts'
import { type FixedClock, fixedClock } from '../fixed-clock.ts'
import type { StoreHarness } from '../store-contract.ts'

const minuteMs = 60_000

/** What a test has to work with: a store, its clock, and requests with everything filled in that does not matter. */
export interface StoreTools {
  readonly store: Store
  readonly clock: FixedClock
  newSession(changes?: Partial<NewSession>): NewSession
  rotation(presentedJti: string, proposedJti: string, changes?: Partial<Rotation>): Rotation
  query(changes?: Partial<RevocationQuery>): RevocationQuery
}

export const defaults = { sid: 'session-1', sub: 'ada', jti: 'jti-0', graceMs: 30_000, keepMs: 960_000 } as const

/** Runs a test with a store of its own. */
export async function withStore(harness: StoreHarness, body: (tools: StoreTools) => Promise<void>): Promise<void> {
  // Near to now, for a server may drop rows by its own clock.
  const clock = fixedClock(new Date())
  const { store, close } = await harness.open({ clock })
  try {
    await store.migrate()
    await body({ store, clock, newSession, rotation, query })
  } finally {
    await close()
  }
}

export function newSession(changes: Partial<NewSession> = {}): NewSession {
  return {
    sid: defaults.sid,
    sub: defaults.sub,
    jti: defaults.jti,
    lifetimeMs: 60 * minuteMs,
    idleMs: 20 * minuteMs,
    ip: null,
    userAgent: null,
    newerThan: [],
    ...changes,
  }
}

export function rotation(presentedJti: string, proposedJti: string, changes: Partial<Rotation> = {}): Rotation {
  return {
    sid: defaults.sid,
    sub: defaults.sub,
    presentedJti,
    proposedJti,
    graceMs: defaults.graceMs,
    minRotationMs: defaults.graceMs,
    keepMs: defaults.keepMs,
    ip: null,
    userAgent: null,
    newerThan: [],
    ...changes,
  }
}

export function query(changes: Partial<RevocationQuery> = {}): RevocationQuery {
  return { sub: defaults.sub, ids: [], watermarks: [], issuedAt: 0, ...changes }
}
