import { memoryStore } from 'jwt-extended/stores'
import { describe, expect, test } from 'vitest'
import type { JwtHeader, VerifiedJwt } from '../../src/context.ts'
import { createUuidV7, readUuidV7Time } from '../../src/internal/uuid-v7.ts'
import { importKey } from '../../src/keys/import-key.ts'
import type { JwtOptions } from '../../src/options.ts'
import {
  type CreateAccessTokenOptions,
  createToken,
  createTokenFor,
  renewAccessToken,
} from '../../src/tokens/create.ts'
import { decodeUnverified } from '../../src/tokens/decode.ts'
import { configure, type Loader, now, otherSecret, strongSecret } from '../support/configure.ts'
import { forgeToken, plainClaims, plainHeader } from '../support/forge.ts'
import { generateKeyPair } from '../support/key-pairs.ts'
import { mistakeOf } from '../support/refusals.ts'
import { verifyToken } from './verify-later.ts'

const create = (
  options: CreateAccessTokenOptions = {},
  config: JwtOptions = {},
  identity: unknown = 'alice',
): Promise<string> => createToken('access', identity, options, configure(config))

async function claimsOf(token: Promise<string>): Promise<Readonly<Record<string, unknown>>> {
  return decodeUnverified(await token, 16_384).claims
}

async function headerOf(token: Promise<string>): Promise<Readonly<Record<string, unknown>>> {
  return decodeUnverified(await token, 16_384).header
}

const complaintAbout = async (work: Promise<unknown>): Promise<string> => (await mistakeOf(work)).message

describe('createToken', () => {
  test('makes a token that verifies', async () => {
    const config = configure()
    const { claims, header } = await verifyToken(await createToken('access', 'alice', {}, config), {}, config)
    expect(claims).toMatchObject({ sub: 'alice', type: 'access', fresh: false, iat: now, nbf: now, exp: now + 900 })
    expect(header).toEqual({ alg: 'HS256', typ: 'JWT' })
  })

  test('makes refresh tokens that live longer', async () => {
    const token = createToken('refresh', 'alice', {}, configure())
    expect(await claimsOf(token)).toMatchObject({ type: 'refresh', fresh: false, exp: now + 30 * 86_400 })
  })

  test('refuses to make a token longer than the longest size', async () => {
    expect(await complaintAbout(create({ claims: { a: 'x'.repeat(16_384) } }))).toMatch(
      /^the token would be \d+ bytes; maxTokenSize is 16384: put less into its claims$/,
    )
  })
})

describe('the options of a new token', () => {
  test.each([
    ['access', 'fresh, expiresIn, claims, headers'],
    ['refresh', 'expiresIn, claims, headers'],
  ] as const)('of the kind %s hold %s', async (kind, names) => {
    const options = { audience: 'api' } as CreateAccessTokenOptions
    expect(await complaintAbout(createToken(kind, 'alice', options, configure()))).toBe(
      `unknown member audience of the options of the ${kind} token: known: ${names}`,
    )
  })
})

describe('createTokenFor', () => {
  const subject = { identity: 'alice', claim: 'alice' }
  const createWith = async (carried: unknown): Promise<string> =>
    createTokenFor('access', subject, { claims: { b: 3 } }, configure({ additionalClaims: () => ({ a: 1, c: 1 }) }), {
      carried: carried as never,
    })

  test('puts what a session keeps above the result of additionalClaims, and below the claims that are given', async () => {
    expect(await claimsOf(createWith({ a: 2, b: 2 }))).toMatchObject({ a: 2, b: 3, c: 1 })
  })

  test('takes no claims of a session that would be lost', async () => {
    expect(await complaintAbout(createWith(new Map()))).toBe('claims must be a plain object')
  })
})

describe('the life of a new token', () => {
  test.each([
    [60, 60],
    ['15m', 900],
    ['2w', 1_209_600],
    [1, 1],
  ])('may be %j', async (expiresIn, seconds) => {
    expect(await claimsOf(create({ expiresIn }))).toMatchObject({ exp: now + seconds })
  })

  test('may be for ever', async () => {
    expect(await claimsOf(create({ expiresIn: false }))).not.toHaveProperty('exp')
  })

  test('is the configured one where undefined is given', async () => {
    expect(await claimsOf(create({ expiresIn: undefined }, { accessTokenExpires: '1h' }))).toMatchObject({
      exp: now + 3600,
    })
  })

  test.each([
    [0, 'expiresIn is 0: a token needs a life; false makes one that never expires'],
    ['0s', 'expiresIn is 0: a token needs a life; false makes one that never expires'],
    [-1, 'expiresIn is negative: the token would be expired when it is made'],
    [Number.NaN, "expiresIn must be a number of seconds or a string such as '15m' or '30d'"],
    [Number.POSITIVE_INFINITY, "expiresIn must be a number of seconds or a string such as '15m' or '30d'"],
    ['60', "expiresIn is '60' without a unit: write '60s', or the number of seconds"],
    ['soon', "expiresIn is no duration: write a number and one of the units s, m, h, d, w, such as '15m'"],
    [1e18, 'expiresIn reaches beyond the year 275760: give it in seconds'],
    [true, "expiresIn must be a number of seconds or a string such as '15m' or '30d'"],
    [null, "expiresIn must be a number of seconds or a string such as '15m' or '30d'"],
    [new Date(0), "expiresIn must be a number of seconds or a string such as '15m' or '30d'"],
  ])('cannot be %s', async (expiresIn, complaint) => {
    expect(await complaintAbout(create({ expiresIn: expiresIn as never }))).toBe(complaint)
  })

  test('may lie in the past with flaskOptions', async () => {
    expect(await claimsOf(create({ expiresIn: -1 }, { compatibility: 'flask' }))).toMatchObject({ exp: now - 1 })
  })
})

describe('the freshness of a new token', () => {
  test.each<[unknown, boolean | number]>([
    [true, true],
    [false, false],
    [undefined, false],
    [60, now + 60],
    ['5m', now + 300],
    [new Date((now + 7) * 1000), now + 7],
    [new Date((now + 7) * 1000 + 500), now + 7.5],
  ])('is, of %s, %s', async (fresh, claim) => {
    expect(await claimsOf(create({ fresh: fresh as never }))).toMatchObject({ fresh: claim })
  })

  test.each([
    ['60', /^fresh is '60' without a unit/],
    ['soon', /^fresh is no duration/],
    [Number.NaN, /^fresh must be a number of seconds/],
    [new Date(Number.NaN), /^claims\.fresh is NaN, which JSON cannot hold/],
    [{}, /^fresh must be a number of seconds/],
  ])('cannot be made of %s', async (fresh, complaint) => {
    expect(await complaintAbout(create({ fresh: fresh as never }))).toMatch(complaint)
  })
})

describe('userIdentity', () => {
  test.each<[string, Loader<'userIdentity'>]>([
    ['at once', user => (user as { id: number }).id],
    ['as a promise', async user => (user as { id: number }).id],
  ])('makes the identity of what was passed %s', async (_, userIdentity) => {
    expect(await claimsOf(create({}, { userIdentity }, { id: 7 }))).toMatchObject({ sub: '7' })
  })

  test('that returns nothing makes no token', async () => {
    expect(await complaintAbout(create({}, { userIdentity: () => undefined }))).toMatch(/^the identity is undefined/)
  })

  test('that throws makes no token', async () => {
    const failure = new Error('no database')
    await expect(create({}, { userIdentity: () => Promise.reject(failure) })).rejects.toBe(failure)
  })
})

describe('additionalClaims', () => {
  test.each<[string, Loader<'additionalClaims'>]>([
    ['at once', identity => ({ of: identity })],
    ['as a promise', async identity => ({ of: identity })],
  ])('adds claims for what was passed %s', async (_, additionalClaims) => {
    expect(await claimsOf(create({}, { additionalClaims, userIdentity: () => 'id-7' }))).toMatchObject({
      of: 'alice',
      sub: 'id-7',
    })
  })

  test('gives way to the claims of the call', async () => {
    const token = create({ claims: { role: 'admin' } }, { additionalClaims: () => ({ role: 'user', tier: 1 }) })
    expect(await claimsOf(token)).toMatchObject({ role: 'admin', tier: 1 })
  })

  test.each([[undefined], [null]])('adds none where it returns %j', async nothing => {
    expect(await claimsOf(create({}, { additionalClaims: () => nothing as never }))).toMatchObject({ sub: 'alice' })
  })

  test('cannot take a reserved place', async () => {
    expect(await complaintAbout(create({}, { additionalClaims: () => ({ type: 'admin' }) }))).toBe(
      'additional claims cannot set type: this package fills it by itself',
    )
  })
})

describe('additionalHeaders', () => {
  test.each<[string, Loader<'additionalHeaders'>]>([
    ['at once', identity => ({ of: identity })],
    ['as a promise', async identity => ({ of: identity })],
  ])('adds header members for what was passed %s', async (_, additionalHeaders) => {
    expect(await headerOf(create({}, { additionalHeaders }))).toEqual({ ...plainHeader, of: 'alice' })
  })

  test('gives way to the headers of the call', async () => {
    const token = create({ headers: { region: 'eu' } }, { additionalHeaders: () => ({ region: 'us', tier: 1 }) })
    expect(await headerOf(token)).toEqual({ ...plainHeader, region: 'eu', tier: 1 })
  })
})

describe.each(['claims', 'headers'] as const)('the %s of a call', name => {
  test.each([[undefined], [null], [{}]])('may be %j', async value => {
    expect(await create({ [name]: value })).toHaveLength((await create()).length)
  })

  test.each([
    ['a Map', new Map([['role', 'admin']])],
    ['a list', ['admin']],
    ['text', 'admin'],
    ['a number', 1],
    ['a promise', Promise.resolve({ role: 'admin' })],
    ['an instance of a class', new (class Account {})()],
  ])('cannot be %s, whose members would be lost', async (_, value) => {
    expect(await complaintAbout(create({ [name]: value as never }))).toBe(`${name} must be a plain object`)
  })

  test('cannot come from a loader as anything else either', async () => {
    const loader = { claims: 'additionalClaims', headers: 'additionalHeaders' } as const
    expect(await complaintAbout(create({}, { [loader[name]]: () => new Map() }))).toBe(
      `the result of ${loader[name]} must be a plain object`,
    )
  })
})

describe('encodeKey', () => {
  const key = importKey(otherSecret, { algorithm: 'HS256', kid: 'other' })

  test.each<[string, Loader<'encodeKey'>]>([
    ['at once', identity => (identity === 'alice' ? key : undefined)],
    ['as a promise', async identity => (identity === 'alice' ? key : undefined)],
  ])('chooses the key by what was passed %s', async (_, encodeKey) => {
    const token = await create({}, { encodeKey })
    const { header } = await verifyToken(token, {}, configure({ secretKey: otherSecret }))
    expect(header).toEqual({ ...plainHeader, kid: 'other' })
  })

  test.each([[undefined], [null]])('leaves the choice to the configured key by %j', async nothing => {
    const token = await create({}, { encodeKey: () => nothing as never })
    expect((await verifyToken(token, {}, configure())).claims.sub).toBe('alice')
  })

  test.each([
    ['text', otherSecret],
    ['bytes', Buffer.from(otherSecret)],
    ['an object like a key', { algorithm: 'HS256', type: 'secret' }],
  ])('cannot return %s', async (_, value) => {
    expect(await complaintAbout(create({}, { encodeKey: () => value as never }))).toBe(
      'encodeKey must return a key made by importKey, or undefined',
    )
  })

  test('cannot return a public key', async () => {
    const publicKey = importKey(generateKeyPair('ES256').publicKey, { algorithm: 'ES256' })
    expect(await complaintAbout(create({}, { encodeKey: () => publicKey }))).toBe(
      'encodeKey returned a public key, which cannot sign',
    )
  })

  test('that throws makes no token', async () => {
    const failure = new Error('no vault')
    await expect(create({}, { encodeKey: () => Promise.reject(failure) })).rejects.toBe(failure)
  })
})

describe('a manager without a key to sign with', () => {
  const { publicKey } = generateKeyPair('ES256')

  test.each<[string, JwtOptions]>([
    ['none is configured', { publicKey }],
    ['encodeKey finds none', { publicKey, encodeKey: () => undefined }],
  ])('says how to give it one where %s', async (_, options) => {
    const config = { secretKey: undefined, algorithm: 'ES256', ...options } as const
    expect(await complaintAbout(create({}, config))).toBe(
      'This manager has no key to sign with: set privateKey (or encodeKey)',
    )
  })
})

describe('renewAccessToken', () => {
  const header: JwtHeader = { ...plainHeader, region: 'eu' }
  const claims: VerifiedJwt['claims'] = {
    ...plainClaims,
    fresh: true,
    iat: now - 800,
    nbf: now - 800,
    exp: now + 100,
    csrf: 'old',
    aud: 'api',
    role: 'admin',
  }
  const renew = (
    options: JwtOptions = {},
    old: Partial<Pick<VerifiedJwt, 'claims' | 'header'>> = {},
  ): Promise<string> => renewAccessToken({ claims, header, ...old }, configure(options))

  test('keeps identity, additional claims and header, but neither times nor freshness', async () => {
    expect(await claimsOf(renew())).toEqual({
      sub: 'alice',
      type: 'access',
      fresh: false,
      iat: now,
      nbf: now,
      exp: now + 900,
      jti: expect.any(String),
      aud: 'api',
      role: 'admin',
    })
    expect(await headerOf(renew())).toEqual(header)
  })

  const datedId = createUuidV7((now - 800) * 1000 + 7)

  test.each<[string, string | null]>([
    ['of another kind', plainClaims.jti],
    ['with a time', datedId],
    ['of null', null],
  ])('gives it a new id in the place of one %s', async (_, jti) => {
    const renewed = await claimsOf(renew({}, { claims: { ...claims, jti } }))
    expect(renewed['jti']).toEqual(expect.any(String))
    expect(renewed['jti']).not.toBe(jti)
  })

  test('keeps an id with a time where there is a store, which may refuse it', async () => {
    const renewed = renew({ store: memoryStore() }, { claims: { ...claims, jti: datedId } })
    expect(await claimsOf(renewed)).toMatchObject({ jti: datedId })
  })

  test.each<[string, string | null]>([
    ['of another kind', plainClaims.jti],
    ['of null', null],
  ])('gives it an id with the time of the old one in the place of one %s where there is a store', async (_, jti) => {
    const renewed = await claimsOf(renew({ store: memoryStore() }, { claims: { ...claims, jti } }))
    expect(readUuidV7Time(String(renewed['jti']))).toBe((now - 800) * 1000)
  })

  test('keeps a claim sid of another issuer in the place of a Flask application', async () => {
    const renewed = renew({ compatibility: 'flask' }, { claims: { ...claims, sid: 'theirs' } })
    expect(await claimsOf(renewed)).toMatchObject({ sid: 'theirs' })
  })

  test('puts the id of the session into the place of the old one', async () => {
    const old = { claims: { ...claims, sid: 'old' }, header }
    const renewed = renewAccessToken(old, configure(), { sid: 'new', expiresAt: null })
    expect(await claimsOf(renewed)).toMatchObject({ sid: 'new' })
  })

  test('gives it a new CSRF value where cookies are a location', async () => {
    const { csrf } = await claimsOf(renew({ tokenLocation: ['cookies'] }))
    expect(csrf).toEqual(expect.any(String))
    expect(csrf).not.toBe('old')
  })

  test('keeps the identity under its own name', async () => {
    const old = { claims: { ...claims, user: { id: 7 } } }
    expect(await claimsOf(renew({ identityClaim: 'user' }, old))).toMatchObject({ user: { id: 7 }, sub: 'alice' })
  })

  test('keeps the life of the old one where others live for ever', async () => {
    expect(await claimsOf(renew({ accessTokenExpires: false }))).toMatchObject({ exp: now + 900 })
  })

  test('keeps what is left of a life whose beginning is unknown', async () => {
    const { iat, ...others } = claims
    expect(iat).toBeDefined()
    const renewed = renew({ accessTokenExpires: false }, { claims: others as VerifiedJwt['claims'] })
    expect(await claimsOf(renewed)).toMatchObject({ exp: now + 100 })
  })

  test('keeps alive for ever what was to live for ever', async () => {
    const { exp, ...others } = claims
    expect(exp).toBeDefined()
    const renewed = renew({ accessTokenExpires: false }, { claims: others as VerifiedJwt['claims'] })
    expect(await claimsOf(renewed)).not.toHaveProperty('exp')
  })

  test('keeps the kid where the key has none', async () => {
    expect(await headerOf(renew({}, { header: { ...header, kid: 'old' } }))).toMatchObject({ kid: 'old' })
  })

  test('takes the kid of the key that it signs with', async () => {
    const encodeKey = (): ReturnType<typeof importKey> => importKey(strongSecret, { algorithm: 'HS256', kid: 'new' })
    expect(await headerOf(renew({ encodeKey }, { header: { ...header, kid: 'old' } }))).toMatchObject({ kid: 'new' })
  })

  test('asks encodeKey for the identity in the token', async () => {
    const asked: unknown[] = []
    await renew({
      encodeKey: identity => {
        asked.push(identity)
        return undefined
      },
    })
    expect(asked).toEqual(['alice'])
  })

  test('leaves out what this package never signs', async () => {
    const old = { header: { ...header, jku: 'https://issuer.example/keys', x5c: ['MII'] } }
    expect(await headerOf(renew({}, old))).toEqual(header)
  })

  test('is verified again', async () => {
    const config = configure()
    const old = await verifyToken(forgeToken({ payload: { ...plainClaims, role: 'admin' } }), {}, config)
    const renewed = await verifyToken(await renewAccessToken(old, config), {}, config)
    expect(renewed.claims).toMatchObject({ sub: 'alice', role: 'admin', exp: now + 900 })
  })
})
