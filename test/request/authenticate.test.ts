import { importKey, type JwtOptions, type Requirements } from 'jwt-extended'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { z } from 'zod'
import { otherSecret } from '../support/configure.ts'
import { managerWith, now, outcomeOf, requestOf } from './support.ts'

const cookies = { tokenLocation: 'cookies' } as const

/** What some libraries take for a promise: its `then` returns nothing, and calls back later. */
function laterOf<Value>(value: Value): PromiseLike<Value> {
  const name: string = 'then'
  return { [name]: (resolve: (value: Value) => void) => void setImmediate(() => resolve(value)) } as never
}

test.each<[code: string, options: Partial<JwtOptions<unknown, object>>]>([
  ['claims_rejected', { verifyClaims: () => laterOf(false) }],
  ['user_not_found', { userLookup: () => laterOf(null) }],
  ['user_not_found', { userLookup: () => Object.assign(() => {}, laterOf(null)) as never }],
  ['token_revoked', { tokenInBlocklist: () => laterOf(true) }],
  ['token_invalid', { decodeKey: () => laterOf(importKey(otherSecret, { algorithm: 'HS256' })) }],
])('a token is refused with %s by what a loader promises in its own way', async (code, options) => {
  const headers = { Authorization: `Bearer ${await managerWith().createAccessToken('alice')}` }
  expect(await outcomeOf(managerWith(options as Partial<JwtOptions>), { headers })).toBe(code)
})

describe('the order of the checks', () => {
  /** Faults of a request from the last to be noticed to the first. Each is added to all those before it. */
  const faults: readonly {
    code: string
    options?: Partial<JwtOptions>
    requirements?: Requirements
    claims?: object
    expired?: boolean
    refresh?: boolean
    csrf?: string
    forged?: boolean
  }[] = [
    { code: 'user_not_found', options: { userLookup: () => undefined } },
    { code: 'claims_rejected', options: { verifyClaims: () => false } },
    { code: 'token_revoked', options: { tokenInBlocklist: () => true } },
    { code: 'fresh_token_required', requirements: { fresh: true } },
    { code: 'token_wrong_type', refresh: true },
    { code: 'token_expired', expired: true },
    { code: 'claims_invalid', options: { claimsSchema: z.object({ role: z.string() }) } },
    { code: 'csrf_mismatch', csrf: 'wrong' },
    { code: 'token_invalid', forged: true },
    { code: 'csrf_missing', csrf: '' },
  ]

  test.each(faults.map(({ code }, index) => [code, index] as const))(
    '%s is noticed before what comes later',
    async (code, last) => {
      const present = faults.slice(0, last + 1)
      const merged = Object.assign({}, ...present)
      const jwt = managerWith({ ...cookies, ...Object.assign({}, ...present.map(fault => fault.options)) })
      const clock = (): number => (merged.expired ? now - 3600 : now) * 1000
      const maker = managerWith({
        ...cookies,
        clock,
        ...(merged.forged && { secretKey: 'an0ther-Secret-that-signs-5omething-e1se' }),
      })
      const token = merged.refresh
        ? await maker.createRefreshToken('alice', { expiresIn: '15m' })
        : await maker.createAccessToken('alice')
      const value = merged.csrf ?? (await managerWith({ ...cookies, clock }).getCsrfToken(token))
      const headers = { Cookie: `access_token_cookie=${token}`, 'X-CSRF-TOKEN': value }
      expect(await outcomeOf(jwt, { method: 'POST', headers }, merged.requirements)).toBe(code)
    },
  )
})

describe('authenticate', () => {
  const jwt = managerWith()
  const headersOf = (token: string): Record<string, string> => ({ Authorization: `Bearer ${token}` })

  test('gives the same answer whether loaders are synchronous or asynchronous', async () => {
    const sync: Partial<JwtOptions> = {
      userLookup: () => ({ id: 1 }),
      verifyClaims: () => true,
      tokenInBlocklist: () => false,
    }
    const async: Partial<JwtOptions> = {
      userLookup: async () => ({ id: 1 }),
      verifyClaims: async () => true,
      tokenInBlocklist: async () => false,
    }
    for (const options of [sync, async]) {
      const context = await managerWith(options).authenticate(
        requestOf({ headers: headersOf(await jwt.createAccessToken('alice')) }),
      )
      expect(context.user).toEqual({ id: 1 })
    }
  })

  test('hands header and claims to the loaders', async () => {
    const seen: unknown[] = []
    const note = (...args: unknown[]): boolean => seen.push(args.map(arg => Object.keys(arg as object))) > 0
    const loaders = { verifyClaims: note, userLookup: note, tokenInBlocklist: (...args: unknown[]) => !note(...args) }
    await managerWith(loaders).authenticate(requestOf({ headers: headersOf(await jwt.createAccessToken('alice')) }))
    const members = [
      ['alg', 'typ'],
      ['fresh', 'iat', 'jti', 'type', 'nbf', 'exp', 'sub'],
    ]
    expect(seen).toEqual([members, members, members])
  })

  test('accepts a user that is falsy, but neither null nor undefined', async () => {
    const headers = headersOf(await jwt.createAccessToken('alice'))
    for (const user of [0, '', false]) {
      expect((await managerWith({ userLookup: () => user }).authenticate(requestOf({ headers }))).user).toBe(user)
    }
    for (const nobody of [null, undefined]) {
      expect(await outcomeOf(managerWith({ userLookup: () => nobody }), { headers })).toBe('user_not_found')
    }
  })

  test('says that there is no user where no userLookup is set, rather than undefined', async () => {
    const context = await jwt.authenticate(requestOf({ headers: headersOf(await jwt.createAccessToken('alice')) }))
    expect(() => context.user).toThrow(/set the option userLookup/)
  })

  test('gives a context that nobody can alter', async () => {
    const context = await jwt.authenticate(requestOf({ headers: headersOf(await jwt.createAccessToken('alice')) }))
    expect(() => Object.assign(context, { identity: 'mallory' })).toThrow(TypeError)
    const anonymous = await jwt.authenticate(requestOf(), { optional: true })
    expect(() => Object.assign(anonymous.claims, { sub: 'mallory' })).toThrow(TypeError)
  })

  test.each([undefined, null, 'no', 1, {}])('refuses with 503 where the blocklist answers %j', async answer => {
    const warnings: string[] = []
    const asking = managerWith({ tokenInBlocklist: () => answer as never, warn: message => warnings.push(message) })
    expect(await outcomeOf(asking, { headers: headersOf(await jwt.createAccessToken('alice')) })).toBe(
      'store_unavailable',
    )
    expect(warnings).toEqual([expect.stringContaining('tokenInBlocklist')])
  })

  test('by a blocklist that never answers is refused after `storeTimeoutMs`', async () => {
    const asking = managerWith({ tokenInBlocklist: () => new Promise<never>(() => {}), storeTimeoutMs: 5 })
    const token = await asking.createAccessToken('ada')
    const refusal = asking.authenticate(requestOf({ headers: { Authorization: `Bearer ${token}` } }))
    await expect(refusal).rejects.toMatchObject({ code: 'store_unavailable', status: 503 })
    await expect(refusal).rejects.toHaveProperty('cause.message', 'tokenInBlocklist did not answer within 5 ms')
  })

  test('keeps why the blocklist could not be asked for the log, and from the client', async () => {
    const down = new Error('connect ECONNREFUSED 10.0.0.7')
    const asking = managerWith({ tokenInBlocklist: () => Promise.reject(down) })
    const request = requestOf({ headers: headersOf(await jwt.createAccessToken('alice')) })
    const error = await asking.authenticate(request).catch((caught: unknown) => caught)
    expect(error).toMatchObject({ status: 503, expose: false, cause: down, headers: { 'retry-after': '1' } })
    expect(JSON.stringify((error as { body: unknown }).body)).not.toContain('10.0.0.7')
  })

  test('refuses a token without an id where a blocklist is in use: it could never be revoked', async () => {
    const flask = managerWith({ compatibility: 'flask', identityClaim: 'jti' })
    expect(await outcomeOf(flask, { headers: headersOf(await flask.createAccessToken('x')) })).toBe('headers')
    const { sign } = await import('./sign-raw.ts')
    const headers = headersOf(sign({ sub: 'alice', type: 'access', exp: now + 60 }))
    expect(await outcomeOf(jwt, { headers })).toBe('headers')
    expect(await outcomeOf(managerWith({ tokenInBlocklist: () => false }), { headers })).toBe('token_invalid')
  })

  test.each([undefined, 1, 'yes', null])(
    'throws where verifyClaims returns %j: that is a mistake, and no pass',
    async answer => {
      const asking = managerWith({ verifyClaims: () => answer as never })
      const headers = headersOf(await jwt.createAccessToken('alice'))
      expect(await outcomeOf(asking, { headers })).toBe('TypeError: verifyClaims must return true or false')
    },
  )

  test('passes an error of userLookup on', async () => {
    const asking = managerWith({ userLookup: () => Promise.reject(new RangeError('the database is down')) })
    const headers = headersOf(await jwt.createAccessToken('alice'))
    expect(await outcomeOf(asking, { headers })).toBe('RangeError: the database is down')
  })

  test('accepts the types of token that are configured, and no refresh token', async () => {
    const { sign } = await import('./sign-raw.ts')
    const service = headersOf(sign({ sub: 'robot', type: 'service', jti: 'a' }))
    expect(await outcomeOf(jwt, { headers: service })).toBe('token_wrong_type')
    expect(await outcomeOf(managerWith({ acceptedAccessTypes: ['access', 'service'] }), { headers: service })).toBe(
      'headers',
    )
    const bare = headersOf(sign({ sub: 'robot', jti: 'a' }))
    expect(await outcomeOf(jwt, { headers: bare })).toBe('token_wrong_type')
    expect(await outcomeOf(jwt, { headers: bare }, { refresh: true })).toBe('token_wrong_type')
    expect(await outcomeOf(jwt, { headers: bare }, { verifyType: false })).toBe('headers')
  })

  test.each([
    ['true', 'token_invalid'],
    [null, 'token_invalid'],
    [[], 'token_invalid'],
    [1, 'fresh_token_required'],
    [now, 'headers'],
    [now + 0.5, 'headers'],
    [now - 0.5, 'fresh_token_required'],
    [true, 'headers'],
  ])('with fresh %j on a route that asks for it gives %s', async (fresh, outcome) => {
    const { sign } = await import('./sign-raw.ts')
    const headers = headersOf(sign({ sub: 'alice', type: 'access', jti: 'a', fresh }))
    expect(await outcomeOf(jwt, { headers }, { fresh: true })).toBe(outcome)
    expect(await outcomeOf(jwt, { headers })).toBe('headers')
  })

  test('lets nothing but a missing or an expired token pass as anonymous', async () => {
    const { sign } = await import('./sign-raw.ts')
    const expired = headersOf(sign({ sub: 'alice', type: 'access', jti: 'a', exp: now }))
    expect(await outcomeOf(jwt, { headers: expired }, { optional: true })).toBe('token_expired')
    expect(await outcomeOf(jwt, { headers: expired }, { optional: 'lenient' })).toBe(null)
    const revoking = managerWith({ tokenInBlocklist: () => true })
    expect(await outcomeOf(revoking, { headers: expired }, { optional: 'lenient' })).toBe('token_revoked')
    expect(await outcomeOf(revoking, { headers: expired }, { optional: 'lenient', skipRevocationCheck: true })).toBe(
      null,
    )
    for (const header of ['Bearer x', 'Bearer', 'Bearer a b']) {
      expect(await outcomeOf(jwt, { headers: { Authorization: header } }, { optional: 'lenient' })).not.toBe(null)
    }
  })

  test('knows who brings a token that has not expired, however lenient a route is', async () => {
    const headers = headersOf(await jwt.createAccessToken('alice'))
    expect(await outcomeOf(jwt, { headers }, { optional: 'lenient' })).toBe('headers')
    expect(await outcomeOf(jwt, { headers }, { optional: true })).toBe('headers')
  })

  test.each<[string, object, Requirements, Partial<JwtOptions>]>([
    ['Only refresh tokens are allowed', { type: 'access' }, { refresh: true }, {}],
    ['Only refresh tokens are allowed', { type: undefined }, { refresh: true }, {}],
    ['Only non-refresh tokens are allowed', { type: 'refresh' }, {}, {}],
    ['Only access tokens are allowed', { type: 'service' }, {}, {}],
    ['Only access tokens are allowed', { type: undefined }, {}, {}],
    ['The claim fresh must be a boolean or a number', { fresh: 'true' }, { fresh: true }, {}],
    ['Fresh token required', { fresh: false }, { fresh: true }, {}],
    ['User claims verification failed', {}, {}, { verifyClaims: () => false }],
    ['Missing claim: jti', { jti: undefined }, {}, { tokenInBlocklist: () => false }],
    ['Token has been revoked', {}, {}, { tokenInBlocklist: () => true }],
    ['Revocation could not be checked', {}, {}, { tokenInBlocklist: () => undefined as never }],
    ['Error loading the user alice', {}, {}, { userLookup: () => null }],
    ['Error loading the user {"id":7}', { user: { id: 7 } }, {}, { userLookup: () => null, identityClaim: 'user' }],
  ])('says %j to a token with %j', async (message, claims, requirements, options) => {
    const { sign } = await import('./sign-raw.ts')
    const token = sign({ sub: 'alice', type: 'access', jti: 'a', fresh: false, exp: now + 60, ...claims })
    const refusal = managerWith(options).authenticate(requestOf({ headers: headersOf(token) }), requirements)
    await expect(refusal).rejects.toMatchObject({ message })
  })

  test('tells the log what a blocklist did wrong', async () => {
    const asking = managerWith({ tokenInBlocklist: () => 'no' as never })
    const request = requestOf({ headers: headersOf(await jwt.createAccessToken('alice')) })
    const cause = new TypeError('tokenInBlocklist must return true or false')
    await expect(asking.authenticate(request)).rejects.toMatchObject({ cause })
  })

  test('waits with a timer only for a blocklist that does not answer at once', async () => {
    const timer = vi.spyOn(globalThis, 'setTimeout')
    onTestFinished(() => timer.mockRestore())
    const headers = headersOf(await jwt.createAccessToken('alice'))
    expect(await outcomeOf(managerWith({ tokenInBlocklist: () => false }), { headers })).toBe('headers')
    expect(await outcomeOf(managerWith({ tokenInBlocklist: () => true }), { headers })).toBe('token_revoked')
    expect(timer).not.toHaveBeenCalled()
    expect(await outcomeOf(managerWith({ tokenInBlocklist: async () => false }), { headers })).toBe('headers')
    expect(timer).toHaveBeenCalledTimes(1)
  })

  test('gives a context of nobody where a route needs no token', async () => {
    expect(await jwt.authenticate(requestOf(), { optional: true })).toStrictEqual({
      identity: undefined,
      claims: {},
      header: {},
      location: undefined,
      sessionId: undefined,
      user: undefined,
    })
  })

  test('trusts no clock that tells no time', async () => {
    const headers = headersOf(await jwt.createAccessToken('alice'))
    for (const time of [undefined, Number.NaN, '1800000000000', Number.POSITIVE_INFINITY]) {
      const broken = managerWith({ clock: () => time as never })
      expect(await outcomeOf(broken, { headers })).toBe('TypeError: clock must return the milliseconds since 1970')
    }
  })

  test('lets OPTIONS pass, anonymously', async () => {
    expect(await outcomeOf(jwt, { method: 'OPTIONS', headers: headersOf('nonsense') })).toBe(null)
  })

  test('checks OPTIONS that asks for an upgrade, whatever the protocol', async () => {
    for (const upgrade of ['websocket', 'h2c', '']) {
      const request = { method: 'OPTIONS', headers: { upgrade } }
      expect(await outcomeOf(jwt, request)).toBe('token_missing')
    }
  })

  test('has no key to verify with where only a private key is set, and says so', async () => {
    const { generateKeyPairSync } = await import('node:crypto')
    const { privateKey } = generateKeyPairSync('ed25519')
    const { JwtManager } = await import('jwt-extended')
    const signing = new JwtManager({ algorithm: 'EdDSA', privateKey })
    const token = await signing.createAccessToken('alice')
    await expect(signing.verifyToken(token)).rejects.toThrow('set publicKey')
  })
})

describe('requirements', () => {
  const jwt = managerWith()

  test.each([
    [{ fesh: true }, 'unknown requirement fesh: did you mean fresh?'],
    [
      { somethingElse: true },
      'unknown requirement somethingElse: known: ' +
        'optional, fresh, refresh, locations, verifyType, skipRevocationCheck, onStoreError',
    ],
    [{ fresh: 1 }, 'fresh must be true or false'],
    [{ fresh: null }, 'fresh must be true or false'],
    [{ optional: 'yes' }, 'optional must be true or false'],
    [{ optional: 'reject' }, 'optional must be true or false'],
    [{ fresh: 'lenient' }, 'fresh must be true or false'],
    [{ refresh: 'accept' }, 'refresh must be true or false'],
    [{ verifyType: 'reject' }, 'verifyType must be true or false'],
    [{ skipRevocationCheck: 'reject' }, 'skipRevocationCheck must be true or false'],
    [{ onStoreError: 'ignore' }, "onStoreError must be 'reject' or 'accept'"],
    [{ onStoreError: true }, "onStoreError must be 'reject' or 'accept'"],
    [{ locations: 'elsewhere' }, /locations cannot be "elsewhere"; known: headers/],
    [{ locations: ['headers', 'Cookies'] }, /locations cannot be "Cookies"/],
    [{ locations: 7 }, /locations must be a list/],
    [[], 'the requirements of a route must be an object such as { fresh: true }'],
  ])('%j are refused', async (wrong, message) => {
    const refusal = jwt.authenticate(requestOf(), wrong as never)
    await expect(refusal).rejects.toBeInstanceOf(TypeError)
    await expect(refusal).rejects.toMatchObject({
      message: message instanceof RegExp ? expect.stringMatching(message) : message,
    })
  })

  test('may be undefined one by one', async () => {
    const names = ['fresh', 'refresh', 'locations', 'verifyType', 'skipRevocationCheck', 'onStoreError']
    for (const name of names) {
      expect(await outcomeOf(jwt, {}, { optional: true, [name]: undefined })).toBe(null)
    }
    expect(await outcomeOf(jwt, {}, { optional: undefined } as never)).toBe('token_missing')
  })
})
