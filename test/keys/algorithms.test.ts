import { describe, expect, test } from 'vitest'
import { algorithms, canShareKey, isAlgorithm, isSymmetric, specOf } from '../../src/keys/algorithms.ts'

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
  test('ties an ECDSA algorithm to one curve and one length', () => {
    expect(specOf('ES512')).toEqual({ family: 'ec', hash: 'sha512', curve: 'secp521r1', signatureBytes: 132 })
  })

  test('ties RSASSA-PSS to a salt as long as the hash', () => {
    expect(specOf('PS384')).toEqual({ family: 'rsa', hash: 'sha384', saltBytes: 48 })
  })
})
