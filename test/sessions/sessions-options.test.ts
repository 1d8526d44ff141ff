import type { JwtManager } from 'jwt-extended'
import { describe, expect, test } from 'vitest'
import { openFixedApp } from './support.ts'

describe('the sessions of a manager', () => {
  test.each([
    [
      'create',
      (jwt: JwtManager) => jwt.sessions.create('ada', { ip: 'x' } as never),
      'unknown member ip of the options of the session: known: claims, fresh, device',
    ],
    [
      'rotate',
      (jwt: JwtManager) => jwt.sessions.rotate('x', { ip: 'x' } as never),
      'unknown member ip of the options of the refresh: known: claims, fresh, identity, device',
    ],
    [
      'revoke',
      (jwt: JwtManager) => jwt.sessions.revoke('x', { ip: 'x' } as never),
      'unknown member ip of the options of revoke: known: identity',
    ],
    [
      'revokeAll',
      (jwt: JwtManager) => jwt.sessions.revokeAll('ada', { ip: 'x' } as never),
      'unknown member ip of the options of revokeAll: known: except',
    ],
  ])('refuse an option of %s that they do not know', async (_name, work, message) => {
    await expect(work(openFixedApp().jwt)).rejects.toThrow(new TypeError(message))
  })

  test('take the options that they know, also as undefined', async () => {
    const { jwt } = openFixedApp()
    const made = { claims: { role: 'admin' }, fresh: true, device: undefined }
    const { refreshToken, sessionId } = await jwt.sessions.create('ada', made)
    const told = { claims: { role: 'user' }, fresh: true, identity: 'ada', device: { ip: '192.0.2.1' } }
    await jwt.sessions.rotate(refreshToken, told)
    expect(await jwt.sessions.revokeAll('ada', { except: sessionId })).toBe(0)
    expect(await jwt.sessions.revoke(sessionId, { identity: 'ada' })).toBe(true)
  })

  test.each([
    [{ ip: '192.0.2.1' }, { ip: '192.0.2.1', userAgent: null }],
    [{ userAgent: 'curl/8.5.0' }, { ip: null, userAgent: 'curl/8.5.0' }],
    [{}, { ip: null, userAgent: null }],
    [
      Object.assign(Object.create({ header: () => 'curl/8.5.0' }), { ip: '192.0.2.1' }),
      { ip: '192.0.2.1', userAgent: 'curl/8.5.0' },
    ],
    [
      { ip: '192.0.2.1', header: () => 'curl/8.5.0' },
      { ip: '192.0.2.1', userAgent: 'curl/8.5.0' },
    ],
  ])('take a device, or the request itself: %o', async (device, expected) => {
    const { jwt } = openFixedApp()
    await jwt.sessions.create('ada', { device: device as never })
    expect(await jwt.sessions.list('ada')).toMatchObject([expected])
  })
})
