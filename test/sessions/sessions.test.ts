import { inspect } from 'node:util'
import type { JwtOptions } from 'jwt-extended'
import { JwtManager as FetchManager } from 'jwt-extended/fetch'
import { memoryStore } from 'jwt-extended/stores'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { sign } from '../request/sign-raw.ts'
import { managerWith, requestOf, secretKey } from '../request/support.ts'
import { bearer, clockOfTests, openApp, outcome, type SessionApp } from './support.ts'

function appWith(options: Partial<JwtOptions> = {}): SessionApp {
  const clock = clockOfTests()
  return openApp(memoryStore({ clock }), clock, options)
}

const csrfCookies = { tokenLocation: ['headers', 'cookies'] } as const

describe('the tokens of a session', () => {
  test('are bound to it, and last no longer', async () => {
    const { jwt, clock } = appWith({ sessions: { lifetime: '20m' } })
    const pair = await jwt.sessions.create('ada', { fresh: true, claims: { role: 'admin' } })
    const access = (await jwt.verifyToken(pair.accessToken)).claims
    const refresh = (await jwt.verifyToken(pair.refreshToken)).claims
    const seconds = Math.floor(clock() / 1000)
    expect(access).toMatchObject({ sub: 'ada', type: 'access', sid: pair.sessionId, fresh: true, role: 'admin' })
    expect(refresh).toMatchObject({ sub: 'ada', type: 'refresh', sid: pair.sessionId, fresh: false, role: 'admin' })
    expect([Number(access.exp) - seconds, Number(refresh.exp) - seconds]).toEqual([900, 1200])
    clock.advance('10m')
    const next = await jwt.sessions.rotate(pair.refreshToken)
    expect(next.expiresIn).toBeLessThanOrEqual(600)
    expect(next.expiresIn).toBeGreaterThan(598)
    expect((await jwt.verifyToken(next.accessToken)).claims).toMatchObject({ fresh: false, role: 'admin' })
    clock.advance('10m')
    expect(await outcome(jwt.sessions.rotate(next.refreshToken))).toBe('token_expired')
  })

  test('have no end where the session has none', async () => {
    const { jwt } = appWith({
      accessTokenExpires: false,
      sessions: { lifetime: false, idleLifetime: false },
    })
    const pair = await jwt.sessions.create('ada')
    expect(pair.expiresIn).toBeNull()
    expect(pair.toJSON()).not.toHaveProperty('expires_in')
    expect((await jwt.verifyToken(pair.refreshToken)).claims).not.toHaveProperty('exp')
    await jwt.sessions.revoke(pair.sessionId)
    expect(await outcome(jwt.authenticate(bearer(pair.accessToken)))).toBe('token_revoked')
  })

  test('are a token response as JSON (RFC 6749 section 5.1), and are not seen in a log', async () => {
    const { jwt } = appWith()
    const pair = await jwt.sessions.create('ada')
    expect(JSON.parse(JSON.stringify(pair))).toEqual({
      access_token: pair.accessToken,
      token_type: 'Bearer',
      expires_in: 900,
      refresh_token: pair.refreshToken,
    })
    expect(inspect(pair, { depth: 9 })).not.toContain('eyJ')
  })

  test('go into cookies', async () => {
    const { jwt } = appWith(csrfCookies)
    const cookies = await (await jwt.sessions.create('ada')).cookies()
    expect(cookies.map(cookie => cookie.split('=')[0])).toEqual([
      'access_token_cookie',
      'csrf_access_token',
      'refresh_token_cookie',
      'csrf_refresh_token',
    ])
  })

  test('keep the claims they were given, and ask the loader for the others again', async () => {
    let loaded: object = { role: 'admin', admin: true }
    const { jwt } = appWith({ additionalClaims: () => loaded })
    const first = await jwt.sessions.create('ada', { claims: { tenant: 'acme', aud: 'api', role: 'owner' } })
    loaded = { role: 'reader' }
    const next = await jwt.sessions.rotate(first.refreshToken)
    const last = await jwt.sessions.rotate(next.refreshToken)
    for (const { accessToken, refreshToken } of [next, last]) {
      for (const token of [accessToken, refreshToken]) {
        const { claims } = await jwt.verifyToken(token)
        expect(claims).toMatchObject({ tenant: 'acme', aud: 'api', role: 'owner' })
        expect(claims).not.toHaveProperty('admin')
      }
    }
  })

  test('have claims and freshness of a refresh for that access token alone, so that no replay undoes them', async () => {
    const { jwt, clock } = appWith()
    const first = await jwt.sessions.create('ada', { claims: { role: 'admin' }, fresh: true })
    const stepUp = await jwt.sessions.rotate(first.refreshToken, { claims: { role: 'user', step: 2 }, fresh: true })
    expect((await jwt.verifyToken(stepUp.accessToken)).claims).toMatchObject({ role: 'user', step: 2, fresh: true })
    const replayed = await jwt.sessions.rotate(first.refreshToken)
    for (const { refreshToken } of [stepUp, replayed]) {
      const { jti, iat, ...claims } = (await jwt.verifyToken(refreshToken)).claims
      expect(claims).toMatchObject({ role: 'admin', kept: ['role'] })
      expect(claims).not.toHaveProperty('step')
    }
    clock.advance(60)
    const next = await jwt.sessions.rotate(stepUp.refreshToken)
    expect((await jwt.verifyToken(next.accessToken)).claims).toMatchObject({ role: 'admin', fresh: false })
  })

  test('are made for the user that was looked up, where identities are made of users', async () => {
    const users = [{ id: 7, role: 'reader' }]
    const { jwt } = appWith({
      userIdentity: user => (user as { id: number }).id,
      userLookup: (_header, { sub }) => users.find(({ id }) => String(id) === sub),
      additionalClaims: user => ({ role: (user as { role: string }).role }),
    })
    const first = await jwt.sessions.create(users[0])
    users[0] = { id: 7, role: 'admin' }
    for (const presented of [first.refreshToken, bearer(first.refreshToken)]) {
      const next = await jwt.sessions.rotate(presented)
      expect((await jwt.verifyToken(next.accessToken)).claims).toMatchObject({ sub: '7', role: 'admin' })
    }
    const other = await jwt.sessions.rotate(first.refreshToken, { identity: { id: 9, role: 'guest' } })
    expect((await jwt.verifyToken(other.accessToken)).claims).toMatchObject({ sub: '7', role: 'guest' })
    expect(await jwt.sessions.list(users[0])).toHaveLength(1)
    users.pop()
    expect(await outcome(jwt.sessions.rotate(first.refreshToken))).toBe('user_not_found')
  })

  test('pass a strict schema, which does not see the session, and are carried as they were signed', async () => {
    const claimsSchema = z.strictObject({ since: z.string().transform(text => new Date(text)) })
    const { jwt } = appWith({ claimsSchema: claimsSchema as never })
    const first = await jwt.sessions.create('ada', { claims: { since: '2030-01-01' } })
    for (const presented of [first.refreshToken, bearer(first.refreshToken)]) {
      const next = await jwt.sessions.rotate(presented)
      expect((await jwt.verifyToken(next.accessToken)).claims['since']).toEqual(new Date('2030-01-01'))
    }
  })

  test('cannot be given an end or a session of their own, and then no session is left', async () => {
    const { jwt, clock } = appWith()
    await expect(jwt.sessions.create('ada', { claims: { exp: clock() } })).rejects.toThrow(
      /cannot set exp for a session/,
    )
    await expect(jwt.sessions.create('ada', { claims: { sid: 'x' } })).rejects.toThrow(/cannot set sid/)
    await expect(jwt.sessions.create('ada', { claims: { kept: [] } })).rejects.toThrow(/cannot set kept/)
    await expect(jwt.createAccessToken('ada', { claims: { sid: 'x' } })).rejects.toThrow(/cannot set sid/)
    expect(await jwt.sessions.list('ada')).toEqual([])
  })

  test.each(['sid', 'kept'])('are never %s, without a store neither: another service may have one', async name => {
    const jwt = managerWith()
    await expect(jwt.createAccessToken('ada', { claims: { [name]: 'x' } })).rejects.toThrow(`cannot set ${name}`)
    await expect(jwt.createRefreshToken('ada', { claims: { [name]: 'x' } })).rejects.toThrow(`cannot set ${name}`)
    const adding = managerWith({ additionalClaims: () => ({ [name]: 'x' }) })
    await expect(adding.createAccessToken('ada')).rejects.toThrow(`cannot set ${name}`)
    const flask = managerWith({ compatibility: 'flask' })
    const { claims } = await flask.verifyToken(await flask.createAccessToken('ada', { claims: { [name]: 'x' } }))
    expect(claims[name]).toBe('x')
  })

  test('may be what another issuer has put there', async () => {
    const token = sign({ sub: 'ada', type: 'access', jti: 'id-1', fresh: false, sid: 'of another issuer', kept: 'x' })
    for (const jwt of [managerWith(), appWith().jwt])
      expect((await jwt.verifyToken(token)).claims).toMatchObject({ sid: 'of another issuer', kept: 'x' })
  })
})

describe('a refresh', () => {
  test('takes a refresh token of a session, and no other', async () => {
    const { jwt } = appWith()
    const { accessToken } = await jwt.sessions.create('ada')
    expect(await outcome(jwt.sessions.rotate(accessToken))).toBe('token_wrong_type')
    expect(await outcome(jwt.sessions.rotate(bearer(accessToken)))).toBe('token_wrong_type')
    expect(await outcome(jwt.sessions.rotate(await jwt.createRefreshToken('ada')))).toBe('token_invalid')
    expect(await outcome(jwt.sessions.rotate(requestOf()))).toBe('token_missing')
    expect(await outcome(jwt.sessions.rotate('nonsense'))).toBe('token_invalid')
  })

  test('refuses a session that the store has lost, and one that another store never knew', async () => {
    const { jwt } = appWith()
    const { refreshToken } = await jwt.sessions.create('ada')
    expect(await outcome(appWith().jwt.sessions.rotate(refreshToken))).toBe('token_revoked')
  })

  test('is not fooled by a token with the session of a victim that another key has signed', async () => {
    const { jwt, clock } = appWith()
    const victim = await jwt.sessions.create('ada')
    const thief = openApp(memoryStore({ clock }), clock, {
      secretKey: 'x9K2-vTn8Wq5-Xb1mYc7-Zd4pHs9-Lf3gJw6-Eu0aOi',
    }).jwt
    const forged = (await thief.sessions.create('ada')).refreshToken
    expect(await outcome(jwt.sessions.rotate(forged))).toBe('token_invalid')
    expect(await outcome(jwt.sessions.rotate(victim.refreshToken))).toBe('accepted')
  })

  test('asks the blocklist of the application, before anything changes', async () => {
    const blocked = new Set<unknown>()
    const { jwt } = appWith({ tokenInBlocklist: (_header, { jti }) => blocked.has(jti) })
    const { refreshToken } = await jwt.sessions.create('ada')
    const jti = await jwt.getJti(refreshToken)
    blocked.add(jti)
    expect(await outcome(jwt.sessions.rotate(refreshToken))).toBe('token_revoked')
    expect(await outcome(jwt.sessions.rotate(bearer(refreshToken)))).toBe('token_revoked')
    blocked.delete(jti)
    expect(await outcome(jwt.sessions.rotate(refreshToken))).toBe('accepted')
  })

  test('asks for a request or a token', async () => {
    const { jwt } = appWith()
    for (const nothing of [undefined, null])
      await expect(jwt.sessions.rotate(nothing as never)).rejects.toThrow(/needs the request, or the refresh token/)
  })

  test('needs the CSRF value where the token comes in a cookie', async () => {
    const { jwt } = appWith({ tokenLocation: ['cookies'] })
    const cookie = (await (await jwt.sessions.create('ada')).cookies()).map(value => value.split(';')[0]).join('; ')
    expect(await outcome(jwt.sessions.rotate(requestOf({ method: 'POST', headers: { cookie } })))).toBe('csrf_missing')
  })

  test('leaves a session as it was where the store fails', async () => {
    const { jwt, store, events } = appWith()
    const { refreshToken } = await jwt.sessions.create('ada')
    const { rotateSession } = store
    store.rotateSession = () => Promise.reject(new Error('down'))
    expect(await outcome(jwt.sessions.rotate(refreshToken))).toBe('store_unavailable')
    expect(events.filter(([name]) => name === 'store_error')).toHaveLength(2)
    store.rotateSession = rotateSession
    expect(await outcome(jwt.sessions.rotate(refreshToken))).toBe('accepted')
  })

  test('gives the answers of the application', async () => {
    const { jwt, clock } = appWith({
      sessions: { grace: 0 },
      onRevoked: (_header, { sid }) => ({ status: 418, json: { sid } }),
    })
    const first = await jwt.sessions.create('ada')
    await jwt.sessions.rotate(first.refreshToken)
    clock.advance(1)
    await expect(jwt.sessions.rotate(first.refreshToken)).rejects.toMatchObject({
      status: 418,
      body: { sid: first.sessionId },
    })
  })
})

describe('the list of sessions', () => {
  test('says where and when each was used, the last one first, and which is current', async () => {
    const { jwt, clock } = appWith()
    const headers = { 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0' }
    const phone = await jwt.sessions.create('ada', { device: { ip: '192.0.2.1', userAgent: 'curl/8.5.0' } })
    clock.advance(1)
    const laptop = await jwt.sessions.create('ada', { device: { ...requestOf({ headers }), ip: '192.0.2.2' } })
    const created = new Date(clock())
    clock.advance(1)
    await jwt.sessions.rotate(phone.refreshToken, { device: { ip: '192.0.2.3' } })
    const used = new Date(clock())
    const [first, second] = await jwt.sessions.list('ada')
    expect(first).toMatchObject({
      id: phone.sessionId,
      lastUsedAt: used,
      ip: '192.0.2.3',
      userAgent: 'curl/8.5.0',
      isCurrent: false,
    })
    expect(second).toEqual({
      id: laptop.sessionId,
      createdAt: created,
      lastUsedAt: created,
      expiresAt: new Date(created.getTime() + 30 * 86_400_000),
      ip: '192.0.2.2',
      userAgent: 'Firefox on Linux',
      isCurrent: false,
    })
  })

  test('knows no devices where they are not to be kept', async () => {
    const { jwt } = appWith({ sessions: { keepDevices: false } })
    await jwt.sessions.create('ada', { device: { ip: '192.0.2.1', userAgent: 'curl/8.5.0' } })
    expect(await jwt.sessions.list('ada')).toMatchObject([{ ip: null, userAgent: null }])
  })

  test('has up to 1,000, page by page, and a logout everywhere ends them all', async () => {
    const { jwt } = appWith()
    for (let count = 0; count < 230; count++) await jwt.sessions.create('ada')
    expect(await jwt.sessions.list('ada')).toHaveLength(230)
    for (let count = 230; count < 1100; count++) await jwt.sessions.create('ada')
    expect(await jwt.sessions.list('ada')).toHaveLength(1000)
    expect(await jwt.sessions.revokeAll('ada')).toBe(1100)
  })
})

describe('an access token', () => {
  test('does not outlive its session, also where it was renewed just before that was idle for too long', async () => {
    const { jwt, clock } = appWith({ sessions: { idleLifetime: '20m' } })
    const { refreshToken, sessionId } = await jwt.sessions.create('ada')
    clock.advance('14m')
    const { accessToken } = await jwt.sessions.rotate(refreshToken)
    const long = await renewedFor(accessToken, clock() / 1000 + 3600)
    clock.advance('19m')
    expect(await outcome(jwt.authenticate(bearer(long)))).toBe('accepted')
    clock.advance('1m')
    expect(await outcome(jwt.authenticate(bearer(long)))).toBe('token_revoked')
    expect(await jwt.sessions.revoke(sessionId)).toBe(false)
  })

  test('is refused where the store has lost its session', async () => {
    const { jwt, clock } = appWith()
    const { accessToken } = await jwt.sessions.create('ada')
    const forgetful = openApp(memoryStore({ clock }), clock).jwt
    expect(await outcome(forgetful.authenticate(bearer(accessToken)))).toBe('token_revoked')
  })
})

/** The same token with another end, as implicit refresh makes one. */
async function renewedFor(token: string, exp: number): Promise<string> {
  const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as object
  return sign({ ...claims, exp: Math.floor(exp) })
}

describe('a revocation', () => {
  test('tells whether there was such a session, also of this user', async () => {
    const { jwt, events } = appWith()
    const { sessionId } = await jwt.sessions.create('ada')
    expect(await jwt.sessions.revoke(sessionId, { identity: 'bob' })).toBe(false)
    expect(await jwt.sessions.revoke('01a3185c-5000-7dd0-b2bb-28d873da208d')).toBe(false)
    expect(await jwt.sessions.revoke(sessionId, { identity: 'ada' })).toBe(true)
    expect(await jwt.sessions.revoke(sessionId)).toBe(false)
    expect(events.map(([name]) => name)).toEqual(['session_created', 'session_revoked'])
  })

  test('takes the identities that tokens are made for, and keeps foreign ids out of the store', async () => {
    const { jwt, store } = appWith()
    await jwt.sessions.create(10n)
    expect(await jwt.sessions.list(10n)).toHaveLength(1)
    expect(await jwt.sessions.list('10')).toHaveLength(1)
    for (const wrong of [{ id: 1 }, [1], true, undefined, Number.NaN])
      await expect(jwt.sessions.revokeAll(wrong)).rejects.toThrow(/identity/)
    const sids: string[] = []
    const { revokeSession } = store
    store.revokeSession = (sid, keepMs) => {
      sids.push(sid)
      return revokeSession.call(store, sid, keepMs)
    }
    expect(await jwt.sessions.revoke('x'.repeat(100_000))).toBe(false)
    expect(sids).toEqual([])
  })

  test('of the refresh token of a session ends the session', async () => {
    const { jwt, events } = appWith()
    const { accessToken, refreshToken } = await jwt.sessions.create('ada')
    await jwt.revoke(refreshToken)
    await jwt.revoke(refreshToken)
    expect(await outcome(jwt.authenticate(bearer(accessToken)))).toBe('token_revoked')
    expect(events.map(([name]) => name)).toEqual(['session_created', 'session_revoked'])
  })

  test('is kept as long as the token lives, and takes one that has expired', async () => {
    const { jwt, clock } = appWith({ leeway: 10 })
    const long = await jwt.createAccessToken('ada', { expiresIn: '90d' })
    const ever = await jwt.createAccessToken('ada', { expiresIn: false })
    const short = await jwt.createAccessToken('ada', { expiresIn: 1 })
    clock.advance(30)
    for (const token of [long, ever, short]) await jwt.revoke(token)
    clock.advance('89d')
    expect(await outcome(jwt.authenticate(bearer(long)))).toBe('token_revoked')
    clock.advance('900d')
    expect(await outcome(jwt.authenticate(bearer(ever)))).toBe('token_revoked')
    await expect(jwt.revoke({ jti: null } as never)).rejects.toThrow(/without jti/)
    expect(await outcome(jwt.revoke('nonsense'))).toBe('token_invalid')
  })

  test('of everything takes a point in time that is over', async () => {
    const { jwt, clock } = appWith()
    await expect(jwt.revokeEverythingBefore(new Date(clock() + 120_000))).rejects.toThrow(/lies ahead/)
    await expect(jwt.revokeEverythingBefore(new Date(Number.NaN))).rejects.toThrow(/valid Date/)
    await expect(jwt.revokeEverythingBefore(clock() as never)).rejects.toThrow(/valid Date/)
    await expect(jwt.invalidateAccess(undefined as never)).rejects.toThrow(/undefined/)
  })

  test('reaches tokens of other issuers to the second of iat', async () => {
    const { jwt, clock } = appWith()
    const seconds = Math.floor(clock() / 1000)
    const foreign = (iat: number): Promise<string> =>
      outcome(jwt.authenticate(bearer(sign({ sub: 'ada', type: 'access', jti: 'foreign', iat, exp: seconds + 900 }))))
    await jwt.invalidateAccess('ada')
    clock.advance(5)
    expect(await foreign(seconds)).toBe('token_revoked')
    expect(await foreign(seconds + 1)).toBe('accepted')
  })
})

describe('a request of a session', () => {
  test('knows its session, for a logout of all others, and one without a session knows none', async () => {
    const clock = clockOfTests()
    const jwt = new FetchManager({ secretKey, clock, store: memoryStore({ clock }) })
    const keepThis = jwt.required(async (_request, { identity, sessionId }) => {
      const sessions = await jwt.sessions.list(identity)
      const ended = await jwt.sessions.revokeAll(identity, { except: sessionId })
      return Response.json({ ended, current: sessions.filter(({ isCurrent }) => isCurrent).map(({ id }) => id) })
    })
    const { accessToken, sessionId } = await jwt.sessions.create('ada')
    for (let count = 0; count < 2; count++) await jwt.sessions.create('ada')
    const send = (token: string): Promise<Response> =>
      keepThis(new Request('http://127.0.0.1', { headers: { authorization: `Bearer ${token}` } }))
    expect(await (await send(accessToken)).json()).toEqual({ ended: 2, current: [sessionId] })
    const loose = await (await send(await jwt.createAccessToken('ada'))).json()
    expect(loose).toEqual({ code: 'token_revoked', msg: 'Token has been revoked' })
    clock.advance(1)
    expect(await (await send(await jwt.createAccessToken('ada'))).json()).toEqual({ ended: 1, current: [] })
  })
})
