import assert from 'node:assert/strict'
import { globalWatermark, type RevocationEntry } from '../../stores/store.ts'
import type { TestRunner } from '../adapter-contract.ts'
import type { StoreHarness } from '../store-contract.ts'
import { defaults, type StoreTools, withStore } from './open-store.ts'

/** What is refused, and for how long. */
export function testRevocation(harness: StoreHarness, { describe, test }: TestRunner): void {
  describe('revocation', () => {
    test('refuses an id until its entry is over', () =>
      withStore(harness, async ({ store, clock, query }) => {
        const asks = query({ ids: ['jti:a', 'jti:b'] })
        assert.equal(await store.isRevoked(asks), false)
        await store.revoke(defaults.sub, [{ id: 'jti:b', keepMs: 1000 }])
        assert.equal(await store.isRevoked(asks), true)
        assert.equal(await store.isRevoked(query({ ids: ['jti:a'] })), false)
        clock.advance(0.999)
        assert.equal(await store.isRevoked(asks), true)
        clock.advance(0.001)
        assert.equal(await store.isRevoked(asks), false)
      }))

    test('refuses by a watermark what was issued at or before it', () =>
      withStore(harness, async ({ store, clock, query }) => {
        const isRevoked = async (issuedAt: number): Promise<boolean> =>
          store.isRevoked(query({ watermarks: ['user:ada'], issuedAt }))
        await store.revoke(defaults.sub, [{ id: 'user:ada', issuedBy: 'now', keepMs: 1000 }])
        assert.deepEqual(await Promise.all([-1, 0, 1].map(step => isRevoked(clock() + step))), [true, true, false])
        clock.advance(1)
        assert.equal(await isRevoked(0), false)
      }))

    test('does not take a watermark for an entry that refuses everything, where it is asked as an id', () =>
      withStore(harness, async ({ store, query }) => {
        await store.revoke(defaults.sub, [{ id: 'user:ada', issuedBy: 1, keepMs: null }])
        assert.equal(await store.isRevoked(query({ ids: ['user:ada'] })), false)
      }))

    test('merges entries: the later watermark and the later end win, in any order', () =>
      withStore(harness, async tools => {
        const entries = [
          { issuedBy: 500, keepMs: 2000 },
          { issuedBy: 900, keepMs: 1000 },
        ]
        for (const [name, order] of [
          ['forth', entries],
          ['back', [...entries].reverse()],
        ] as const) {
          const id = `user:${name}`
          for (const entry of order) await tools.store.revoke(defaults.sub, [{ id, ...entry }])
          assert.deepEqual(await seen(tools, id), { at900: true, at901: false })
        }
        tools.clock.advance(1.999)
        assert.deepEqual(await seen(tools, 'user:forth'), { at900: true, at901: false })
        tools.clock.advance(0.001)
        assert.deepEqual(await seen(tools, 'user:back'), { at900: false, at901: false })
      }))

    test('keeps for ever what has no end, also where it is added again with one', () =>
      withStore(harness, async ({ store, clock, query }) => {
        await store.revoke(defaults.sub, [{ id: 'jti:a', keepMs: null }])
        await store.revoke(defaults.sub, [{ id: 'jti:a', keepMs: 1 }])
        clock.advance('5000d')
        assert.equal(await store.isRevoked(query({ ids: ['jti:a'] })), true)
      }))

    test('begins anew where the former entry is over', () =>
      withStore(harness, async tools => {
        const { store, clock } = tools
        await store.revoke(defaults.sub, [{ id: 'user:ada', issuedBy: 2000, keepMs: 1000 }])
        clock.advance(1)
        await store.revoke(defaults.sub, [{ id: 'user:ada', issuedBy: 900, keepMs: 1000 }])
        assert.deepEqual(await seen(tools, 'user:ada'), { at900: true, at901: false })
      }))

    test('lets the access tokens of a session pass as long as it lives', () =>
      withStore(harness, async ({ store, clock, newSession, query }) => {
        const isRevoked = async (changes: { sub?: string } = {}): Promise<boolean> =>
          store.isRevoked(query({ session: { sid: defaults.sid }, ...changes }))
        assert.equal(await isRevoked(), true)
        await store.createSession(newSession())
        assert.deepEqual([await isRevoked(), await isRevoked({ sub: 'bob' })], [false, true])
        clock.advance('20m')
        assert.equal(await isRevoked(), true)
        await store.createSession(newSession({ sid: 'session-2' }))
        await store.revoke(undefined, [{ id: globalWatermark, issuedBy: 'now', keepMs: null }])
        assert.equal(await store.isRevoked(query({ session: { sid: 'session-2' } })), true)
      }))

    test('takes a second watermark of the same millisecond for a later one', () =>
      withStore(harness, async ({ store, clock, newSession, query }) => {
        const revoke = (): Promise<void> =>
          store.revoke(defaults.sub, [{ id: 'access:ada', issuedBy: 'now', keepMs: null }])
        await revoke()
        const { issuedAt } = await store.createSession(newSession({ newerThan: ['access:ada'] }))
        assert.equal(issuedAt, clock() + 1)
        await revoke()
        assert.equal(await store.isRevoked(query({ watermarks: ['access:ada'], issuedAt })), true)
        const later = await store.createSession(newSession({ sid: 'session-2', newerThan: ['access:ada'] }))
        assert.equal(await store.isRevoked(query({ watermarks: ['access:ada'], issuedAt: later.issuedAt })), false)
      }))

    test('adds several entries at once, and none without harm', () =>
      withStore(harness, async ({ store, query }) => {
        const entries: RevocationEntry[] = ['jti:a', 'jti:b', 'jti:a'].map(id => ({ id, keepMs: 1000 }))
        await store.revoke(undefined, entries)
        await store.revoke(undefined, [])
        for (const id of ['jti:a', 'jti:b']) assert.equal(await store.isRevoked(query({ ids: [id] })), true)
      }))

    test('lets of the refresh tokens of a session pass the current one, and the one before within the grace', () =>
      withStore(harness, async ({ store, clock, newSession, rotation, query }) => {
        const isRevoked = async (jti: string, changes: { sub?: string } = {}): Promise<boolean> =>
          store.isRevoked(query({ session: { sid: defaults.sid, refresh: { jti, graceMs: 30_000 } }, ...changes }))
        assert.equal(await isRevoked('jti-0'), true)
        await store.createSession(newSession())
        assert.equal(await isRevoked('jti-0'), false)
        assert.equal(await isRevoked('jti-0', { sub: 'bob' }), true)
        await store.rotateSession(rotation('jti-0', 'jti-1'))
        clock.advance(30)
        assert.deepEqual(await Promise.all(['jti-1', 'jti-0', 'jti-x'].map(jti => isRevoked(jti))), [
          false,
          false,
          true,
        ])
        clock.advance(0.001)
        assert.deepEqual(await Promise.all(['jti-1', 'jti-0'].map(jti => isRevoked(jti))), [false, true])
        clock.advance('20m')
        assert.equal(await isRevoked('jti-1'), true)
      }))
  })
}

async function seen({ store, query }: StoreTools, id: string): Promise<{ at900: boolean; at901: boolean }> {
  const ask = async (issuedAt: number): Promise<boolean> => store.isRevoked(query({ watermarks: [id], issuedAt }))
  return { at900: await ask(900), at901: await ask(901) }
}
