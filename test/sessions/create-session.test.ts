import { describe, expect, test } from 'vitest'
import { listenTo, openFixedApp, outcome } from './support.ts'

describe('a new session', () => {
  test.each([
    [{ lifetime: '30d', idleLifetime: '7d' }, 2_592_000_000, 604_800_000],
    [{ lifetime: '30d', idleLifetime: false }, 2_592_000_000, null],
    [{ lifetime: false, idleLifetime: '7d' }, null, 604_800_000],
  ] as const)('of %j lasts %j ms, or %j ms without use', async (sessions, lifetimeMs, idleMs) => {
    const { jwt, store } = openFixedApp({ sessions })
    const calls = listenTo(store, 'createSession')
    const { sessionId: sid, refreshToken } = await jwt.sessions.create('ada', { device: { userAgent: 'curl/8.5.0' } })
    const jti = await jwt.getJti(refreshToken)
    const newerThan = ['access:ada', 'access', 'all']
    const device = { ip: null, userAgent: 'curl/8.5.0' }
    expect(calls).toEqual([[{ sid, sub: 'ada', jti, lifetimeMs, idleMs, newerThan, ...device }]])
  })

  test('is told of', async () => {
    const { jwt, events } = openFixedApp()
    const { sessionId } = await jwt.sessions.create('ada', { device: { ip: '192.0.2.1' } })
    expect(events).toEqual([['session_created', { sessionId, identity: 'ada', ip: '192.0.2.1', userAgent: null }]])
  })

  test('is ended, and nobody is told of it, where its tokens cannot be made', async () => {
    const { jwt, store, events } = openFixedApp()
    const [created, revoked] = [listenTo(store, 'createSession'), listenTo(store, 'revokeSession')]
    await expect(jwt.sessions.create('ada', { claims: { jti: 'x' } })).rejects.toThrow(/cannot set jti/)
    const [session] = created[0] as [{ sid: string }]
    expect(revoked).toEqual([[session.sid, 960_000]])
    expect(await jwt.sessions.list('ada')).toEqual([])
    expect(events).toEqual([])
  })

  test('says why its tokens cannot be made, also where it cannot be ended', async () => {
    const { jwt, store, events } = openFixedApp()
    store.revokeSession = () => Promise.reject(new Error('down'))
    await expect(jwt.sessions.create('ada', { claims: { jti: 'x' } })).rejects.toThrow(/cannot set jti/)
    expect(events).toEqual([['store_error', { operation: 'revokeSession', error: new Error('down') }]])
  })

  test('needs the store', async () => {
    const { jwt, store } = openFixedApp()
    store.createSession = () => Promise.reject(new Error('down'))
    expect(await outcome(jwt.sessions.create('ada'))).toBe('store_unavailable')
  })
})
