import assert from 'node:assert/strict'
import type { Store } from '../../stores/store.ts'
import type { TestRunner } from '../adapter-contract.ts'
import type { StoreHarness } from '../store-contract.ts'
import { defaults, withStore } from './open-store.ts'

/** What is found of the sessions of a user, and how they are revoked. */
export function testListing(harness: StoreHarness, { describe, test }: TestRunner): void {
  describe('sessions of a user', () => {
    test('are listed page by page, without those of others', () =>
      withStore(harness, async ({ store, newSession }) => {
        const sids = Array.from({ length: 7 }, (_, index) => `session-${index}`)
        for (const sid of sids) await store.createSession(newSession({ sid }))
        await store.createSession(newSession({ sid: 'other', sub: 'bob' }))
        assert.deepEqual(await listAll(store, 3), [sids.slice(0, 3), sids.slice(3, 6), sids.slice(6)])
        assert.deepEqual(await listAll(store, 7), [sids])
        assert.deepEqual(await listAll(store, 3, 'nobody'), [[]])
      }))

    test('are listed in the order of the bytes of their ids, not of any language', () =>
      withStore(harness, async ({ store, newSession }) => {
        for (const sid of ['a', 'B', '_c', 'A', '-z', 'b', '0']) await store.createSession(newSession({ sid }))
        assert.deepEqual(await listAll(store, 3), [['-z', '0', 'A'], ['B', '_c', 'a'], ['b']])
      }))

    test('are found with names that need care', () =>
      withStore(harness, async ({ store, newSession }) => {
        for (const sub of ["o'hara", 'a:b{c}', 'Zoë 🦊', '%_\\', ' ', 'x'.repeat(300)]) {
          const { session } = await store.createSession(newSession({ sid: `of ${sub}`, sub, userAgent: sub }))
          assert.deepEqual((await store.listSessions(sub, { limit: 9 })).sessions, [session])
        }
      }))

    test('are left out once they are expired', () =>
      withStore(harness, async ({ store, clock, newSession }) => {
        await store.createSession(newSession())
        clock.advance('10m')
        await store.createSession(newSession({ sid: 'session-2' }))
        clock.advance('10m')
        assert.deepEqual(await listAll(store, 9), [['session-2']])
      }))

    test('end one by one', () =>
      withStore(harness, async ({ store, newSession, rotation, query }) => {
        const { session } = await store.createSession(newSession())
        await store.createSession(newSession({ sid: 'session-2' }))
        assert.deepEqual(await store.revokeSession(defaults.sid, defaults.keepMs), session)
        assert.deepEqual(await listAll(store, 9), [['session-2']])
        assert.deepEqual(await store.rotateSession(rotation('jti-0', 'jti-1')), { verdict: 'revoked' })
        assert.equal(await store.isRevoked(query({ ids: [`sid:${defaults.sid}`] })), true)
        assert.equal(await store.revokeSession(defaults.sid, defaults.keepMs), undefined)
      }))

    test('are put on the blocklist even where they are not known', () =>
      withStore(harness, async ({ store, query }) => {
        assert.equal(await store.revokeSession('lost', defaults.keepMs), undefined)
        assert.equal(await store.isRevoked(query({ ids: ['sid:lost'] })), true)
      }))

    test('are not brought back by a creation that comes late', () =>
      withStore(harness, async ({ store, clock, newSession, rotation }) => {
        await store.revokeSession(defaults.sid, defaults.keepMs)
        await store.createSession(newSession())
        assert.deepEqual(await listAll(store, 9), [[]])
        assert.deepEqual(await store.rotateSession(rotation('jti-0', 'jti-1')), { verdict: 'revoked' })
        clock.advance('17m')
        assert.deepEqual(await store.rotateSession(rotation('jti-0', 'jti-1')), { verdict: 'unknown' })
        assert.equal(await store.getSession(defaults.sid), undefined)
      }))

    test('end all at once, but for one and for those of others', () =>
      withStore(harness, async ({ store, newSession, query }) => {
        for (const sid of ['session-1', 'session-2', 'session-3']) await store.createSession(newSession({ sid }))
        await store.createSession(newSession({ sid: 'other', sub: 'bob' }))
        const entries = [{ id: 'user:ada', issuedBy: 'now', keepMs: null }] as const
        const options = { except: 'session-2', keepMs: defaults.keepMs, entries }
        const ended = await store.revokeSessions(defaults.sub, options)
        assert.deepEqual([...ended].sort(), ['session-1', 'session-3'])
        assert.deepEqual(await listAll(store, 9), [['session-2']])
        assert.deepEqual(await listAll(store, 9, 'bob'), [['other']])
        const isRevoked = async (sid: string): Promise<boolean> => store.isRevoked(query({ ids: [`sid:${sid}`] }))
        assert.deepEqual(await Promise.all(['session-1', 'session-2', 'session-3', 'other'].map(isRevoked)), [
          true,
          false,
          true,
          false,
        ])
        assert.equal(await store.isRevoked(query({ watermarks: ['user:ada'], issuedAt: 0 })), true)
        assert.deepEqual(await store.revokeSessions(defaults.sub, { keepMs: null, entries: [] }), ['session-2'])
        assert.deepEqual(await store.revokeSessions('nobody', { keepMs: null, entries: [] }), [])
      }))

    test('do not survive where they are created, rotated and revoked at once', () =>
      withStore(harness, async ({ store, newSession, rotation, query }) => {
        await store.createSession(newSession())
        const rounds = Array.from({ length: 10 }, (_, index) => index)
        await Promise.all(
          rounds.flatMap(index => [
            store.createSession(newSession({ sid: `new-${index}` })),
            store.rotateSession(rotation('jti-0', `next-${index}`)),
            store.revokeSessions(defaults.sub, { keepMs: null, entries: [] }),
          ]),
        )
        const { sessions } = await store.listSessions(defaults.sub, { limit: 99 })
        for (const { sid } of sessions) assert.equal(await store.isRevoked(query({ ids: [`sid:${sid}`] })), false)
        const ended = rounds.map(index => `new-${index}`).filter(sid => !sessions.some(live => live.sid === sid))
        for (const sid of ended) assert.equal(await store.isRevoked(query({ ids: [`sid:${sid}`] })), true)
        const left = await store.revokeSessions(defaults.sub, { keepMs: null, entries: [] })
        assert.deepEqual([...left].sort(), sessions.map(({ sid }) => sid).sort())
        assert.deepEqual(await listAll(store, 99), [[]])
      }))
  })
}

/** The ids of all sessions, page by page. */
async function listAll(store: Store, limit: number, sub: string = defaults.sub): Promise<string[][]> {
  const pages: string[][] = []
  let cursor: string | undefined
  do {
    const page = await store.listSessions(sub, { limit, ...(cursor !== undefined && { cursor }) })
    pages.push(page.sessions.map(({ sid }) => sid))
    cursor = page.cursor
  } while (cursor !== undefined)
  return pages
}
