import { describe, expect, test } from 'vitest'
import type { Awaitable } from '../../src/internal/awaitable.ts'
import { importKey } from '../../src/keys/import-key.ts'
import type { Key } from '../../src/keys/key.ts'
import { decodeUnverified } from '../../src/tokens/decode.ts'
import { signToken } from '../../src/tokens/sign.ts'
import { configure, strongSecret } from '../support/configure.ts'
import { forgeToken, plainClaims } from '../support/forge.ts'
import { forbiddenNames, nestObjects } from '../support/json.ts'
import { mistakeOf } from '../support/refusals.ts'

const maxSize = 16_384
const key = importKey(strongSecret, { algorithm: 'HS256' })
const namedKey = importKey(strongSecret, { algorithm: 'HS256', kid: 'current' })

const sign = async (headers: Readonly<Record<string, unknown>> = {}, signingKey: Key = key): Promise<string> =>
  signToken(plainClaims, { key: signingKey, headers }, configure())

async function headerOf(token: Awaitable<string>): Promise<Readonly<Record<string, unknown>>> {
  return decodeUnverified(await token, maxSize).header
}

describe('signToken', () => {
  test('makes a compact token of header, claims and signature', async () => {
    expect(await sign()).toBe(forgeToken())
  })

  test('refuses to make a token longer than the longest size', async () => {
    const { length } = await sign()
    const signWithin = async (maxTokenSize: number): Promise<string> =>
      signToken(plainClaims, { key, headers: {} }, configure({ maxTokenSize }))
    expect(await signWithin(length)).toHaveLength(length)
    const { message } = await mistakeOf(signWithin(length - 1))
    expect(message).toBe(`the token would be ${length} bytes; maxTokenSize is ${length - 1}: put less into its claims`)
  })
})

describe('the header of a new token', () => {
  test('has alg and typ', async () => {
    expect(await headerOf(sign())).toEqual({ alg: 'HS256', typ: 'JWT' })
  })

  test('has the kid of the key', async () => {
    expect(await headerOf(sign({}, namedKey))).toEqual({ alg: 'HS256', typ: 'JWT', kid: 'current' })
  })

  test('has the kid that was given rather than that of the key', async () => {
    expect(await headerOf(sign({ kid: 'given' }, namedKey))).toMatchObject({ kid: 'given' })
  })

  test('has further members', async () => {
    expect(await headerOf(sign({ region: 'eu', hops: [1, { a: null }] }))).toEqual({
      alg: 'HS256',
      typ: 'JWT',
      region: 'eu',
      hops: [1, { a: null }],
    })
  })

  test('holds no more values than are read again', async () => {
    expect(await headerOf(sign({ x: Array(61).fill(0) }))).toHaveProperty('x')
    const { message } = await mistakeOf(sign({ x: Array(62).fill(0) }))
    expect(message).toBe('additional headers cannot be signed: a header holds at most 64 values')
  })

  test('is no longer than what is read again', async () => {
    const { message } = await mistakeOf(sign({ x: 'x'.repeat(6200) }))
    expect(message).toBe('additional headers cannot be signed: a header is at most 5120 bytes long')
  })

  test('has the typ that was given', async () => {
    expect(await headerOf(sign({ typ: 'at+jwt' }))).toEqual({ alg: 'HS256', typ: 'at+jwt' })
  })

  test.each([[null], ['']])('has no typ where %j was given', async typ => {
    expect(await headerOf(sign({ typ }))).toEqual({ alg: 'HS256' })
  })

  test('may be given the alg that the key has', async () => {
    expect(await headerOf(sign({ alg: 'HS256' }))).toEqual({ alg: 'HS256', typ: 'JWT' })
  })

  test.each([['none'], ['HS512'], ['hs256'], [null], [undefined]])('cannot be given the alg %j', async alg => {
    expect((await mistakeOf(sign({ alg }))).message).toBe(
      'additional headers cannot set alg: it belongs to the key. Choose the key by encodeKey',
    )
  })

  test.each(['crit', 'b64', 'zip', 'enc'])('cannot be given %s', async member => {
    expect((await mistakeOf(sign({ [member]: 'x' }))).message).toContain(`The header has ${member}`)
  })

  test.each(['jku', 'jwk', 'x5u', 'x5c'])('cannot be given %s, unless as Flask-JWT-Extended is', async member => {
    const headers = { [member]: 'x' }
    expect((await mistakeOf(sign(headers))).message).toBe(`additional headers cannot hold ${member}`)
    const flask = configure({ compatibility: 'flask' })
    expect(await headerOf(signToken(plainClaims, { key, headers }, flask))).toMatchObject(headers)
  })

  test.each([['JWT'], ['application/jwt'], [7]])('cannot be given the cty %j', async cty => {
    expect((await mistakeOf(sign({ cty }))).message).toContain('Nested tokens are not supported')
  })

  test.each([[1], [null], [['a']], [{}]])('cannot be given the kid %j', async kid => {
    expect((await mistakeOf(sign({ kid }))).message).toContain('Key ID header parameter must be a string')
  })

  test.each([[1], [false], [['JWT']], ['dpop+jwt']])('cannot be given the typ %j', async typ => {
    expect((await mistakeOf(sign({ typ }))).message).toContain('The header names a typ that is not accepted')
  })

  test.each([
    ['undefined', { a: undefined }, 'headers.a is undefined, which JSON cannot hold'],
    ['an undefined kid', { kid: undefined }, 'headers.kid is undefined, which JSON cannot hold'],
    ['an undefined typ', { typ: undefined }, 'headers.typ is undefined, which JSON cannot hold'],
    ['a Date', { a: new Date(0) }, 'headers.a is an object of class Date, which JSON cannot hold'],
    ['a bigint', { a: [1n] }, 'headers.a.0 is a bigint, which JSON cannot hold'],
    ['a lone surrogate', { a: '\u{dc00}' }, 'headers.a holds a lone surrogate'],
    ['too many levels', JSON.parse(nestObjects(33)), `headers${'.a'.repeat(32)} nests deeper than 32 levels`],
  ])('cannot be given %s', async (_, headers, fault) => {
    expect((await mistakeOf(sign(headers))).message).toBe(`additional headers cannot be signed: ${fault}`)
  })

  test.each(forbiddenNames)('cannot be given %s', async name => {
    const headers: Readonly<Record<string, unknown>> = JSON.parse(`{"${name}":1}`)
    expect((await mistakeOf(sign(headers))).message).toContain(`headers has a member named ${name}`)
  })
})
