import { JwtManager, type JwtOptions, type JwtRequest, type Requirements, type TokenLocation } from 'jwt-extended'
import { JwtManager as ExpressJwtManager } from 'jwt-extended/express'
import { JwtManager as FetchJwtManager } from 'jwt-extended/fetch'
import { flaskOptions } from 'jwt-extended/flask'
import { JwtManager as HonoJwtManager } from 'jwt-extended/hono'
import { fixedClock, type TestHeaders, testCredentials } from 'jwt-extended/testing'
import { describe, expect, test } from 'vitest'
import { strongSecret } from '../support/configure.ts'
import { generateKeyPair } from '../support/key-pairs.ts'
import { mistakeOf, refusalOf, thrownMistakeOf } from '../support/refusals.ts'

const clock = fixedClock()

/** A manager at a time that stands still, and the credentials for it. */
function configure(options: JwtOptions = { secretKey: strongSecret }) {
  const jwt = new JwtManager<unknown>({ clock, ...options })
  return { jwt, ...testCredentials(jwt) }
}

const both = { secretKey: strongSecret, tokenLocation: ['headers', 'cookies'] } as const

/** What a server sees of these headers. */
function request(headers: TestHeaders, method = 'GET'): JwtRequest {
  const sent = new Headers(headers)
  return { method, header: name => sent.get(name) ?? undefined }
}

/** Who the manager takes the sender of these headers for. */
async function senderOf(jwt: JwtManager<unknown>, headers: TestHeaders, requirements: Requirements = {}) {
  const { identity, location } = await jwt.authenticate(request(headers, 'POST'), requirements)
  return { identity, location }
}

describe('tokenFor', () => {
  test('makes an access token that is not fresh', async () => {
    const { jwt, tokenFor } = configure()
    const { claims } = await jwt.verifyToken(await tokenFor('ada'))
    expect(claims).toMatchObject({ sub: 'ada', type: 'access', fresh: false, iat: clock() / 1000 })
    expect(claims.exp).toBe(clock() / 1000 + 900)
  })

  test('makes a refresh token', async () => {
    const { jwt, tokenFor } = configure()
    const { claims } = await jwt.verifyToken(await tokenFor('ada', { type: 'refresh' }))
    expect(claims).toMatchObject({ type: 'refresh', exp: clock() / 1000 + 30 * 86_400 })
  })

  test('takes what createAccessToken takes', async () => {
    const { jwt, tokenFor } = configure()
    const options = { fresh: '5m', expiresIn: 60, claims: { role: 'admin' }, headers: { cty: 'x' } } as const
    const { claims, header } = await jwt.verifyToken(await tokenFor('ada', options))
    const now = clock() / 1000
    expect(claims).toMatchObject({ fresh: now + 300, exp: now + 60, role: 'admin' })
    expect(header).toEqual({ alg: 'HS256', typ: 'JWT', cty: 'x' })
  })

  test('asks the loaders of the application', async () => {
    const { jwt, tokenFor } = configure({
      secretKey: strongSecret,
      userIdentity: user => (user as { id: number }).id,
      additionalClaims: user => ({ name: (user as { name: string }).name }),
      additionalHeaders: () => ({ cty: 'from a loader' }),
    })
    for (const expired of [false, true]) {
      const token = await tokenFor({ id: 7, name: 'Ada' }, { expired })
      const { claims, header } = await jwt.verifyToken(token, { allowExpired: true })
      expect(claims).toMatchObject({ sub: '7', name: 'Ada' })
      expect(header['cty']).toBe('from a loader')
    }
  })

  test.each(['RS256', 'PS256', 'ES256', 'EdDSA'] as const)(
    'signs by the key pair of the manager: %s',
    async algorithm => {
      const { jwt, tokenFor } = configure({ ...generateKeyPair(algorithm), algorithm })
      expect((await jwt.verifyToken(await tokenFor('ada'))).header.alg).toBe(algorithm)
      expect((await refusalOf(jwt.verifyToken(await tokenFor('ada', { expired: true })))).code).toBe('token_expired')
    },
  )

  test('cannot sign for a manager that has a public key alone', async () => {
    const { publicKey } = generateKeyPair('EdDSA')
    const { tokenFor } = configure({ publicKey, algorithm: 'EdDSA' })
    expect((await mistakeOf(tokenFor('ada'))).message).toMatch(/no key to sign with/)
  })

  test.each<[string, Partial<JwtOptions>]>([
    ['the default options', {}],
    ['a leeway', { leeway: '2m' }],
    ['a leeway in fractions', { leeway: 0.5 }],
    ['tokens that live for ever', { accessTokenExpires: false, refreshTokenExpires: false }],
    ['a life of a second', { accessTokenExpires: 1, refreshTokenExpires: 1 }],
    ['a clock between two seconds', { clock: () => clock() + 999 }],
    ['a clock that runs', { clock: Date.now }],
    ['an exp of the application itself', { additionalClaims: () => ({ exp: clock() / 1000 + 1000 }) }],
  ])('makes a token that has expired, and is right in everything else, with %s', async (_name, options) => {
    const { jwt, tokenFor } = configure({ secretKey: strongSecret, ...options })
    for (const type of ['access', 'refresh'] as const) {
      const token = await tokenFor('ada', { type, expired: true })
      expect((await refusalOf(jwt.verifyToken(token))).code).toBe('token_expired')
      const { claims } = await jwt.verifyToken(token, { allowExpired: true })
      expect(claims).toMatchObject({ sub: 'ada', type })
      expect(claims.iat).toBeLessThan(claims.exp ?? 0)
      await expect(jwt.verifyToken(await tokenFor('ada', { type }))).resolves.toBeDefined()
    }
  })

  test.each([
    ['15m', '2m', 900, 120],
    [false, 0, 900, 0],
    ['1h', 0, 3600, 0],
  ] as const)(
    'ends a token of %s a second and the leeway of %s ago',
    async (accessTokenExpires, leeway, life, past) => {
      const { jwt, tokenFor } = configure({ secretKey: strongSecret, accessTokenExpires, leeway })
      const { claims } = await jwt.verifyToken(await tokenFor('ada', { expired: true }), { allowExpired: true })
      const exp = clock() / 1000 - past - 1
      expect(claims).toMatchObject({ exp, iat: exp - life })
    },
  )

  test('makes an expired token in the modes of Flask-JWT-Extended', async () => {
    const { jwt, tokenFor } = configure({
      ...flaskOptions({ JWT_SECRET_KEY: strongSecret, JWT_DECODE_LEEWAY: -5, JWT_ACCESS_TOKEN_EXPIRES: -10 }),
      clock,
    })
    expect((await refusalOf(jwt.verifyToken(await tokenFor('ada', { expired: true })))).code).toBe('token_expired')
  })

  test('gives an expired token the life that is asked for, and fresh as it was then', async () => {
    const { jwt, tokenFor } = configure()
    const token = await tokenFor('ada', { expired: true, expiresIn: '1h', fresh: '5m', claims: { role: 'admin' } })
    const { claims } = await jwt.verifyToken(token, { allowExpired: true })
    const iat = clock() / 1000 - 3601
    expect(claims).toMatchObject({ iat, nbf: iat, exp: iat + 3600, fresh: iat + 300, role: 'admin' })
  })

  test.each<[object, RegExp]>([
    [{ fesh: true }, /did you mean fresh\?/],
    [{ csrf: false }, /unknown member csrf/],
    [{ type: 'Refresh' }, /type must be 'access' or 'refresh'/],
    [{ expired: 'yes' }, /expired must be true or false/],
    [{ type: 'refresh', fresh: true }, /a refresh token is never fresh/],
    [{ expired: true, expiresIn: false }, /expired contradicts expiresIn/],
    [{ expired: true, claims: { exp: 1 } }, /expired contradicts the claim exp/],
    [{ expired: true, claims: new Map() }, /claims must be a plain object/],
    [{ expired: true, expiresIn: 0 }, /expiresIn is 0/],
    [{ claims: { jti: 'mine' } }, /additional claims cannot set jti/],
  ])('refuses %j', async (options, message) => {
    expect((await mistakeOf(configure().tokenFor('ada', options))).message).toMatch(message)
  })
})

describe('headersFor', () => {
  test('makes the Authorization header', async () => {
    const { jwt, headersFor } = configure()
    const headers = await headersFor('ada')
    expect(headers).toEqual({ Authorization: expect.stringMatching(/^Bearer [\w-]+\.[\w-]+\.[\w-]+$/) })
    expect(await senderOf(jwt, headers)).toEqual({ identity: 'ada', location: 'headers' })
  })

  test('passes the options of the token on', async () => {
    const { jwt, headersFor } = configure()
    expect((await refusalOf(senderOf(jwt, await headersFor('ada', { expired: true })))).code).toBe('token_expired')
    expect(await senderOf(jwt, await headersFor('ada', { fresh: true }), { fresh: true })).toBeDefined()
    expect(await senderOf(jwt, await headersFor('ada', { type: 'refresh' }), { refresh: true })).toBeDefined()
  })

  test.each([
    [{ name: 'X-Token' }, 'X-Token', /^Bearer \S+$/],
    [{ type: 'JWT' }, 'Authorization', /^JWT \S+$/],
    [{ name: 'X-Token', type: '' }, 'X-Token', /^\S+$/],
  ])('writes the header that is configured as %j', async (header, name, value) => {
    const { jwt, headersFor } = configure({ secretKey: strongSecret, header })
    const headers = await headersFor('ada')
    expect(headers).toEqual({ [name]: expect.stringMatching(value) })
    expect(await senderOf(jwt, headers)).toEqual({ identity: 'ada', location: 'headers' })
  })

  test.each<[readonly TokenLocation[], string]>([
    [['cookies', 'query'], 'its tokenLocation is cookies, query. Use cookiesFor'],
    [['json'], 'its tokenLocation is json. Put the token of tokenFor where the application reads it'],
  ])('says so where tokens are taken from %j', async (tokenLocation, message) => {
    const { headersFor } = configure({ secretKey: strongSecret, tokenLocation })
    expect((await mistakeOf(headersFor('ada'))).message).toBe(`this manager takes no token from headers: ${message}`)
  })
})

describe('cookiesFor', () => {
  const cookieNames = (headers: TestHeaders): string[] =>
    (headers['Cookie'] ?? '').split('; ').map(pair => pair.slice(0, pair.indexOf('=')))

  test.each([{ tokenLocation: 'cookies' } as const, { tokenLocation: ['headers', 'cookies'] } as const])(
    'makes a request by cookie that passes the CSRF check, with %j',
    async options => {
      const { jwt, cookiesFor } = configure({ secretKey: strongSecret, ...options })
      const headers = await cookiesFor('ada')
      expect(Object.keys(headers)).toEqual(['Cookie', 'X-CSRF-TOKEN'])
      expect(cookieNames(headers)).toEqual(['access_token_cookie', 'csrf_access_token'])
      expect(await senderOf(jwt, headers)).toEqual({ identity: 'ada', location: 'cookies' })
    },
  )

  test('sends the cookies that accessCookies and refreshCookies set', async () => {
    const { jwt, cookiesFor } = configure({
      ...both,
      cookies: { prefix: '__Host-', access: { name: 'a' }, refresh: { name: 'r' } },
      csrf: { access: { cookieName: 'ca' }, refresh: { cookieName: 'cr' } },
    })
    const written = [
      ...(await jwt.accessCookies(await jwt.createAccessToken('ada'))),
      ...(await jwt.refreshCookies(await jwt.createRefreshToken('ada'))),
    ]
    const names = written.map(cookie => cookie.slice(0, cookie.indexOf('=')))
    expect(cookieNames(await cookiesFor('ada', { other: true }))).toEqual(names)
    expect(names).toEqual(['__Host-a', '__Host-ca', '__Host-r', '__Host-cr'])
  })

  test('leaves the CSRF header out where it is told to: the request is refused', async () => {
    const { jwt, cookiesFor } = configure(both)
    const headers = await cookiesFor('ada', { csrf: false })
    expect(Object.keys(headers)).toEqual(['Cookie'])
    expect(cookieNames(headers)).toEqual(['access_token_cookie', 'csrf_access_token'])
    expect((await refusalOf(senderOf(jwt, headers))).code).toBe('csrf_missing')
    await expect(jwt.authenticate(request(headers, 'GET'))).resolves.toMatchObject({ identity: 'ada' })
  })

  test('sends the token alone where the CSRF protection is off', async () => {
    const { jwt, cookiesFor } = configure({ ...both, csrf: false })
    const headers = await cookiesFor('ada', { other: true })
    expect(Object.keys(headers)).toEqual(['Cookie'])
    expect(cookieNames(headers)).toEqual(['access_token_cookie', 'refresh_token_cookie'])
    expect(await senderOf(jwt, headers)).toEqual({ identity: 'ada', location: 'cookies' })
  })

  test('has no CSRF cookie where csrf.inCookies is off, but the header', async () => {
    const { jwt, cookiesFor } = configure({ ...both, csrf: { inCookies: false } })
    const headers = await cookiesFor('ada')
    expect(cookieNames(headers)).toEqual(['access_token_cookie'])
    expect(await senderOf(jwt, headers)).toEqual({ identity: 'ada', location: 'cookies' })
  })

  test('sends the CSRF value of the token that is asked for, in the header of its kind', async () => {
    const csrf = { refresh: { headerName: 'X-CSRF-Refresh' } }
    const { jwt, cookiesFor } = configure({ ...both, csrf })
    const headers = await cookiesFor('ada', { type: 'refresh' })
    expect(Object.keys(headers)).toEqual(['Cookie', 'X-CSRF-Refresh'])
    expect(await senderOf(jwt, headers, { refresh: true })).toEqual({ identity: 'ada', location: 'cookies' })
    const all = await cookiesFor('ada', { other: true })
    expect(Object.keys(all).toSorted()).toEqual(['Cookie', 'X-CSRF-Refresh', 'X-CSRF-TOKEN'])
    expect(await senderOf(jwt, all)).toBeDefined()
    expect(await senderOf(jwt, all, { refresh: true })).toBeDefined()
  })

  test('sends both kinds as a browser does, with the one header for the token that is asked for', async () => {
    const { jwt, cookiesFor } = configure(both)
    const asAccess = await cookiesFor('ada', { other: true })
    expect(await senderOf(jwt, asAccess)).toBeDefined()
    expect((await refusalOf(senderOf(jwt, asAccess, { refresh: true }))).code).toBe('csrf_mismatch')
    const asRefresh = await cookiesFor('ada', { type: 'refresh', other: { expired: true } })
    expect(await senderOf(jwt, asRefresh, { refresh: true })).toBeDefined()
    const { 'X-CSRF-TOKEN': _, ...forRead } = asRefresh
    expect((await refusalOf(jwt.authenticate(request(forRead)))).code).toBe('token_expired')
  })

  test('takes header names that differ in case for one', async () => {
    const csrf = { refresh: { headerName: 'x-csrf-token' } }
    const { jwt, cookiesFor } = configure({ ...both, csrf })
    const headers = await cookiesFor('ada', { other: true })
    expect(Object.keys(headers)).toEqual(['Cookie', 'X-CSRF-TOKEN'])
    expect(await senderOf(jwt, headers)).toBeDefined()
  })

  test('sends the token that is asked for where both kinds share a cookie, as Flask-JWT-Extended lets them', async () => {
    const { jwt, cookiesFor } = configure({
      ...flaskOptions({
        JWT_SECRET_KEY: strongSecret,
        JWT_TOKEN_LOCATION: ['cookies'],
        JWT_ACCESS_COOKIE_NAME: 'token',
        JWT_REFRESH_COOKIE_NAME: 'token',
      }),
      clock,
    })
    expect(await senderOf(jwt, await cookiesFor('ada', { other: true }))).toBeDefined()
    const headers = await cookiesFor('ada', { type: 'refresh', other: true })
    expect(cookieNames(headers)).toEqual(['token', 'csrf_refresh_token', 'csrf_access_token'])
    expect(await senderOf(jwt, headers, { refresh: true })).toBeDefined()
  })

  test('carries an expired token, with its CSRF value', async () => {
    const { jwt, cookiesFor } = configure(both)
    expect((await refusalOf(senderOf(jwt, await cookiesFor('ada', { expired: true })))).code).toBe('token_expired')
  })

  test('passes the options of the token on', async () => {
    const { jwt, cookiesFor } = configure(both)
    const headers = await cookiesFor('ada', { fresh: true, claims: { role: 'admin' } })
    const { claims } = await jwt.authenticate(request(headers, 'POST'), { fresh: true })
    expect(claims['role']).toBe('admin')
  })

  test.each<[readonly TokenLocation[], string]>([
    [['headers'], 'its tokenLocation is headers. Use headersFor'],
    [['json', 'query'], 'its tokenLocation is json, query. Put the token of tokenFor where the application reads it'],
  ])('says so where tokens are taken from %j', async (tokenLocation, message) => {
    const { cookiesFor } = configure({ secretKey: strongSecret, tokenLocation })
    expect((await mistakeOf(cookiesFor('ada'))).message).toBe(`this manager takes no token from cookies: ${message}`)
  })

  test.each<[object, RegExp]>([
    [{ crsf: false }, /did you mean csrf\?/],
    [{ csrf: 'no' }, /csrf must be true or false/],
    [{ other: 'yes' }, /other must be true, false or the options of a token/],
    [{ other: { type: 'refresh' } }, /unknown member type of other/],
    [{ other: { csrf: false } }, /unknown member csrf of other/],
    [{ other: { fresh: true } }, /a refresh token is never fresh/],
  ])('refuses %j', async (options, message) => {
    expect((await mistakeOf(configure(both).cookiesFor('ada', options))).message).toMatch(message)
  })
})

describe('testCredentials', () => {
  test.each([ExpressJwtManager, HonoJwtManager, FetchJwtManager])('takes the manager of an adapter', async Manager => {
    const jwt = new Manager({ secretKey: strongSecret, userLookup: () => ({ id: 1 }) })
    const { claims } = await jwt.verifyToken(await testCredentials(jwt).tokenFor('ada'))
    expect(claims.sub).toBe('ada')
  })

  test.each([undefined, null, {}, { secretKey: strongSecret }])('refuses %j', jwt => {
    expect(thrownMistakeOf(() => testCredentials(jwt as unknown as JwtManager<unknown>)).message).toBe(
      'testCredentials needs the JwtManager of the application, from the same copy of jwt-extended',
    )
  })
})
