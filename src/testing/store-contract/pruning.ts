import assert from 'node:assert/strict'
import type { TestRunner } from '../adapter-contract.ts'
import type { StoreHarness } from '../store-contract.ts'
import { defaults, withStore } from './open-store.ts'

/** How what is over is removed. */
export function testPruning(harness: StoreHarness, { describe, test }: TestRunner): void {
  describe('pruning', () => {
    test('removes what is over, and nothing else', () =>
      withStore(harness, async ({ store, clock, newSession, rotation, query }) => {
        for (const sid of ['old-1', 'old-2', 'old-3']) await store.createSession(newSession({ sid }))
        await store.revoke(defaults.sub, [
          { id: 'jti:short', keepMs: 1000 },
          { id: 'jti:long', keepMs: 7_200_000 },
          { id: 'jti:ever', keepMs: null },
        ])
        clock.advance('19m')
        await store.rotateSession(rotation('jti-0', 'jti-1', { sid: 'old-3' }))
        await store.createSession(newSession({ sid: 'new' }))
        clock.advance('2m')
        await store.prune()
        assert.equal(await store.prune(), 0)
        const { sessions } = await store.listSessions(defaults.sub, { limit: 9 })
        assert.deepEqual(
          sessions.map(({ sid }) => sid),
          ['new', 'old-3'],
        )
        for (const id of ['jti:long', 'jti:ever']) assert.equal(await store.isRevoked(query({ ids: [id] })), true)
        // Where it was not removed it is expired, and either way there is nothing to rotate.
        const { verdict } = await store.rotateSession(rotation('jti-0', 'jti-1', { sid: 'old-1' }))
        assert.ok(['unknown', 'expired'].includes(verdict))
      }))

    test('leaves for a minute what has just expired, so that it is not unknown yet', () =>
      withStore(harness, async ({ store, clock, newSession, rotation }) => {
        await store.createSession(newSession())
        clock.advance('20m')
        for (const step of [0, 30, 29]) {
          clock.advance(step)
          assert.equal(await store.prune(), 0)
          assert.equal((await store.rotateSession(rotation('jti-0', 'jti-1'))).verdict, 'expired')
        }
      }))

    test('goes on in small steps while the store is used', () =>
      withStore(harness, async ({ store, clock, newSession }) => {
        for (let index = 0; index < 40; index++) await store.createSession(newSession({ sid: `old-${index}` }))
        clock.advance('30m')
        for (let index = 0; index < 40; index++) await store.createSession(newSession({ sid: `new-${index}` }))
        assert.equal(await store.prune(), 0)
        assert.equal((await store.listSessions(defaults.sub, { limit: 99 })).sessions.length, 40)
      }))
  })
}
