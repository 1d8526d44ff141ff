import { describe, expect, test } from 'vitest'
import {
  type Algorithm,
  type AlgorithmSpec,
  algorithms,
  canShareKey,
  isAlgorithm,
  isSymmetric,
  specOf,
} from '../../src/keys/algorithms.ts'

describe('isAlgorithm', () => {
  test.each(Object.keys(algorithms))('knows %s', name => {
    expect(isAlgorithm(name)).toBe(true)
  })

  test.each(['none', 'None', '', 'hs256', 'HS256 ', 'HS1', 'ES256K', 'Ed448', 'toString', '__proto__'])(
    'does not know %j',
    name => {
      expect(isAlgorithm(name)).toBe(false)
    },
  )

  test.each([[undefined], [null], [256], [['HS256']], [{ toString: () => 'HS256' }]])('takes %j for none', value => {
    expect(isAlgorithm(value)).toBe(false)
  })
})

describe('isSymmetric', () => {
  test('is true of the HMAC algorithms alone', () => {
    expect(Object.keys(algorithms).filter(isAlgorithm).filter(isSymmetric)).toEqual(['HS256', 'HS384', 'HS512'])
  })
})

describe('canShareKey', () => {
  test.each([
    ['HS256', 'HS512'],
    ['RS256', 'PS512'],
    ['EdDSA', 'Ed25519'],
    ['ES384', 'ES384'],
  ] as const)('is true of %s and %s', (left, right) => {
    expect(canShareKey(left, right)).toBe(true)
    expect(canShareKey(right, left)).toBe(true)
  })

  test.each([
    ['ES256', 'ES384'],
    ['HS256', 'RS256'],
    ['RS256', 'ES256'],
    ['EdDSA', 'ES256'],
  ] as const)('is false of %s and %s', (left, right) => {
    expect(canShareKey(left, right)).toBe(false)
    expect(canShareKey(right, left)).toBe(false)
  })
})

describe('specOf', () => {
  // RFC 7518 section 3.1, RFC 8037 section 3.1, RFC 9864 section 2.2.
  const specs: Readonly<Record<Algorithm, AlgorithmSpec>> = {
    HS256: { family: 'hmac', hash: 'sha256', secretBytes: 32 },
    HS384: { family: 'hmac', hash: 'sha384', secretBytes: 48 },
    HS512: { family: 'hmac', hash: 'sha512', secretBytes: 64 },
    RS256: { family: 'rsa', hash: 'sha256' },
    RS384: { family: 'rsa', hash: 'sha384' },
    RS512: { family: 'rsa', hash: 'sha512' },
    PS256: { family: 'rsa', hash: 'sha256', saltBytes: 32 },
    PS384: { family: 'rsa', hash: 'sha384', saltBytes: 48 },
    PS512: { family: 'rsa', hash: 'sha512', saltBytes: 64 },
    ES256: { family: 'ec', hash: 'sha256', curve: 'prime256v1', signatureBytes: 64 },
    ES384: { family: 'ec', hash: 'sha384', curve: 'secp384r1', signatureBytes: 96 },
    ES512: { family: 'ec', hash: 'sha512', curve: 'secp521r1', signatureBytes: 132 },
    EdDSA: { family: 'ed25519', signatureBytes: 64 },
    Ed25519: { family: 'ed25519', signatureBytes: 64 },
  }

  test.each(Object.entries(specs))('ties %s to all that it is made of', (algorithm, spec) => {
    expect(isAlgorithm(algorithm) && specOf(algorithm)).toEqual(spec)
  })

  test('knows no other algorithm', () => {
    expect(Object.keys(algorithms)).toEqual(Object.keys(specs))
  })
})
