import assert from 'node:assert/strict'
import { globalWatermark, type RotationResult, type StoredSession } from '../../stores/store.ts'
import type { TestRunner } from '../adapter-contract.ts'
import type { StoreHarness } from '../store-contract.ts'
import { defaults, withStore } from './open-store.ts'

/** How a session lives: from its creation, through rotations and replays, to its end. */
export function testRotation(harness: StoreHarness, { describe, test }: TestRunner): void {
  describe('rotation', () => {
    test('keeps a session as it was created', () =>
      withStore(harness, async ({ store, clock, newSession }) => {
        const created = await store.createSession(newSession({ ip: '::1', userAgent: 'Firefox on Linux' }))
        const session: StoredSession = {
          sid: defaults.sid,
          sub: defaults.sub,
          jti: defaults.jti,
          generation: 0,
          createdAt: clock(),
          usedAt: clock(),
          expiresAt: clock() + 3_600_000,
          ip: '::1',
          userAgent: 'Firefox on Linux',
        }
        assert.deepEqual(created, { session, issuedAt: clock() })
        assert.deepEqual(await store.getSession(defaults.sid), session)
      }))

    test('swaps the current token for the proposed one, and says where and when it was used', () =>
      withStore(harness, async ({ store, clock, newSession, rotation }) => {
        const { session } = await store.createSession(newSession({ ip: '::1', userAgent: 'Firefox on Linux' }))
        clock.advance(1)
        const rotated = await store.rotateSession(rotation('jti-0', 'jti-1', { ip: '::2' }))
        const next = { ...session, jti: 'jti-1', generation: 1, usedAt: clock(), ip: '::2' }
        assert.deepEqual(rotated, { verdict: 'rotated', session: next, issuedAt: clock() })
        assert.deepEqual(await store.getSession(defaults.sid), next)
        const replayed = asIssued(await store.rotateSession(rotation('jti-0', 'jti-2', { userAgent: 'Safari on iOS' })))
        assert.deepEqual(replayed.session, { ...next, userAgent: 'Safari on iOS' })
        assert.deepEqual(await store.getSession(defaults.sid), replayed.session)
      }))

    test('keeps the current token where it comes again sooner than it may be rotated', () =>
      withStore(harness, async ({ store, clock, newSession, rotation }) => {
        await store.createSession(newSession())
        await store.rotateSession(rotation('jti-0', 'jti-1'))
        clock.advance(29.999)
        assert.deepEqual(summarize(await store.rotateSession(rotation('jti-1', 'jti-2'))), ['current', 'jti-1', 1])
        clock.advance(0.001)
        assert.deepEqual(summarize(await store.rotateSession(rotation('jti-1', 'jti-3'))), ['rotated', 'jti-3', 2])
      }))

    test('answers the token before with the same successor, for the grace and no longer', () =>
      withStore(harness, async ({ store, clock, newSession, rotation }) => {
        await store.createSession(newSession())
        await store.rotateSession(rotation('jti-0', 'jti-1'))
        clock.advance(29)
        assert.deepEqual(summarize(await store.rotateSession(rotation('jti-0', 'jti-2'))), ['replayed', 'jti-1', 1])
        clock.advance(1)
        assert.deepEqual(summarize(await store.rotateSession(rotation('jti-0', 'jti-3'))), ['replayed', 'jti-1', 1])
        clock.advance(0.001)
        assert.equal((await store.rotateSession(rotation('jti-0', 'jti-4'))).verdict, 'reused')
      }))

    test('takes an older token than the one before for reuse, also within the grace, and revokes the session', () =>
      withStore(harness, async ({ store, clock, newSession, rotation, query }) => {
        await store.createSession(newSession())
        await store.rotateSession(rotation('jti-0', 'jti-1', { minRotationMs: 0 }))
        const { session } = asIssued(await store.rotateSession(rotation('jti-1', 'jti-2', { minRotationMs: 0 })))
        const reused = await store.rotateSession(rotation('jti-0', 'jti-3', { minRotationMs: 0 }))
        assert.deepEqual(reused, { verdict: 'reused', session })
        assert.equal(await store.getSession(defaults.sid), undefined)
        assert.deepEqual(await store.rotateSession(rotation('jti-2', 'jti-4')), { verdict: 'revoked' })
        assert.equal(await store.isRevoked(query({ ids: [`sid:${defaults.sid}`] })), true)
        clock.advance(16 * 60 + 0.001)
        assert.equal(await store.isRevoked(query({ ids: [`sid:${defaults.sid}`] })), false)
        assert.deepEqual(await store.rotateSession(rotation('jti-2', 'jti-5')), { verdict: 'unknown' })
      }))

    test('takes an unknown token of the session for reuse', () =>
      withStore(harness, async ({ store, newSession, rotation }) => {
        await store.createSession(newSession())
        assert.equal((await store.rotateSession(rotation('jti-x', 'jti-1'))).verdict, 'reused')
      }))

    test('answers the same rotation again when it is tried twice, also without a grace', () =>
      withStore(harness, async ({ store, clock, newSession, rotation }) => {
        await store.createSession(newSession())
        const strict = { graceMs: 0, minRotationMs: 0 }
        const first = await store.rotateSession(rotation('jti-0', 'jti-1', strict))
        clock.advance(1)
        assert.deepEqual(summarize(await store.rotateSession(rotation('jti-0', 'jti-1', strict))), summarize(first))
        assert.equal((await store.rotateSession(rotation('jti-0', 'jti-2', strict))).verdict, 'reused')
      }))

    test('rotates twice within a millisecond', () =>
      withStore(harness, async ({ store, newSession, rotation }) => {
        await store.createSession(newSession())
        const quick = { graceMs: 0, minRotationMs: 0 }
        for (const [from, to] of [
          ['jti-0', 'jti-1'],
          ['jti-1', 'jti-2'],
          ['jti-2', 'jti-3'],
        ] as const)
          assert.equal((await store.rotateSession(rotation(from, to, quick))).verdict, 'rotated')
      }))

    test('gives many rotations of one token at once the same successor', () =>
      withStore(harness, async ({ store, newSession, rotation }) => {
        await store.createSession(newSession())
        const results = await Promise.all(
          Array.from({ length: 20 }, (_, index) => store.rotateSession(rotation('jti-0', `next-${index}`))),
        )
        const verdicts = results.map(({ verdict }) => verdict).sort()
        assert.deepEqual(verdicts, [...Array(19).fill('replayed'), 'rotated'])
        assert.equal(new Set(results.map(result => asIssued(result).session.jti)).size, 1)
      }))

    test('ends a session at its absolute end, however much it is used', () =>
      withStore(harness, async ({ store, clock, newSession, rotation }) => {
        await store.createSession(newSession())
        for (const [from, to] of [
          ['jti-0', 'jti-1'],
          ['jti-1', 'jti-2'],
          ['jti-2', 'jti-3'],
        ] as const) {
          clock.advance('19m')
          assert.equal((await store.rotateSession(rotation(from, to))).verdict, 'rotated')
        }
        clock.advance(179.999)
        assert.equal((await store.rotateSession(rotation('jti-3', 'jti-4'))).verdict, 'rotated')
        clock.advance(0.001)
        assert.deepEqual(await store.rotateSession(rotation('jti-4', 'jti-5')), { verdict: 'expired' })
        assert.equal(await store.getSession(defaults.sid), undefined)
      }))

    test('ends a session that is not used', () =>
      withStore(harness, async ({ store, clock, newSession, rotation }) => {
        await store.createSession(newSession())
        clock.advance(20 * 60 - 0.001)
        assert.equal((await store.rotateSession(rotation('jti-0', 'jti-1'))).verdict, 'rotated')
        clock.advance('20m')
        assert.equal((await store.rotateSession(rotation('jti-1', 'jti-2'))).verdict, 'expired')
      }))

    test('keeps a session without an end', () =>
      withStore(harness, async ({ store, clock, newSession, rotation }) => {
        const { session } = await store.createSession(newSession({ lifetimeMs: null, idleMs: null }))
        assert.equal(session.expiresAt, null)
        clock.advance('5000d')
        assert.equal((await store.rotateSession(rotation('jti-0', 'jti-1'))).verdict, 'rotated')
      }))

    test('knows neither a session that never was, nor one of another user', () =>
      withStore(harness, async ({ store, newSession, rotation }) => {
        assert.deepEqual(await store.rotateSession(rotation('jti-0', 'jti-1')), { verdict: 'unknown' })
        await store.createSession(newSession())
        assert.deepEqual(await store.rotateSession(rotation('jti-0', 'jti-1', { sub: 'bob' })), { verdict: 'unknown' })
        assert.equal((await store.rotateSession(rotation('jti-0', 'jti-1'))).verdict, 'rotated')
      }))

    test('makes new access tokens newer than the watermarks', () =>
      withStore(harness, async ({ store, clock, newSession, rotation }) => {
        await store.revoke(defaults.sub, [{ id: 'access:ada', issuedBy: 'now', keepMs: null }])
        await store.revoke(undefined, [{ id: 'access', issuedBy: clock() + 5, keepMs: null }])
        const created = await store.createSession(newSession({ newerThan: ['access:ada'] }))
        assert.equal(created.issuedAt, clock() + 1)
        const newerThan = ['access:ada', 'access', 'unknown']
        const rotated = await store.rotateSession(rotation('jti-0', 'jti-1', { newerThan }))
        assert.equal(asIssued(rotated).issuedAt, clock() + 6)
      }))

    test('ends all sessions up to the global watermark, and none that comes after it', () =>
      withStore(harness, async ({ store, clock, newSession, rotation }) => {
        await store.createSession(newSession())
        await store.revoke(undefined, [{ id: globalWatermark, issuedBy: 'now', keepMs: null }])
        const later = await store.createSession(newSession({ sid: 'session-2' }))
        assert.equal(later.session.createdAt, clock() + 1)
        assert.deepEqual(await store.rotateSession(rotation('jti-0', 'jti-1')), { verdict: 'revoked' })
        assert.equal(await store.getSession(defaults.sid), undefined)
        const { sessions } = await store.listSessions(defaults.sub, { limit: 10 })
        assert.deepEqual(
          sessions.map(({ sid }) => sid),
          ['session-2'],
        )
        assert.equal((await store.rotateSession(rotation('jti-0', 'jti-1', { sid: 'session-2' }))).verdict, 'rotated')
      }))
  })
}

type Issued = Extract<RotationResult, { issuedAt: number }>

function asIssued(result: RotationResult): Issued {
  assert.ok('issuedAt' in result, `the verdict is ${result.verdict}`)
  return result
}

function summarize(result: RotationResult): unknown[] {
  const { verdict, session } = asIssued(result)
  return [verdict, session.jti, session.generation]
}
