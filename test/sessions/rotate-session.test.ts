import { describe, expect, test } from 'vitest'
import { refusedJwt } from '../../src/errors.ts'
import { readUuidV7Time } from '../../src/internal/uuid-v7.ts'
import { configOf } from '../../src/manager.ts'
import { checkPresentedToken, readPresentedToken } from '../../src/sessions/presented-token.ts'
import { partitionTag } from '../../src/stores/partition.ts'
import { sign } from '../request/sign-raw.ts'
import { bearer, openFixedApp, openManager, outcome, type SessionApp } from './support.ts'

/** The same token with other claims, as a manager with other options would have made it. */
function changed({ jwt }: SessionApp, token: string, claims: object): string {
  return sign({ ...jwt.decodeUnverified(token).claims, ...claims })
}

describe('the ids of a session', () => {
  test('carry the time when they were made, and that of the session the tag of its user', async () => {
    const { jwt, clock } = openFixedApp()
    const { accessToken, refreshToken, sessionId } = await jwt.sessions.create('ada')
    const ids = [sessionId, await jwt.getJti(refreshToken), await jwt.getJti(accessToken)]
    expect(ids.map(id => readUuidV7Time(id ?? ''))).toEqual([clock(), clock(), clock()])
    expect(sessionId.slice(-4)).toBe(partitionTag('ada'))
    expect(new Set(ids).size).toBe(3)
  })
})

describe('a refresh', () => {
  test.each([
    [9.999, false],
    [10, true],
    [10.001, true],
  ])('%d seconds after the one before changes the token: %j', async (seconds, isNew) => {
    const { jwt, clock } = openFixedApp({ sessions: { grace: 5, minRotation: 10 } })
    const { refreshToken } = await jwt.sessions.rotate((await jwt.sessions.create('ada')).refreshToken)
    clock.advance(seconds)
    const next = await jwt.sessions.rotate(refreshToken)
    expect((await jwt.getJti(next.refreshToken)) !== (await jwt.getJti(refreshToken))).toBe(isNew)
  })

  test.each([
    [9.999, 'accepted'],
    [10, 'accepted'],
    [10.001, 'token_revoked'],
  ])('with the token before, %d seconds after it was replaced, is %s', async (seconds, expected) => {
    const { jwt, clock } = openFixedApp({ sessions: { grace: 10 } })
    const { refreshToken } = await jwt.sessions.create('ada')
    await jwt.sessions.rotate(refreshToken)
    clock.advance(seconds)
    expect(await outcome(jwt.sessions.rotate(refreshToken))).toBe(expected)
  })

  test('does not lengthen a life that the clock of the store alone says is left', async () => {
    const { jwt, clock, store } = openFixedApp({
      sessions: { lifetime: 100, idleLifetime: false },
      accessTokenExpires: 60,
    })
    const { refreshToken } = await jwt.sessions.create('ada')
    clock.advance(95)
    const ahead = openManager(store, { clock: () => clock() + 10_000, leeway: 30 })
    expect((await ahead.sessions.rotate(refreshToken)).expiresIn).toBe(0)
  })

  test('says how long the access token lives, to the second that has begun', async () => {
    const { jwt, clock } = openFixedApp({ accessTokenExpires: 60 })
    expect((await jwt.sessions.create('ada')).expiresIn).toBe(60)
    clock.advance(0.9)
    expect((await jwt.sessions.create('ada')).expiresIn).toBe(60)
  })

  test.each([
    ['of no session', { sid: undefined }],
    ['of a session of another issuer', { sid: 'other' }],
    ['without an id', { jti: undefined }],
  ])('refuses a token %s', async (_name, claims) => {
    const app = openFixedApp()
    const { refreshToken } = await app.jwt.sessions.create('ada')
    const work = app.jwt.sessions.rotate(changed(app, refreshToken, claims))
    await expect(work).rejects.toMatchObject({
      code: 'token_invalid',
      message: 'The refresh token belongs to no session',
    })
    expect(await outcome(app.jwt.sessions.rotate(refreshToken))).toBe('accepted')
  })

  test('refuses the session of another user', async () => {
    const app = openFixedApp()
    const { refreshToken } = await app.jwt.sessions.create('ada')
    const token = changed(app, refreshToken, { sub: 'bob' })
    expect(await outcome(app.jwt.sessions.rotate(token))).toBe('token_revoked')
    expect(await outcome(app.jwt.sessions.rotate(refreshToken))).toBe('accepted')
  })

  test('says that a session has expired, and of which token', async () => {
    const { jwt, clock } = openFixedApp({ sessions: { idleLifetime: '20m' } })
    const { refreshToken, sessionId } = await jwt.sessions.create('ada')
    clock.advance('20m')
    const error = await jwt.sessions.rotate(refreshToken).catch((refusal: unknown) => refusal)
    expect(error).toMatchObject({ code: 'token_expired', message: 'Session has expired' })
    expect(refusedJwt(error as never)).toMatchObject({ verified: true, claims: { sid: sessionId } })
  })

  test('says of a reuse where it came from, though the client has gone away meanwhile', async () => {
    let isGone = false
    const userLookup = async (): Promise<string> => {
      isGone = true
      return 'Ada'
    }
    const { jwt, clock, events } = openFixedApp({ userLookup })
    const { refreshToken } = await jwt.sessions.create('ada')
    await jwt.sessions.rotate(refreshToken)
    clock.advance(31)
    isGone = false
    const thief = Object.defineProperty(bearer(refreshToken), 'ip', { get: () => (isGone ? undefined : '192.0.2.3') })
    expect(await outcome(jwt.sessions.rotate(thief))).toBe('token_revoked')
    expect(events[1]).toMatchObject(['reuse_detected', { presentedFrom: { ip: '192.0.2.3' } }])
  })

  test('says of a reuse where the session was used last, and where the token was presented', async () => {
    const { jwt, clock, events } = openFixedApp()
    const { refreshToken, sessionId } = await jwt.sessions.create('ada', { device: { ip: '192.0.2.1' } })
    await jwt.sessions.rotate(refreshToken, { device: { ip: '192.0.2.2', userAgent: 'curl/8.5.0' } })
    clock.advance(31)
    const thief = { ...bearer(refreshToken), ip: '192.0.2.3' }
    const error = await jwt.sessions.rotate(thief).catch((refusal: unknown) => refusal)
    expect(error).toMatchObject({ code: 'token_revoked', message: 'Token has been revoked' })
    expect(refusedJwt(error as never)).toMatchObject({ verified: true, claims: { sid: sessionId } })
    const session = { sessionId, identity: 'ada', ip: '192.0.2.2', userAgent: 'curl/8.5.0' }
    expect(events.slice(1)).toEqual([
      ['reuse_detected', { ...session, presentedFrom: { ip: '192.0.2.3', userAgent: null } }],
      ['session_revoked', session],
    ])
  })

  test('prefers the device that it is told to that of the request', async () => {
    const { jwt } = openFixedApp()
    const { refreshToken } = await jwt.sessions.create('ada')
    await jwt.sessions.rotate({ ...bearer(refreshToken), ip: '192.0.2.1' }, { device: { ip: '192.0.2.2' } })
    expect(await jwt.sessions.list('ada')).toMatchObject([{ ip: '192.0.2.2' }])
  })

  test('asks the loaders about the identity of the token where no user makes identities', async () => {
    const asked: unknown[] = []
    const { jwt } = openFixedApp({
      userLookup: () => ({ name: 'Ada' }),
      additionalClaims: identity => {
        asked.push(identity)
        return {}
      },
    })
    const { refreshToken } = await jwt.sessions.create('ada')
    await jwt.sessions.rotate(refreshToken)
    await jwt.sessions.rotate(bearer(refreshToken))
    await jwt.sessions.rotate(refreshToken, { identity: 'grace' })
    expect(asked).toEqual(['ada', 'ada', 'ada', 'ada', 'ada', 'ada', 'grace', 'grace'])
  })

  test('asks the loaders about the identity of the token where no user is looked up', async () => {
    const asked: unknown[] = []
    const { jwt } = openFixedApp({
      userIdentity: user => `user ${String(user)}`,
      additionalClaims: user => {
        asked.push(user)
        return {}
      },
    })
    await jwt.sessions.rotate((await jwt.sessions.create(7)).refreshToken)
    expect(asked).toEqual([7, 7, 'user 7', 'user 7'])
  })

  test('asks the loaders about a user that is a number or empty, too', async () => {
    const asked: unknown[] = []
    const { jwt } = openFixedApp({
      userIdentity: user => `user ${String(user)}`,
      userLookup: () => 0,
      additionalClaims: user => {
        asked.push(user)
        return {}
      },
    })
    const { refreshToken } = await jwt.sessions.create(0)
    await jwt.sessions.rotate(bearer(refreshToken))
    await jwt.sessions.rotate(refreshToken)
    expect(asked).toEqual([0, 0, 0, 0, 0, 0])
  })
})

describe('the claims that a session keeps', () => {
  test('are those which the refresh token names', async () => {
    const app = openFixedApp()
    const { refreshToken } = await app.jwt.sessions.create('ada', { claims: { role: 'admin', tenant: 'acme' } })
    const next = await app.jwt.sessions.rotate(changed(app, refreshToken, { kept: ['role'] }))
    const { claims } = await app.jwt.verifyToken(next.accessToken)
    expect(claims).toMatchObject({ role: 'admin' })
    expect(claims).not.toHaveProperty('tenant')
  })

  test.each([['role'], [undefined], [{ role: true }]])('are none where it names them as %j', async kept => {
    const app = openFixedApp()
    const { refreshToken } = await app.jwt.sessions.create('ada', { claims: { role: 'admin' } })
    const next = await app.jwt.sessions.rotate(changed(app, refreshToken, { kept }))
    expect((await app.jwt.verifyToken(next.accessToken)).claims).not.toHaveProperty('role')
    expect((await app.jwt.verifyToken(next.refreshToken)).claims).not.toHaveProperty('kept')
  })

  test('are never those that this package fills by itself', async () => {
    const app = openFixedApp()
    const { refreshToken } = await app.jwt.sessions.create('ada')
    const next = await app.jwt.sessions.rotate(changed(app, refreshToken, { kept: ['jti', 'type', 'sid', 'kept'] }))
    expect((await app.jwt.verifyToken(next.accessToken)).claims).toMatchObject({ type: 'access' })
    expect((await app.jwt.verifyToken(next.refreshToken)).claims).not.toHaveProperty('kept')
  })
})

describe('a refresh token that is presented', () => {
  test('is verified, and says where it was found', async () => {
    const { jwt } = openFixedApp()
    const { refreshToken, sessionId } = await jwt.sessions.create('ada')
    const request = { ...bearer(refreshToken), ip: '192.0.2.1' }
    expect(await readPresentedToken(request, configOf(jwt))).toMatchObject({
      jwt: { verified: true, header: { alg: 'HS256' }, claims: { sid: sessionId } },
      signedClaims: { sid: sessionId },
      location: 'headers',
      device: { ip: '192.0.2.1' },
      user: undefined,
    })
    expect(await checkPresentedToken(refreshToken, configOf(jwt))).toMatchObject({
      jwt: { verified: true, header: { alg: 'HS256' }, claims: { sid: sessionId } },
      signedClaims: { sid: sessionId },
      location: undefined,
      device: {},
      user: undefined,
    })
  })

  test('brings the user that was looked up', async () => {
    const { jwt } = openFixedApp({ userLookup: () => 'the user' })
    const { refreshToken } = await jwt.sessions.create('ada')
    expect((await readPresentedToken(bearer(refreshToken), configOf(jwt))).user).toEqual({ value: 'the user' })
    expect((await checkPresentedToken(refreshToken, configOf(jwt))).user).toEqual({ value: 'the user' })
  })
})
