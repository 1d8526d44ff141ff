import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { JwtError } from '../../src/errors.ts'
import { JwtManager } from '../../src/index.ts'
import { now, strongSecret } from '../support/configure.ts'
import { generateKeyPair } from '../support/key-pairs.ts'

const clock = (): number => now * 1000
const hmac = new JwtManager({ secretKey: strongSecret, clock })
const ecdsa = new JwtManager({ algorithm: 'ES256', clock, ...generateKeyPair('ES256') })

async function isVerified(manager: JwtManager, token: string): Promise<boolean> {
  try {
    await manager.verifyToken(token)
    return true
  } catch (error) {
    if (error instanceof JwtError) return false
    throw error
  }
}

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
