import { describe, expect, test } from 'vitest'
import { listenTo, openFixedApp } from './support.ts'

describe('the end of a session', () => {
  test.each(['', 7, null, undefined])('is refused for the id %j', async id => {
    const { jwt } = openFixedApp()
    await expect(jwt.sessions.revoke(id as never)).rejects.toThrow(
      new TypeError('the id of the session must be a string'),
    )
  })

  test('is not asked of the store for what is no id of a session', async () => {
    const { jwt, store } = openFixedApp()
    const calls = listenTo(store, 'revokeSession')
    expect(await jwt.sessions.revoke('other')).toBe(false)
    expect(calls).toEqual([])
  })

  test('is told of, and is only for its user where one is named', async () => {
    const { jwt, events } = openFixedApp()
    const { sessionId } = await jwt.sessions.create('ada')
    const { sessionId: unknown } = await openFixedApp().jwt.sessions.create('ada')
    expect(await jwt.sessions.revoke(unknown, { identity: 'ada' })).toBe(false)
    expect(await jwt.sessions.revoke(sessionId, { identity: 'bob' })).toBe(false)
    expect(events).toHaveLength(1)
    expect(await jwt.sessions.revoke(sessionId, { identity: 'ada' })).toBe(true)
    const session = { sessionId, identity: 'ada', ip: null, userAgent: null }
    expect(events.slice(1)).toEqual([['session_revoked', session]])
  })

  test('and of all of a user is one call, and an event for each', async () => {
    const { jwt, store, events } = openFixedApp({ leeway: 5 })
    const [one, two, three] = [
      await jwt.sessions.create('ada'),
      await jwt.sessions.create('ada'),
      await jwt.sessions.create('ada'),
    ]
    const calls = listenTo(store, 'revokeSessions')
    expect(await jwt.sessions.revokeAll('ada', { except: two.sessionId })).toBe(2)
    const entries = [{ id: 'user:ada', issuedBy: 'now', keepMs: null }]
    expect(calls).toEqual([['ada', { except: two.sessionId, keepMs: 965_000, entries }]])
    expect(events.slice(3)).toEqual(
      [one, three].map(({ sessionId }) => ['session_revoked', { sessionId, identity: 'ada' }]),
    )
  })
})
