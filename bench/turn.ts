import { randomUUID } from 'node:crypto'
import type { RevocationQuery, Store } from 'jwt-extended/stores'
import { createUuidV7 } from '../src/internal/uuid-v7.ts'
import { newRotation, newSession } from '../test/support/new-session.ts'

export const operations = ['create', 'rotate', 'isRevoked', 'revokeSession'] as const
export type Operation = (typeof operations)[number]

/** What one turn of a contestant shows of one operation. */
export interface Measured {
  /** Calls in a second, with `atOnce` on their way at any time. */
  readonly perSecond: number
  /** Milliseconds that each call took, one at a time. */
  readonly latencies: readonly number[]
}

/** How many calls are on their way at once, where the most that a store can do is measured. */
export const atOnce = 16

interface Session {
  readonly sid: string
  readonly sub: string
  readonly jti: string
}

/** Creates sessions, rotates, checks and revokes each of them once: one half one by one, the other many at once. */
export async function takeTurn(store: Store, count: number): Promise<Record<Operation, Measured>> {
  const alone = newSessions(count)
  const together = newSessions(count)
  const measure = async (call: (session: Session) => Promise<unknown>): Promise<Measured> => ({
    latencies: await timeEach(alone, call),
    perSecond: (count * 1000) / (await timeAll(together, call)),
  })
  return {
    create: await measure(session =>
      store.createSession(newSession({ ...session, ...device, ...accessWatermarks(session) })),
    ),
    rotate: await measure(({ sid, sub, jti }) =>
      store.rotateSession(newRotation(jti, randomUUID(), { sid, sub, ...device, ...accessWatermarks({ sub }) })),
    ),
    isRevoked: await measure(async session => store.isRevoked(queryOf(session))),
    revokeSession: await measure(({ sid }) => store.revokeSession(sid, keepMs)),
  }
}

const device = { ip: '203.0.113.17', userAgent: 'Firefox on Linux' }
/** As long as an access token lives by default, and a minute. */
const keepMs = 960_000

function newSessions(count: number): Session[] {
  return Array.from({ length: count }, () => {
    const now = Date.now()
    return { sid: createUuidV7(now), sub: randomUUID(), jti: createUuidV7(now) }
  })
}

function accessWatermarks({ sub }: Pick<Session, 'sub'>): { newerThan: readonly string[] } {
  return { newerThan: [`access:${sub}`, 'access'] }
}

/** What the manager asks about an access token of a session: see src/request/check-revocation.ts. */
function queryOf({ sid, sub }: Session): RevocationQuery {
  const ids = [`jti:${randomUUID()}`, `sid:${sid}`]
  return { sub, issuedAt: Date.now(), ids, watermarks: [`access:${sub}`, 'access'] }
}

async function timeEach(sessions: readonly Session[], call: (session: Session) => Promise<unknown>): Promise<number[]> {
  const times: number[] = []
  for (const session of sessions) {
    const start = performance.now()
    await call(session)
    times.push(performance.now() - start)
  }
  return times
}

async function timeAll(sessions: readonly Session[], call: (session: Session) => Promise<unknown>): Promise<number> {
  const start = performance.now()
  // Shared, so that each loop takes the next one.
  const rest = sessions.values()
  const loop = async (): Promise<void> => {
    for (const session of rest) await call(session)
  }
  await Promise.all(Array.from({ length: atOnce }, loop))
  return performance.now() - start
}
