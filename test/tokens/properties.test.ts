import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { JwtError } from '../../src/errors.ts'
import { JwtManager } from '../../src/index.ts'

const reservedClaims = ['type', 'jti', 'iat', 'nbf', 'fresh', 'csrf']

import { now, strongSecret } from '../support/configure.ts'
import { forgeToken, plainClaims, toSegment } from '../support/forge.ts'
import { hasForbiddenName } from '../support/json.ts'
import { generateKeyPair } from '../support/key-pairs.ts'

const clock = (): number => now * 1000
const hmac = new JwtManager({ secretKey: strongSecret, clock })
const ecdsa = new JwtManager({ algorithm: 'ES256', clock, ...generateKeyPair('ES256') })

const meaningful = [...reservedClaims, 'sub', 'exp', 'aud', 'iss']

const additionalClaims = fc
  .dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue({ maxDepth: 6, stringUnit: 'grapheme' }))
  .filter(claims => !hasForbiddenName(claims) && !meaningful.some(name => Object.hasOwn(claims, name)))

async function isVerified(manager: JwtManager, token: string): Promise<boolean> {
  try {
    await manager.verifyToken(token)
    return true
  } catch (error) {
    if (error instanceof JwtError) return false
    throw error
  }
}

describe('what is signed', () => {
  test.each([
    ['HS256', hmac],
    ['ES256', ecdsa],
  ])('is verified again by %s', async (_, manager) => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'grapheme' }), additionalClaims, async (identity, additional) => {
        const token = await manager.createAccessToken(identity, { claims: additional })
        const { claims } = await manager.verifyToken(token)
        const { type, jti, iat, nbf, exp, fresh, sub, ...others } = claims
        expect(sub).toBe(identity)
        expect(isDeepStrictEqual(others, JSON.parse(JSON.stringify(additional)))).toBe(true)
      }),
    )
  })

  test('is verified whatever the order of its members', async () => {
    const members = Object.entries({ ...plainClaims, name: 'Alice', list: [1, 2] })
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray(members, { minLength: members.length }), async shuffled => {
        const { claims } = await hmac.verifyToken(forgeToken({ payload: Object.fromEntries(shuffled) }))
        expect(claims).toEqual(Object.fromEntries(members))
      }),
    )
  })
})

describe('an edited token', () => {
  const character = fc.constantFrom(
    ...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/ \n\0',
    '\u{a0}',
    '\u{141}',
  )

  const edits: Readonly<Record<string, (token: string, at: number, by: string) => string>> = {
    replaced: (token, at, by) => token.slice(0, at) + by + token.slice(at + 1),
    deleted: (token, at) => token.slice(0, at) + token.slice(at + 1),
    inserted: (token, at, by) => token.slice(0, at) + by + token.slice(at),
    swapped: (token, at) =>
      token.slice(0, at) + token.slice(at + 1, at + 2) + token.slice(at, at + 1) + token.slice(at + 2),
  }

  const managers = { HS256: hmac, ES256: ecdsa }
  const cases = Object.keys(edits).flatMap(how => (['HS256', 'ES256'] as const).map(name => [name, how] as const))

  test.each(cases)('of %s is refused with one character %s', async (algorithm, how) => {
    const token = await managers[algorithm].createAccessToken('alice', { claims: { role: 'user' } })
    const position = fc.nat(token.length - 1)
    await fc.assert(
      fc.asyncProperty(position, character, async (at, by) => {
        const edited = edits[how]?.(token, at, by) ?? token
        fc.pre(edited !== token)
        expect(await isVerified(managers[algorithm], edited)).toBe(false)
      }),
      { numRuns: 400 },
    )
  })

  test('that was not edited is accepted', async () => {
    expect(await isVerified(hmac, await hmac.createAccessToken('alice'))).toBe(true)
    expect(await isVerified(ecdsa, await ecdsa.createAccessToken('alice'))).toBe(true)
  })
})

describe('whatever a client sends', () => {
  test.each([
    ['text', fc.string({ unit: 'binary', maxLength: 200 })],
    ['dots and base64url', fc.string({ unit: fc.constantFrom('.', 'e', 'y', 'J', 'A', '_', '-'), maxLength: 60 })],
    ['three segments of JSON', fc.tuple(fc.json(), fc.json()).map(([a, b]) => `${toSegment(a)}.${toSegment(b)}.AAAA`)],
  ])('is refused and nothing else is thrown: %s', async (_, tokens) => {
    await fc.assert(
      fc.asyncProperty(tokens, async token => {
        expect(await isVerified(hmac, token)).toBe(false)
      }),
    )
  })

  test('in a header that is well signed is accepted or refused, and nothing else is thrown', async () => {
    const name = fc.constantFrom('alg', 'typ', 'kid', 'cty', 'x')
    const headers = fc.dictionary(name, fc.jsonValue({ maxDepth: 3 }))
    await fc.assert(
      fc.asyncProperty(headers, async header => {
        expect(await isVerified(hmac, forgeToken({ header: { alg: 'HS256', ...header } }))).toBeTypeOf('boolean')
      }),
    )
  })

  test('in claims that are well signed is accepted or refused, and nothing else is thrown', async () => {
    const name = fc.constantFrom(...meaningful, 'x')
    const claims = fc.dictionary(name, fc.jsonValue({ maxDepth: 3 }))
    await fc.assert(
      fc.asyncProperty(claims, async payload => {
        expect(await isVerified(hmac, forgeToken({ payload }))).toBeTypeOf('boolean')
      }),
    )
  })
})
