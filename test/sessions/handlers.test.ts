import type { JwtOptions, JwtRequest } from 'jwt-extended'
import { describe, expect, test } from 'vitest'
import { configOf } from '../../src/manager.ts'
import { type HandlerAnswer, type SessionHandlerName, sessionHandlers } from '../../src/sessions/handlers.ts'
import type { TokenPair } from '../../src/sessions/token-pair.ts'
import { requestOf } from '../request/support.ts'
import { bearer, openFixedApp, outcome, type SessionApp } from './support.ts'

interface App extends SessionApp {
  /** What a handler answers to a request. */
  answer(name: SessionHandlerName, request: JwtRequest): Promise<HandlerAnswer>
}

function appWith(options: Partial<JwtOptions> = {}): App {
  const app = openFixedApp(options)
  return { ...app, answer: (name, request) => sessionHandlers[name](request, configOf(app.jwt)) }
}

const inCookies = { tokenLocation: ['headers', 'cookies'] } as const

const removedCookies = [
  'access_token_cookie=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; Secure; SameSite=Lax',
  'csrf_access_token=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Secure; SameSite=Lax',
  'refresh_token_cookie=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; Secure; SameSite=Lax',
  'csrf_refresh_token=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Secure; SameSite=Lax',
]

/** A `POST` with those cookies of a pair that belong to tokens of these kinds, and the CSRF value of the first one. */
async function postCookies(pair: TokenPair, ...kinds: readonly ('access' | 'refresh')[]): Promise<JwtRequest> {
  const cookies = (await pair.cookies()).map(cookie => cookie.split(';')[0] ?? '')
  const sent = cookies.filter(cookie => kinds.some(kind => cookie.startsWith(`${kind}_token_cookie=`)))
  const csrf = cookies.find(cookie => cookie.startsWith(`csrf_${kinds[0]}_token=`))?.split('=')[1] ?? ''
  return requestOf({ method: 'POST', headers: { cookie: sent.join('; '), 'x-csrf-token': csrf } })
}

describe('the handler of a refresh', () => {
  test('answers a token of a header with a token response that nobody may cache (RFC 6749 section 5.1)', async () => {
    const { jwt, answer } = appWith(inCookies)
    const { refreshToken, sessionId } = await jwt.sessions.create('ada')
    const { body, ...rest } = await answer('refresh', bearer(refreshToken, 'POST'))
    expect(rest).toEqual({ status: 200, headers: { 'cache-control': 'no-store' }, cookies: [] })
    expect(body).toEqual({
      access_token: expect.any(String),
      token_type: 'Bearer',
      expires_in: 900,
      refresh_token: expect.any(String),
    })
    const made = body as { access_token: string; refresh_token: string }
    expect((await jwt.verifyToken(made.access_token)).claims).toMatchObject({ type: 'access', sid: sessionId })
    expect(await jwt.getJti(made.refresh_token)).not.toBe(await jwt.getJti(refreshToken))
    expect(await outcome(jwt.sessions.rotate(made.refresh_token))).toBe('accepted')
  })

  test('answers a token of a cookie with cookies, and shows none to scripts', async () => {
    const { jwt, answer } = appWith(inCookies)
    const pair = await jwt.sessions.create('ada')
    const { cookies, ...rest } = await answer('refresh', await postCookies(pair, 'refresh'))
    expect(rest).toEqual({ status: 200, headers: { 'cache-control': 'no-store' }, body: { expires_in: 900 } })
    expect(cookies.map(cookie => cookie.split('=')[0])).toEqual([
      'access_token_cookie',
      'csrf_access_token',
      'refresh_token_cookie',
      'csrf_refresh_token',
    ])
    const access = cookies[0]?.split(';')[0]?.split('=')[1] ?? ''
    expect(await outcome(jwt.authenticate(bearer(access)))).toBe('accepted')
  })

  test('names no end to the cookies of an access token that has none', async () => {
    const { jwt, answer } = appWith({
      ...inCookies,
      accessTokenExpires: false,
      sessions: { lifetime: false, idleLifetime: false },
    })
    const { body } = await answer('refresh', await postCookies(await jwt.sessions.create('ada'), 'refresh'))
    expect(body).toEqual({})
  })

  test('keeps where the refresh came from', async () => {
    const { jwt, answer } = appWith()
    const { refreshToken } = await jwt.sessions.create('ada')
    const headers = { authorization: `Bearer ${refreshToken}`, 'user-agent': 'curl/8.5.0' }
    await answer('refresh', { ...requestOf({ method: 'POST', headers }), ip: '192.0.2.1' })
    expect(await jwt.sessions.list('ada')).toMatchObject([{ ip: '192.0.2.1', userAgent: 'curl/8.5.0' }])
  })

  test('refuses an access token, and a request without one', async () => {
    const { jwt, answer } = appWith()
    const { accessToken } = await jwt.sessions.create('ada')
    expect(await outcome(answer('refresh', bearer(accessToken, 'POST')))).toBe('token_wrong_type')
    expect(await outcome(answer('refresh', requestOf({ method: 'POST' })))).toBe('token_missing')
  })

  test('finds a token that was replaced long ago, and tells of it', async () => {
    const { jwt, clock, events, answer } = appWith()
    const { refreshToken } = await jwt.sessions.create('ada')
    await answer('refresh', bearer(refreshToken, 'POST'))
    clock.advance(31)
    await expect(answer('refresh', bearer(refreshToken, 'POST'))).rejects.toMatchObject({
      code: 'token_revoked',
      message: 'Token has been revoked',
    })
    expect(events.map(([name]) => name)).toEqual(['session_created', 'reuse_detected', 'session_revoked'])
  })
})

describe('the handler of a logout', () => {
  test.each(['accessToken', 'refreshToken'] as const)('ends the session of the %s', async name => {
    const { jwt, answer } = appWith()
    const pair = await jwt.sessions.create('ada')
    const other = await jwt.sessions.create('ada')
    expect(await answer('logout', bearer(pair[name], 'POST'))).toEqual({
      status: 200,
      headers: {},
      body: { msg: 'Logged out' },
      cookies: [],
    })
    expect(await outcome(jwt.authenticate(bearer(pair.accessToken)))).toBe('token_revoked')
    expect(await outcome(jwt.sessions.rotate(pair.refreshToken))).toBe('token_revoked')
    expect(await outcome(jwt.authenticate(bearer(other.accessToken)))).toBe('accepted')
  })

  test('takes back a token that belongs to no session', async () => {
    const { jwt, answer } = appWith()
    const token = await jwt.createAccessToken('ada')
    const other = await jwt.createAccessToken('ada')
    expect(await answer('logout', bearer(token, 'POST'))).toMatchObject({ status: 200 })
    expect(await outcome(jwt.authenticate(bearer(token)))).toBe('token_revoked')
    expect(await outcome(jwt.authenticate(bearer(other)))).toBe('accepted')
  })

  test('works as often as it is asked for', async () => {
    const { jwt, answer } = appWith(inCookies)
    const pair = await jwt.sessions.create('ada')
    for (let times = 0; times < 2; times++)
      for (const request of [bearer(pair.accessToken, 'POST'), await postCookies(pair, 'refresh')])
        expect(await answer('logout', request)).toMatchObject({ status: 200 })
  })

  test('removes the cookies where tokens may be in some, wherever this one came from', async () => {
    const { jwt, answer } = appWith(inCookies)
    const pair = await jwt.sessions.create('ada')
    for (const request of [bearer(pair.accessToken, 'POST'), await postCookies(pair, 'access', 'refresh')])
      expect((await answer('logout', request)).cookies).toEqual(removedCookies)
  })

  test('takes the refresh cookie where the browser has dropped the other', async () => {
    const { jwt, answer } = appWith(inCookies)
    const pair = await jwt.sessions.create('ada')
    expect(await answer('logout', await postCookies(pair, 'refresh'))).toMatchObject({ status: 200 })
    expect(await jwt.sessions.list('ada')).toEqual([])
  })

  test('takes the refresh cookie where the access token has expired', async () => {
    const { jwt, clock, answer } = appWith({ ...inCookies, csrf: false })
    const pair = await jwt.sessions.create('ada')
    const request = await postCookies(pair, 'access', 'refresh')
    clock.advance('16m')
    expect(await answer('logout', request)).toMatchObject({ status: 200 })
    expect(await jwt.sessions.list('ada')).toEqual([])
  })

  test('refuses whatever else is wrong with the access token, and does not look for another', async () => {
    const { jwt, answer } = appWith(inCookies)
    const pair = await jwt.sessions.create('ada')
    const request = await postCookies(pair, 'refresh', 'access')
    expect(await outcome(answer('logout', request))).toBe('csrf_mismatch')
    expect(await outcome(answer('logout', bearer('nonsense', 'POST')))).toBe('token_invalid')
    expect(await outcome(answer('logout', requestOf({ method: 'POST' })))).toBe('token_missing')
    expect(await jwt.sessions.list('ada')).toHaveLength(1)
  })

  test('passes on an error of the application, whatever its code', async () => {
    let asked = 0
    const { jwt, answer } = appWith({
      userLookup: () => {
        asked++
        throw Object.assign(new Error('the token of the database has expired'), { code: 'token_expired' })
      },
    })
    const { accessToken } = await jwt.sessions.create('ada')
    await expect(answer('logout', bearer(accessToken, 'POST'))).rejects.toThrow('the token of the database has expired')
    expect(asked).toBe(1)
  })
})

describe('the handler of a logout everywhere', () => {
  test('ends all sessions of the user, and takes back the other tokens', async () => {
    const { jwt, clock, answer } = appWith(inCookies)
    const [one, two] = [await jwt.sessions.create('ada'), await jwt.sessions.create('ada')]
    const loose = await jwt.createAccessToken('ada')
    const bob = await jwt.sessions.create('bob')
    clock.advance(1)
    expect(await answer('logoutEverywhere', bearer(one.accessToken, 'POST'))).toEqual({
      status: 200,
      headers: {},
      body: { msg: 'Logged out everywhere' },
      cookies: removedCookies,
    })
    for (const token of [one.accessToken, two.accessToken, loose])
      expect(await outcome(jwt.authenticate(bearer(token)))).toBe('token_revoked')
    expect(await outcome(jwt.authenticate(bearer(bob.accessToken)))).toBe('accepted')
  })

  test('takes an access token alone, and none that was taken back', async () => {
    const { jwt, answer } = appWith()
    const { accessToken, refreshToken, sessionId } = await jwt.sessions.create('ada')
    expect(await outcome(answer('logoutEverywhere', bearer(refreshToken, 'POST')))).toBe('token_wrong_type')
    await jwt.sessions.revoke(sessionId)
    expect(await outcome(answer('logoutEverywhere', bearer(accessToken, 'POST')))).toBe('token_revoked')
  })
})

describe('the handler of the list', () => {
  test('shows the sessions of the user alone, the one used last first, and which is current', async () => {
    const { jwt, clock, answer } = appWith(inCookies)
    const phone = await jwt.sessions.create('ada', { device: { ip: '192.0.2.1', userAgent: 'curl/8.5.0' } })
    await jwt.sessions.create('bob')
    clock.advance(1)
    const laptop = await jwt.sessions.create('ada')
    clock.advance(1)
    expect(await answer('sessions', bearer(phone.accessToken))).toEqual({
      status: 200,
      headers: { 'cache-control': 'no-store' },
      body: {
        sessions: [
          {
            id: laptop.sessionId,
            created_at: new Date('2030-01-01T09:00:01Z'),
            last_used_at: new Date('2030-01-01T09:00:01Z'),
            expires_at: new Date('2030-01-31T09:00:01Z'),
            ip: null,
            user_agent: null,
            current: false,
          },
          {
            id: phone.sessionId,
            created_at: new Date('2030-01-01T09:00:00Z'),
            last_used_at: new Date('2030-01-01T09:00:00Z'),
            expires_at: new Date('2030-01-31T09:00:00Z'),
            ip: '192.0.2.1',
            user_agent: 'curl/8.5.0',
            current: true,
          },
        ],
      },
      cookies: [],
    })
  })

  test('names no end of a session that has none', async () => {
    const { jwt, answer } = appWith({ sessions: { lifetime: false } })
    const { accessToken } = await jwt.sessions.create('ada')
    const { body } = await answer('sessions', bearer(accessToken))
    expect(body).toMatchObject({ sessions: [{ expires_at: null }] })
  })

  test('takes an access token alone', async () => {
    const { jwt, answer } = appWith()
    const { refreshToken } = await jwt.sessions.create('ada')
    expect(await outcome(answer('sessions', bearer(refreshToken)))).toBe('token_wrong_type')
    expect(await outcome(answer('sessions', requestOf()))).toBe('token_missing')
  })
})

describe('the handlers that change something', () => {
  const changing = ['refresh', 'logout', 'logoutEverywhere'] as const

  test.each(
    changing.flatMap(name => ['GET', 'HEAD', 'OPTIONS', 'PUT', 'PATCH'].map(method => [name, method] as const)),
  )('%s answers %s with 405, and changes nothing', async (name, method) => {
    const { jwt, answer } = appWith(inCookies)
    const { accessToken, refreshToken } = await jwt.sessions.create('ada')
    const token = name === 'refresh' ? refreshToken : accessToken
    expect(await answer(name, bearer(token, method))).toEqual({
      status: 405,
      headers: { allow: 'POST, DELETE' },
      body: { msg: 'Method not allowed: use POST' },
      cookies: [],
    })
    const sessions = await jwt.sessions.list('ada')
    expect(sessions).toHaveLength(1)
    expect(await outcome(jwt.authenticate(bearer(refreshToken), { refresh: true }))).toBe('accepted')
  })

  test.each(changing.flatMap(name => ['POST', 'DELETE'].map(method => [name, method] as const)))(
    '%s takes %s',
    async (name, method) => {
      const { jwt, answer } = appWith()
      const { accessToken, refreshToken } = await jwt.sessions.create('ada')
      const token = name === 'refresh' ? refreshToken : accessToken
      expect(await answer(name, bearer(token, method))).toMatchObject({ status: 200 })
    },
  )

  test('put their words where the application wants them', async () => {
    const { jwt, answer } = appWith({ errorMessageKey: 'message' })
    const { accessToken } = await jwt.sessions.create('ada')
    expect((await answer('logout', requestOf())).body).toEqual({ message: 'Method not allowed: use POST' })
    expect((await answer('logout', bearer(accessToken, 'POST'))).body).toEqual({ message: 'Logged out' })
  })
})
