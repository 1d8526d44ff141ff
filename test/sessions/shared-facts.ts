import type { JwtManager } from 'jwt-extended'
import { expect, test } from 'vitest'
import { newStoreName, type StoreUnderTest } from '../stores/harness/store-family.ts'
import { placeOf, type SessionCall, type SessionOutcome, type StoreWorkers } from '../stores/harness/workers.ts'
import { rotateInParallel } from './parallel-rotations.ts'
import { bearer, openManager, outcome } from './support.ts'

// Many more in `npm run faults`.
const rounds = 1

/** The facts about what happens at once, where it happens in two other processes and this one. */
export function testSharedFacts(under: StoreUnderTest, workers: () => StoreWorkers): void {
  async function withPlace(body: (tools: PlaceTools) => Promise<void>): Promise<void> {
    const name = newStoreName()
    const { store, close } = under.connection.open(name)
    try {
      await store.migrate()
      const run = (calls: readonly SessionCall[]): Promise<SessionOutcome[]> =>
        workers().run(placeOf(under, name), calls)
      await body({ jwt: openManager(store), run })
    } finally {
      await close()
    }
  }

  test('1: 200 parallel rotations of one token give one successor, and log nobody out (CVE-2026-1035)', () =>
    rotateInParallel(under, workers(), rounds))

  // What follows needs a store that other processes see, too.
  if (!under.family.isShared) return

  test('3: after a revocation no other process makes or takes a token of the session', () =>
    withPlace(async ({ jwt, run }) => {
      for (let round = 0; round < rounds; round++) {
        const first = await jwt.sessions.create('ada')
        const second = await jwt.sessions.rotate(first.refreshToken)
        const calls = Array.from({ length: 40 }, (_, index): SessionCall => {
          return ['sessions.rotate', index % 4 < 2 ? second.refreshToken : first.refreshToken]
        })
        const racing = run(calls)
        await jwt.sessions.revoke(first.sessionId)
        const [made, late] = await Promise.all([racing, run(calls)])
        expect(new Set(late.map(({ refused }) => refused))).toEqual(new Set(['token_revoked']))
        for (const { accessToken, refreshToken } of [first, second, ...made.filter(isMade)]) {
          expect(await outcome(jwt.authenticate(bearer(accessToken)))).toBe('token_revoked')
          expect(await outcome(jwt.sessions.rotate(refreshToken))).toBe('token_revoked')
        }
        expect(await jwt.sessions.list('ada')).toEqual([])
      }
    }))

  test('8: nothing survives a logout everywhere among logins and refreshes elsewhere', () =>
    withPlace(async ({ jwt, run }) => {
      for (let round = 0; round < rounds; round++) {
        const old = await Promise.all(Array.from({ length: 5 }, () => jwt.sessions.create('ada')))
        const calls = old.flatMap(({ refreshToken }, index): SessionCall[] => [
          ...Array<SessionCall>(4).fill(['sessions.rotate', refreshToken]),
          ...Array<SessionCall>(2).fill(['sessions.create', 'ada']),
          ...(index === 2 ? [['sessions.revokeAll', 'ada'] as const] : []),
        ])
        const made = (await run(calls)).filter(isMade)
        const listed = new Set((await jwt.sessions.list('ada')).map(({ id }) => id))
        for (const { sessionId } of old) expect(listed).not.toContain(sessionId)
        for (const { sessionId, accessToken, refreshToken } of [...old, ...made]) {
          const expected = listed.has(sessionId) ? 'accepted' : 'token_revoked'
          expect(await outcome(jwt.authenticate(bearer(accessToken)))).toBe(expected)
          expect(await outcome(jwt.sessions.rotate(refreshToken))).toBe(expected)
        }
        expect(await jwt.sessions.revokeAll('ada')).toBe(listed.size)
        expect(await jwt.sessions.list('ada')).toEqual([])
      }
    }))
}

interface PlaceTools {
  readonly jwt: JwtManager
  run(calls: readonly SessionCall[]): Promise<SessionOutcome[]>
}

function isMade(made: SessionOutcome): made is Required<Omit<SessionOutcome, 'refused'>> {
  return made.accessToken !== undefined
}
