import { constants, generateKeyPairSync, sign, verify } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { toPssKey } from '../../src/keys/pss-key.ts'

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const text = Buffer.from('a text')

function signPss(hash: string, saltLength: number): Buffer {
  return sign(hash, text, { key: privateKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength })
}

describe.each([
  ['sha256', 32],
  ['sha384', 48],
  ['sha512', 64],
])('a public key bound to RSASSA-PSS with %s', (hash, saltBytes) => {
  const key = toPssKey(publicKey, hash)

  test('has its parameters, and the modulus of the key', () => {
    expect(key.asymmetricKeyType).toBe('rsa-pss')
    expect(key.asymmetricKeyDetails).toEqual({
      ...publicKey.asymmetricKeyDetails,
      hashAlgorithm: hash,
      mgf1HashAlgorithm: hash,
      saltLength: saltBytes,
    })
  })

  test('accepts a salt of its length, and of no other', () => {
    const accepted = [0, saltBytes - 1, saltBytes, saltBytes + 1, 100].filter(saltLength =>
      verify(hash, text, key, signPss(hash, saltLength)),
    )
    expect(accepted).toEqual([saltBytes])
  })

  test('accepts no signature of PKCS #1 v1.5', () => {
    expect(verify(hash, text, key, sign(hash, text, privateKey))).toBe(false)
  })
})

test('a longer key is bound as well', () => {
  const pair = generateKeyPairSync('rsa', { modulusLength: 3072 })
  const input = { key: pair.privateKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }
  expect(verify('sha256', text, toPssKey(pair.publicKey, 'sha256'), sign('sha256', text, input))).toBe(true)
})
