import { describe, expect, test } from 'vitest'
import { importKey } from '../../src/keys/import-key.ts'
import { isRocaModulus } from '../../src/keys/roca.ts'
import { readAttacks } from '../attacks/corpus.ts'
import { generateKeyPair } from '../support/key-pairs.ts'

/** The key of Wycheproof's case about ROCA. */
const roca = readAttacks().find(({ id }) => id === 'wp-jwc-46')?.keys?.jwk as { readonly n: string }
const modulus = Buffer.from(roca.n, 'base64url')

describe('a key of the defective library (CVE-2017-15361)', () => {
  test.each(['RS256', 'PS256'] as const)('is refused for %s', algorithm => {
    expect(() => importKey({ ...roca, alg: algorithm }, { algorithm })).toThrow(
      'key was made by a library whose keys can be factored (ROCA, CVE-2017-15361): make a new key',
    )
  })

  test('is told by each of the primes', () => {
    expect(isRocaModulus(modulus)).toBe(true)
    const primes = [11n, 13n, 17n, 19n, 37n, 53n, 61n, 71n, 73n, 79n, 97n, 103n, 107n, 109n, 127n, 151n, 157n]
    const value = BigInt(`0x${modulus.toString('hex')}`)
    for (const prime of primes) {
      const others = primes.filter(other => other !== prime).reduce((product, other) => product * other, 1n)
      // The same modulo all the other primes, and a multiple of this one.
      let multiple = value
      while (multiple % prime !== 0n) multiple += others
      expect([prime, isRocaModulus(Buffer.from(multiple.toString(16).padStart(514, '0'), 'hex'))]).toEqual([
        prime,
        false,
      ])
    }
  })

  test('is no key of OpenSSL, public or private', () => {
    const { privateKey, publicKey } = generateKeyPair('RS256')
    expect(importKey(privateKey, { algorithm: 'RS256' }).type).toBe('private')
    expect(importKey(publicKey, { algorithm: 'PS256' }).type).toBe('public')
  })
})
