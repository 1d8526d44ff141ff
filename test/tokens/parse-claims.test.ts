import { inspect } from 'node:util'
import { type } from 'arktype'
import type { StandardSchema } from 'jwt-extended'
import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import type { Claims } from '../../src/context.ts'
import { parseClaims } from '../../src/tokens/parse-claims.ts'
import { configure, now } from '../support/configure.ts'
import { forgeToken, plainClaims } from '../support/forge.ts'
import { mistakeOf, refusalOf } from '../support/refusals.ts'
import { verifyToken } from './verify-later.ts'

type Additional = Readonly<Record<string, unknown>>

/** The claims that come out of a well-signed token with these ones besides the plain ones. */
async function parse(claimsSchema: StandardSchema, additional: Additional, options: object = {}): Promise<Claims> {
  const token = forgeToken({ payload: { ...plainClaims, ...additional } })
  return (await verifyToken(token, {}, configure({ claimsSchema: claimsSchema as never, ...options }))).claims
}

/** A schema that is not of any library. */
function schemaOf(validate: (value: unknown) => unknown): StandardSchema {
  return { '~standard': { version: 1, vendor: 'test', validate: validate as never } }
}

/** A schema that gives this result, whatever the claims are. */
function giving(result: unknown): StandardSchema {
  return schemaOf(() => result)
}

/** The same schema by three libraries: strict, with a default and a transform. */
const libraries: readonly (readonly [string, StandardSchema])[] = [
  [
    'zod',
    z.strictObject({
      role: z.enum(['admin', 'author']),
      since: z.string().transform(text => new Date(text)),
      plan: z.string().default('free'),
      address: z.strictObject({ city: z.string() }).optional(),
      tags: z.array(z.string()).optional(),
    }),
  ],
  [
    'valibot',
    v.strictObject({
      role: v.picklist(['admin', 'author']),
      since: v.pipe(
        v.string(),
        v.transform(text => new Date(text)),
      ),
      plan: v.optional(v.string(), 'free'),
      address: v.optional(v.strictObject({ city: v.string() })),
      tags: v.optional(v.array(v.string())),
    }),
  ],
  [
    'arktype',
    type({
      '+': 'reject',
      role: "'admin' | 'author'",
      since: ['string', '=>', text => new Date(text)],
      plan: 'string = "free"',
      'address?': { '+': 'reject', city: 'string' },
      'tags?': 'string[]',
    }),
  ],
]

describe.each(libraries)('claimsSchema of %s', (_library, schema) => {
  const right = { role: 'admin', since: '2026-01-01T00:00:00Z' }

  test('checks the additional claims alone, transforms them and fills in defaults', async () => {
    expect(await parse(schema, right)).toEqual({
      ...plainClaims,
      role: 'admin',
      since: new Date('2026-01-01T00:00:00Z'),
      plan: 'free',
    })
  })

  test('never sees a registered claim, however strict it is', async () => {
    const registered = { nbf: now, csrf: 'value', iss: 'us', aud: ['them'], uid: 7 }
    const claims = await parse(schema, { ...right, ...registered }, { identityClaim: 'uid', decodeAudience: 'them' })
    expect(claims).toMatchObject({ ...plainClaims, ...registered, role: 'admin' })
  })

  test.each<[Additional, string]>([
    [{ ...right, role: 'root' }, 'Invalid claims: role'],
    [{ ...right, role: undefined }, 'Invalid claims: role'],
    [{ ...right, role: 'root', tags: ['a', 7] }, 'Invalid claims: role, tags.1'],
    [{ ...right, address: { city: 5 } }, 'Invalid claims: address.city'],
  ])('refuses %j by the names of the faulty members', async (additional, message) => {
    const error = await refusalOf(parse(schema, additional))
    expect(error).toMatchObject({ code: 'claims_invalid', status: 401, body: { msg: message, code: 'claims_invalid' } })
    expect(error.headers).toEqual({
      'www-authenticate': `Bearer error="invalid_token", error_description="${message}"`,
    })
    expect(error.issues?.length).toBeGreaterThan(0)
  })

  test('refuses what a strict schema does not know, inherited names among it', async () => {
    for (const name of ['surprise', 'toString', 'hasOwnProperty', 'valueOf']) {
      expect((await refusalOf(parse(schema, { ...right, [name]: 1 }))).code).toBe('claims_invalid')
    }
  })

  test('tells no value, neither in the message nor in a log', async () => {
    const error = await refusalOf(parse(schema, { role: 'the-value', since: 5, address: { city: ['the-value'] } }))
    expect(error.message).toContain('role')
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('the-value')
    expect(JSON.stringify(error)).not.toContain('the-value')
  })
})

describe('an asynchronous schema', () => {
  const isKnown = async (team: string): Promise<boolean> => team === 'red'
  const libraries: readonly (readonly [string, StandardSchema])[] = [
    ['zod', z.object({ team: z.string().refine(isKnown) })],
    ['valibot', v.objectAsync({ team: v.pipeAsync(v.string(), v.checkAsync(isKnown)) })],
  ]

  test.each(libraries)('of %s is awaited', async (_library, schema) => {
    expect((await parse(schema, { team: 'red' }))['team']).toBe('red')
    expect((await refusalOf(parse(schema, { team: 'blue' }))).message).toBe('Invalid claims: team')
  })

  test('that rejects passes its error on, and no token', async () => {
    const down = schemaOf(() => Promise.reject(new RangeError('the database is down')))
    await expect(parse(down, {})).rejects.toThrow(new RangeError('the database is down'))
  })
})

describe('parseClaims', () => {
  const passing = schemaOf(value => ({ value }))

  test('gives claims without a prototype, and a schema the same', async () => {
    const seen: unknown[] = []
    const noting = schemaOf(value => {
      seen.push(value)
      return { value }
    })
    const claims = await parse(noting, { role: 'admin' })
    expect(seen).toEqual([{ role: 'admin' }])
    expect(Object.getPrototypeOf(seen[0])).toBeNull()
    expect(Object.getPrototypeOf(claims)).toBeNull()
  })

  test('keeps no claim that the schema left out', async () => {
    expect(await parse(z.object({ role: z.string() }), { role: 'admin', other: 1 })).not.toHaveProperty('other')
    expect(await parse(z.looseObject({}), { other: 1 })).toHaveProperty('other', 1)
  })

  test('takes a result with `issues: undefined` for a pass, as the standard says', async () => {
    expect(
      await parse(
        schemaOf(value => ({ value, issues: undefined })),
        { role: 'admin' },
      ),
    ).toMatchObject({ role: 'admin' })
  })

  test.each(['sub', 'type', 'fresh', 'jti', 'iat', 'nbf', 'exp', 'csrf', 'aud', 'iss'])(
    'lets no schema put out %s',
    async name => {
      const schema = giving({ value: { [name]: 'mallory' } })
      expect((await mistakeOf(parse(schema, {}))).message).toContain(`claimsSchema puts out ${name}`)
    },
  )

  test('lets no schema put out the identity, whatever its claim is called', async () => {
    const schema = giving({ value: { uid: 'mallory' } })
    const parsing = parse(schema, { uid: 'alice' }, { identityClaim: 'uid' })
    expect((await mistakeOf(parsing)).message).toContain('claimsSchema puts out uid')
  })

  test('alters no prototype by what a schema puts out', async () => {
    const value = JSON.parse(
      '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}},"role":"admin"}',
    )
    const claims = await parse(giving({ value }), {})
    expect(claims['polluted']).toBeUndefined()
    expect(Object.getPrototypeOf(claims)).toBeNull()
    expect({}).not.toHaveProperty('polluted')
    expect(claims.sub).toBe('alice')
  })

  test.each(['__proto__', 'constructor', 'prototype'])(
    'refuses a token with %s before the schema sees it',
    async name => {
      const payload = `{"sub":"alice","type":"access","jti":"a","${name}":{"role":"admin"}}`
      const unreachable = schemaOf(() => expect.unreachable('the schema was asked'))
      const config = configure({ claimsSchema: unreachable as never })
      expect((await refusalOf(verifyToken(forgeToken({ payload }), {}, config))).code).toBe('token_invalid')
    },
  )

  test.each([
    undefined,
    null,
    true,
    'yes',
    {},
    { value: undefined },
    { value: null },
    { value: [] },
    { value: 'admin' },
  ])('takes %j from a schema for a mistake, and for no pass', async result => {
    expect((await mistakeOf(parse(giving(result), {}))).message).toContain('must put out a plain object')
  })

  test('takes an instance of a class for a mistake: its prototype would be lost', async () => {
    expect((await mistakeOf(parse(giving({ value: new Map() }), {}))).message).toContain('must put out a plain object')
  })

  test('passes on what a schema throws', async () => {
    const throwing = schemaOf(() => {
      throw new RangeError('no such table')
    })
    await expect(parse(throwing, {})).rejects.toThrow(new RangeError('no such table'))
  })

  test.each<[unknown, string]>([
    [[], 'Invalid claims'],
    [true, 'Invalid claims'],
    [[null, 'text', 5], 'Invalid claims'],
    [[{ message: 'why' }], 'Invalid claims'],
    [[{ message: 'why', path: [] }], 'Invalid claims'],
    [[{ message: 'why', path: 'role' }], 'Invalid claims'],
    [[{ message: 'why', path: ['a', { key: 'b' }, 0, null] }], 'Invalid claims: a.b.0.null'],
    [[{ message: 'why', path: [Symbol('mark')] }], 'Invalid claims: Symbol(mark)'],
    [[{ path: ['a'] }, { path: ['a'] }, { path: ['b'] }], 'Invalid claims: a, b'],
    [[{ message: 'why' }, { path: ['a'] }, { path: [] }, { path: ['b'] }], 'Invalid claims: a, b'],
    [[{}, ...['a', 'b', 'c', 'd', 'e'].map(name => ({ path: [name] }))], 'Invalid claims: a, b, c, d, e'],
    [['a', 'b', 'c', 'd', 'e'].map(name => ({ path: [name] })), 'Invalid claims: a, b, c, d, e'],
    [['a', 'b', 'c', 'd', 'e', 'f'].map(name => ({ path: [name] })), 'Invalid claims: a, b, c, d, e, ...'],
    [[{ path: ['x'.repeat(64)] }], `Invalid claims: ${'x'.repeat(64)}`],
    [[{ path: ['x'.repeat(65)] }], `Invalid claims: ${'x'.repeat(64)}...`],
  ])('refuses with whatever issues a schema has', async (issues, message) => {
    const refusal = await refusalOf(parse(giving({ value: {}, issues }), {}))
    expect([refusal.code, refusal.message]).toEqual(['claims_invalid', message])
    expect(refusal.issues).toEqual(Array.isArray(issues) ? issues : [])
  })

  test('asks the schema after the signature, the registered claims and the CSRF value, and before the expiry', async () => {
    const refusing = giving({ issues: [] })
    const config = configure({ claimsSchema: refusing as never })
    const outcome = async (parts: object, options: object = {}): Promise<string> =>
      (await refusalOf(verifyToken(forgeToken(parts), options, config))).code
    expect(await outcome({})).toBe('claims_invalid')
    expect(await outcome({ payload: { ...plainClaims, exp: now - 1 } })).toBe('claims_invalid')
    expect(await outcome({ payload: { ...plainClaims, nbf: now + 1 } })).toBe('token_invalid')
    expect(await outcome({ payload: { ...plainClaims, csrf: 'a' } }, { csrf: 'b' })).toBe('csrf_mismatch')
    expect(await outcome({ secret: 'another' })).toBe('token_invalid')
  })

  test('leaves the claims as they are signed to those who sign them again', async () => {
    const schema = z.object({ since: z.string().transform(text => new Date(text)) })
    const token = forgeToken({ payload: { ...plainClaims, since: '2026-01-01' } })
    const jwt = await verifyToken(token, {}, configure({ claimsSchema: schema }))
    expect(jwt.signedClaims?.['since']).toBe('2026-01-01')
    expect(jwt.claims['since']).toBeInstanceOf(Date)
  })

  test('gives a schema the claims of both kinds of token', async () => {
    const claims = (type: string): Claims => ({ ...plainClaims, type, role: 'admin' })
    for (const kind of ['access', 'refresh']) {
      expect(await parseClaims(claims(kind), passing, configure())).toEqual(claims(kind))
    }
  })
})
