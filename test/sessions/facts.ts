import type { JwtOptions } from 'jwt-extended'
import type { Store } from 'jwt-extended/stores'
import type { StoreHarness } from 'jwt-extended/testing'
import { describe, expect, test } from 'vitest'
import { managerWith, requestOf } from '../request/support.ts'
import { logsOutInAParallelRequest, logsOutInTheSameRequest } from './implicit-refresh.ts'
import { bearer, clockOfTests, openApp, openManager, outcome, type SessionApp } from './support.ts'

/**
 * What went wrong in other systems, as tests that every store passes. The number is that of the list of facts which the
 * sessions were designed by; those about several processes are in shared-facts.ts, too.
 */
export function testFacts(harness: StoreHarness): void {
  async function withApp(body: (app: SessionApp) => Promise<void>, options: Partial<JwtOptions> = {}): Promise<void> {
    const clock = clockOfTests()
    const { store, close } = await harness.open({ clock })
    try {
      await store.migrate()
      await body(openApp(store, clock, options))
    } finally {
      await close()
    }
  }

  describe(`sessions with the store ${harness.name}`, () => {
    test('1: parallel rotations of one token give one successor (CVE-2026-1035)', () =>
      withApp(async ({ jwt }) => {
        const { refreshToken } = await jwt.sessions.create('ada')
        const pairs = await Promise.all(Array.from({ length: 30 }, () => jwt.sessions.rotate(refreshToken)))
        const ids = await Promise.all(pairs.map(pair => jwt.getJti(pair.refreshToken)))
        expect(new Set(ids).size).toBe(1)
        for (const { accessToken } of pairs)
          expect(await outcome(jwt.authenticate(bearer(accessToken)))).toBe('accepted')
      }))

    test('2: rotating twice within a millisecond, and logging in within that of a logout everywhere, both work', () =>
      withApp(
        async ({ jwt }) => {
          const first = await jwt.sessions.create('ada')
          const second = await jwt.sessions.rotate(first.refreshToken)
          const third = await jwt.sessions.rotate(second.refreshToken)
          expect(await outcome(jwt.authenticate(bearer(third.accessToken)))).toBe('accepted')
          await jwt.sessions.revokeAll('ada')
          await jwt.invalidateAccess('ada')
          await jwt.revokeEverythingBefore(new Date())
          const again = await jwt.sessions.create('ada')
          expect(await outcome(jwt.authenticate(bearer(again.accessToken)))).toBe('accepted')
          expect(await outcome(jwt.sessions.rotate(again.refreshToken))).toBe('accepted')
          expect(await outcome(jwt.authenticate(bearer(third.accessToken)))).toBe('token_revoked')
        },
        { sessions: { grace: 0 } },
      ))

    test('3: after a revocation no token of the session is accepted, and none is made', () =>
      withApp(async ({ jwt }) => {
        const first = await jwt.sessions.create('ada')
        const second = await jwt.sessions.rotate(first.refreshToken)
        const racing = [jwt.sessions.rotate(second.refreshToken), jwt.sessions.rotate(first.refreshToken)]
        await jwt.sessions.revoke(first.sessionId)
        const made = (await Promise.allSettled(racing)).flatMap(result =>
          result.status === 'fulfilled' ? [result.value] : [],
        )
        for (const { accessToken, refreshToken } of [first, second, ...made]) {
          expect(await outcome(jwt.authenticate(bearer(accessToken)))).toBe('token_revoked')
          expect(await outcome(jwt.sessions.rotate(refreshToken))).toBe('token_revoked')
          expect(await outcome(jwt.authenticate(bearer(refreshToken), { refresh: true }))).toBe('token_revoked')
        }
      }))

    test('3: what is made while everything is revoked is refused afterwards', () =>
      withApp(async ({ jwt, clock }) => {
        const pairs = await Promise.all(Array.from({ length: 10 }, () => jwt.sessions.create('ada')))
        clock.advance(1)
        const results = await Promise.allSettled([
          ...pairs.map(({ refreshToken }) => jwt.sessions.rotate(refreshToken)),
          jwt.revokeEverythingBefore(new Date(clock())),
          ...pairs.map(({ refreshToken }) => jwt.sessions.rotate(refreshToken)),
        ])
        const made = results.flatMap(result => (result.status === 'fulfilled' && result.value ? [result.value] : []))
        for (const { accessToken, refreshToken } of [...pairs, ...made]) {
          expect(await outcome(jwt.authenticate(bearer(accessToken)))).toBe('token_revoked')
          expect(await outcome(jwt.sessions.rotate(refreshToken))).toBe('token_revoked')
        }
      }))

    test('4: the grace shields the direct predecessor alone, and what it returns can be used', () =>
      withApp(
        async ({ jwt, clock }) => {
          const first = await jwt.sessions.create('ada')
          const second = await jwt.sessions.rotate(first.refreshToken)
          const replayed = await jwt.sessions.rotate(first.refreshToken)
          expect(await jwt.getJti(replayed.refreshToken)).toBe(await jwt.getJti(second.refreshToken))
          clock.advance(1)
          const third = await jwt.sessions.rotate(replayed.refreshToken)
          expect(await outcome(jwt.sessions.rotate(first.refreshToken))).toBe('token_revoked')
          expect(await outcome(jwt.sessions.rotate(third.refreshToken))).toBe('token_revoked')
        },
        { sessions: { minRotation: 0 } },
      ))

    test('5: replays never fork a session, and a thief within the grace is found at the next rotation after it', () =>
      withApp(async ({ jwt, clock, events }) => {
        const stolen = await jwt.sessions.create('ada')
        const user = await jwt.sessions.rotate(stolen.refreshToken)
        clock.advance(29)
        const thief = await jwt.sessions.rotate(stolen.refreshToken)
        expect(await jwt.getJti(thief.refreshToken)).toBe(await jwt.getJti(user.refreshToken))
        clock.advance(1)
        const next = await jwt.sessions.rotate(user.refreshToken)
        clock.advance(31)
        expect(await outcome(jwt.sessions.rotate(thief.refreshToken))).toBe('token_revoked')
        expect(await outcome(jwt.authenticate(bearer(next.accessToken)))).toBe('token_revoked')
        expect(events.map(([name]) => name)).toEqual(['session_created', 'reuse_detected', 'session_revoked'])
        expect(events[1]?.[1]).toMatchObject({ sessionId: user.sessionId, identity: 'ada' })
      }))

    test('6: answers may land in a cookie jar in any order: the next refresh succeeds', () =>
      withApp(
        async ({ jwt, clock }) => {
          let jar = cookieHeaders(await (await jwt.sessions.create('ada')).cookies())
          for (let round = 0; round < 3; round++) {
            const pairs = await Promise.all(Array.from({ length: 4 }, () => jwt.sessions.rotate(requestOf(jar))))
            const answers = await Promise.all(pairs.map(pair => pair.cookies()))
            for (const answer of [...answers.slice(round), ...answers.slice(0, round)].reverse())
              jar = cookieHeaders(answer)
            clock.advance('10m')
          }
          expect(await outcome(jwt.sessions.rotate(requestOf(jar)))).toBe('accepted')
        },
        { tokenLocation: 'cookies' },
      ))

    test('7: after an answer that was lost the retry succeeds', () =>
      withApp(
        async ({ store, jwt, clock }) => {
          let isCut = false
          const cut = replaceMethod(store, 'rotateSession', async rotation => {
            const result = await store.rotateSession(rotation)
            if (isCut) return result
            isCut = true
            throw new Error('the connection was cut after the commit')
          })
          const { refreshToken } = await jwt.sessions.create('ada')
          const { jwt: unlucky, events } = openApp(cut, clock, { sessions: { grace: 0 } })
          const pair = await unlucky.sessions.rotate(refreshToken)
          expect(events.map(([name]) => name)).toEqual(['store_error'])
          expect(await outcome(jwt.sessions.rotate(pair.refreshToken))).toBe('accepted')
        },
        { sessions: { grace: 0 } },
      ))

    test('8: nothing survives a logout everywhere among logins and refreshes, and the list is exact', () =>
      withApp(async ({ jwt }) => {
        const first = await jwt.sessions.create('ada')
        const results = await Promise.allSettled([
          ...Array.from({ length: 5 }, () => jwt.sessions.create('ada')),
          ...Array.from({ length: 5 }, () => jwt.sessions.rotate(first.refreshToken)),
          jwt.sessions.revokeAll('ada'),
        ])
        const pairs = results.flatMap(result =>
          result.status === 'fulfilled' && typeof result.value === 'object' ? [result.value] : [],
        )
        const listed = new Set((await jwt.sessions.list('ada')).map(({ id }) => id))
        for (const { sessionId, accessToken, refreshToken } of pairs) {
          const expected = listed.has(sessionId) ? 'accepted' : 'token_revoked'
          expect(await outcome(jwt.authenticate(bearer(accessToken)))).toBe(expected)
          expect(await outcome(jwt.sessions.rotate(refreshToken))).toBe(expected)
        }
        expect(await jwt.sessions.revokeAll('ada')).toBe(listed.size)
        expect(await jwt.sessions.list('ada')).toEqual([])
      }))

    test('9: sessions whose tokens were rotated are in the list, and die with a logout everywhere; none without a store', () =>
      withApp(async ({ jwt }) => {
        const phone = await jwt.sessions.rotate((await jwt.sessions.create('ada')).refreshToken)
        const laptop = await jwt.sessions.create('ada')
        const sids = [phone.sessionId, laptop.sessionId]
        expect((await jwt.sessions.list('ada')).map(({ id }) => id).sort()).toEqual(sids.sort())
        expect(await jwt.sessions.revokeAll('ada', { except: laptop.sessionId })).toBe(1)
        expect(await outcome(jwt.sessions.rotate(phone.refreshToken))).toBe('token_revoked')
        expect(await outcome(jwt.sessions.rotate(laptop.refreshToken))).toBe('accepted')
        expect(await outcome(jwt.authenticate(bearer(laptop.accessToken)))).toBe('accepted')
        expect(() => managerWith().sessions).toThrow(/needs a store/)
      }))

    test('10: a request does not renew what it logs out (flask-jwt-extended#454)', () =>
      withApp(({ store, clock }) => logsOutInTheSameRequest(store, clock)))

    test('10: parallel requests do not renew what one of them logs out', () =>
      withApp(({ store, clock }) => logsOutInAParallelRequest(store, clock)))

    test('what an instance revokes whose clock is ahead ends with all its access tokens, as often as it does so', () =>
      withApp(async ({ store, jwt, clock }) => {
        const ahead = openManager(store, { clock: () => clock() + 2000 })
        for (let times = 0; times < 3; times++) {
          const { accessToken, refreshToken } = await jwt.sessions.create('ada')
          expect(await outcome(jwt.authenticate(bearer(accessToken)))).toBe('accepted')
          clock.advance(0.01)
          await ahead.revokeEverythingBefore(new Date(clock() + 2000))
          expect(await outcome(jwt.sessions.rotate(refreshToken))).toBe('token_revoked')
          expect(await outcome(jwt.authenticate(bearer(accessToken)))).toBe('token_revoked')
        }
      }))

    test('a single token, a user and everything can be taken back', () =>
      withApp(async ({ jwt, clock }) => {
        const loose = await jwt.createAccessToken('ada')
        const looseRefresh = await jwt.createRefreshToken('ada')
        const other = await jwt.sessions.create('ada')
        await jwt.revoke(loose)
        expect(await outcome(jwt.authenticate(bearer(loose)))).toBe('token_revoked')
        await jwt.revoke((await jwt.verifyToken(other.accessToken)).claims)
        expect(await outcome(jwt.authenticate(bearer(other.accessToken)))).toBe('token_revoked')
        const { accessToken, refreshToken } = await jwt.sessions.rotate(other.refreshToken)
        expect(await outcome(jwt.authenticate(bearer(accessToken)))).toBe('accepted')
        await jwt.invalidateAccess('ada')
        expect(await outcome(jwt.authenticate(bearer(accessToken)))).toBe('token_revoked')
        expect(await outcome(jwt.authenticate(bearer(looseRefresh), { refresh: true }))).toBe('accepted')
        clock.advance(1)
        const bob = await jwt.sessions.create('bob')
        clock.advance(1)
        await jwt.revokeEverythingBefore(new Date(clock()))
        for (const token of [refreshToken, bob.refreshToken])
          expect(await outcome(jwt.sessions.rotate(token))).toBe('token_revoked')
        expect(await outcome(jwt.authenticate(bearer(bob.accessToken)))).toBe('token_revoked')
        expect(await outcome(jwt.authenticate(bearer(looseRefresh), { refresh: true }))).toBe('token_revoked')
      }))
  })
}

/** A request that sends the cookies of an answer back, with the CSRF value for a refresh. */
function cookieHeaders(setCookies: readonly string[]): { method: string; headers: Record<string, string> } {
  const cookies = setCookies.map(cookie => cookie.split(';')[0] ?? '')
  const csrf = cookies.find(cookie => cookie.startsWith('csrf_refresh_token='))?.split('=')[1] ?? ''
  return { method: 'POST', headers: { cookie: cookies.join('; '), 'x-csrf-token': csrf } }
}

/** A store with one method replaced. */
function replaceMethod<Name extends keyof Store>(store: Store, name: Name, method: Store[Name]): Store {
  return new Proxy(store, {
    get: (target, key) => {
      const value: unknown = key === name ? method : Reflect.get(target, key)
      // Stores have private members, which a proxy has not.
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}
