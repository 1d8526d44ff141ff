import { memoryStore } from 'jwt-extended/stores'
import { describe, expect, test } from 'vitest'
import { readUuidV7Time } from '../../src/internal/uuid-v7.ts'
import type { JwtOptions } from '../../src/options.ts'
import { buildClaims, type ClaimsRequest } from '../../src/tokens/build-claims.ts'
import { configure, now } from '../support/configure.ts'
import { forbiddenNames, nestObjects } from '../support/json.ts'
import { thrownMistakeOf } from '../support/refusals.ts'

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

const build = (request: Partial<ClaimsRequest> = {}, options: JwtOptions = {}): Record<string, unknown> =>
  buildClaims(
    { type: 'access', identity: 'alice', expiresIn: 900, fresh: false, additional: {}, ...request },
    configure(options),
  )

const complaintAbout = (request: Partial<ClaimsRequest>, options: JwtOptions = {}): string =>
  thrownMistakeOf(() => build(request, options)).message

describe('the claims of a new token', () => {
  test('are those of Flask-JWT-Extended', () => {
    expect(build({}, { compatibility: 'flask' })).toEqual({
      fresh: false,
      iat: now,
      jti: expect.stringMatching(uuid),
      type: 'access',
      nbf: now,
      exp: now + 900,
      sub: 'alice',
    })
  })

  test('have an id with the time in it, which a store compares, also in the place of a Flask application', () => {
    const time = readUuidV7Time(String(build({}, { clock: () => now * 1000 + 7 })['jti']))
    expect(time).toBe(now * 1000 + 7)
    const flask = build({}, { compatibility: 'flask', store: memoryStore() })
    expect(readUuidV7Time(String(flask['jti']))).toBe(now * 1000)
    expect(build({ issuedAtMs: 5 })['jti']).toMatch(/^00000000-0005-7/)
  })

  test('have an id of their own', () => {
    expect(build()['jti']).not.toBe(build()['jti'])
  })

  test('hold whole seconds', () => {
    const claims = build({ expiresIn: 0.5 }, { clock: () => now * 1000 + 700 })
    expect(claims).toMatchObject({ iat: now, nbf: now, exp: now + 1 })
  })

  test('have the type of the kind', () => {
    expect(build({ type: 'refresh' })['type']).toBe('refresh')
  })

  test.each([true, false, now + 60])('have the freshness %s', fresh => {
    expect(build({ fresh })['fresh']).toBe(fresh)
  })

  test('have no exp where the token lives for ever', () => {
    expect(build({ expiresIn: false })).not.toHaveProperty('exp')
  })

  test('have no nbf where that is turned off', () => {
    expect(build({}, { encodeNbf: false })).not.toHaveProperty('nbf')
  })

  test('have the configured audience and issuer', () => {
    const claims = build({}, { encodeAudience: ['api', 'web'], encodeIssuer: 'https://issuer.example' })
    expect(claims).toMatchObject({ aud: ['api', 'web'], iss: 'https://issuer.example' })
  })

  test('have a CSRF value where cookies are a location', () => {
    expect(build({}, { tokenLocation: ['headers', 'cookies'] })['csrf']).toMatch(uuid)
  })

  test.each<[string, JwtOptions]>([
    ['cookies are no location', { tokenLocation: ['headers', 'query', 'json'] }],
    ['the protection is off', { tokenLocation: ['cookies'], csrf: false }],
  ])('have no CSRF value where %s', (_, options) => {
    expect(build({}, options)).not.toHaveProperty('csrf')
  })
})

describe('the claims of a token of a session', () => {
  const session = { sid: 'session-1', expiresAt: null }

  test.each([
    ['its id', session, { sid: 'session-1' }],
    ['no empty list of kept claims', { ...session, kept: [] }, { sid: 'session-1' }],
    ['the names of the kept claims', { ...session, kept: ['role'] }, { sid: 'session-1', kept: ['role'] }],
  ])('have %s', (_, part, expected) => {
    const claims = Object.entries(build({ session: part }))
    expect(Object.fromEntries(claims.filter(([name]) => name === 'sid' || name === 'kept'))).toEqual(expected)
  })

  test.each<[string, number | false, number | null, number | undefined]>([
    ['with the token where the session lasts longer', 900, 900_001, 900],
    ['with the session, in whole seconds', 900, 899_999, 899],
    ['with the session where the token would live for ever', false, 60_000, 60],
    ['with the token where the session never ends', 900, null, 900],
    ['never where neither does', false, null, undefined],
  ])('end %s', (_, expiresIn, left, expected) => {
    const part = { ...session, expiresAt: left === null ? null : now * 1000 + left }
    const { exp } = build({ session: part, expiresIn })
    expect(exp).toBe(expected === undefined ? undefined : now + expected)
  })

  test('cannot have an exp of their own', () => {
    expect(complaintAbout({ session, additional: { exp: now + 5 } })).toBe(
      'additional claims cannot set exp for a session: sessions.lifetime and accessTokenExpires do',
    )
    expect(build({ session, additional: { aud: 'api' } })).toMatchObject({ aud: 'api', exp: now + 900 })
  })
})

describe('the identity', () => {
  test.each([
    ['', ''],
    ['alice', 'alice'],
    [42, '42'],
    [0, '0'],
    [-7, '-7'],
    [Number.MAX_SAFE_INTEGER, '9007199254740991'],
    [2n ** 70n, '1180591620717411303424'],
  ])('%s becomes the subject %j', (identity, sub) => {
    expect(build({ identity })['sub']).toBe(sub)
  })

  test.each([
    ['an object', { id: 1 }],
    ['a list', ['alice']],
    ['true', true],
    ['null', null],
    ['a fraction', 1.5],
    ['a number that is not exact', 2 ** 53],
    ['NaN', Number.NaN],
    ['a symbol', Symbol('alice')],
    ['a Date', new Date(0)],
  ])('cannot be %s', (_, identity) => {
    expect(complaintAbout({ identity })).toBe(
      'the identity must be a string or a whole number, for it becomes the claim sub: return one from userIdentity, or name another identityClaim',
    )
  })

  test.each<[string, JwtOptions]>([
    ['as sub', {}],
    ['as another claim', { identityClaim: 'user' }],
    ['with flaskOptions', { compatibility: 'flask' }],
  ])('cannot be undefined %s', (_, options) => {
    expect(complaintAbout({ identity: undefined }, options)).toBe(
      'the identity is undefined: pass the one that the token is for',
    )
  })

  test.each<[string, JwtOptions, string]>([
    ['as another claim', { identityClaim: 'user' }, 'user'],
    ['where verifySub is off', { verifySub: false }, 'sub'],
    ['with flaskOptions', { compatibility: 'flask' }, 'sub'],
  ])('may be any JSON %s', (_, options, claim) => {
    expect(build({ identity: { id: [1, null] } }, options)[claim]).toEqual({ id: [1, null] })
    expect(build({ identity: 42 }, options)[claim]).toBe(42)
  })

  test('must be JSON as another claim, too', () => {
    expect(complaintAbout({ identity: 1n }, { identityClaim: 'user' })).toBe(
      'claims.user is a bigint, which JSON cannot hold: a token holds plain JSON values',
    )
  })
})

describe('an additional claim', () => {
  test('is put into the token', () => {
    expect(build({ additional: { role: 'admin', rights: [{ a: 1.5 }, null, true] } })).toMatchObject({
      role: 'admin',
      rights: [{ a: 1.5 }, null, true],
    })
  })

  test.each(['type', 'jti', 'iat', 'nbf', 'fresh', 'csrf', 'sub'])('cannot be %s', name => {
    expect(complaintAbout({ additional: { [name]: 'x' } })).toBe(
      `additional claims cannot set ${name}: this package fills it by itself`,
    )
  })

  test('cannot be the configured identity claim', () => {
    expect(complaintAbout({ additional: { user: 'mallory' } }, { identityClaim: 'user' })).toContain('cannot set user')
  })

  test('may be sub where the identity is another claim', () => {
    expect(build({ additional: { sub: 'alice' } }, { identityClaim: 'user' })).toMatchObject({ sub: 'alice' })
  })

  test('may set exp, aud and iss', () => {
    const options = { encodeAudience: 'api', encodeIssuer: 'a' }
    const additional = { exp: now + 5, aud: ['web'], iss: 'b' }
    expect(build({ additional }, options)).toMatchObject(additional)
  })

  test.each([['1800000000'], [null], [undefined], [true], [new Date(0)]])('cannot set exp to %s', exp => {
    expect(complaintAbout({ additional: { exp } })).toBe('the claim exp must be a number of seconds since 1970')
  })

  test.each([[1], [null], [undefined], [['a']]])('cannot set iss to %j', iss => {
    expect(complaintAbout({ additional: { iss } })).toBe('the claim iss must be a string')
  })

  test.each([[1], [null], [undefined], [{}], [['a', 1]], [[['a']]]])('cannot set aud to %j', aud => {
    expect(complaintAbout({ additional: { aud } })).toBe('the claim aud must be a string or a list of strings')
  })

  test.each([[1], [null], [['a', 1]]])('may set aud to %j with flaskOptions', aud => {
    expect(build({ additional: { aud } }, { compatibility: 'flask' })['aud']).toEqual(aud)
  })

  const cycle: Record<string, unknown> = {}
  cycle['self'] = cycle

  test.each([
    ['NaN', { a: Number.NaN }, 'claims.a is NaN, which JSON cannot hold'],
    ['an exp of NaN', { exp: Number.NaN }, 'claims.exp is NaN, which JSON cannot hold'],
    ['Infinity', { a: Number.NEGATIVE_INFINITY }, 'claims.a is -Infinity, which JSON cannot hold'],
    ['undefined', { a: undefined }, 'claims.a is undefined, which JSON cannot hold'],
    ['a bigint', { a: 1n }, 'claims.a is a bigint, which JSON cannot hold'],
    ['a symbol', { a: Symbol('a') }, 'claims.a is a symbol, which JSON cannot hold'],
    ['a function', { a: () => 1 }, 'claims.a is a function, which JSON cannot hold'],
    ['a toJSON', { a: { toJSON: () => 1 } }, 'claims.a.toJSON is a function, which JSON cannot hold'],
    ['a Date', { a: new Date(0) }, 'claims.a is an object of class Date, which JSON cannot hold'],
    ['a Map', { a: new Map() }, 'claims.a is an object of class Map, which JSON cannot hold'],
    ['bytes', { a: Buffer.from('a') }, 'claims.a is an object of class Buffer, which JSON cannot hold'],
    ['a cycle', cycle, `claims${'.self'.repeat(32)} nests deeper than 32 levels`],
    ['a lone surrogate', { a: 'x\u{d800}' }, 'claims.a holds a lone surrogate'],
    ['a name with a lone surrogate', { '\u{d800}': 1 }, 'claims has a member whose name holds a lone surrogate'],
    ['a sparse array', { a: new Array(2) }, 'claims.a.0 is undefined, which JSON cannot hold'],
    ['too many levels', JSON.parse(nestObjects(33)), `claims${'.a'.repeat(32)} nests deeper than 32 levels`],
  ])('cannot be %s', (_, additional, fault) => {
    expect(complaintAbout({ additional })).toBe(`${fault}: a token holds plain JSON values`)
  })

  test.each(forbiddenNames)('cannot be named %s', name => {
    const additional: Readonly<Record<string, unknown>> = JSON.parse(`{"${name}":{"type":"access"}}`)
    expect(complaintAbout({ additional })).toContain(`claims has a member named ${name}`)
  })

  test('may be as deep as it can be read again', () => {
    const additional: Readonly<Record<string, unknown>> = JSON.parse(nestObjects(32))
    expect(build({ additional })).toMatchObject(additional)
  })
})
