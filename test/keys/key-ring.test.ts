import { createPrivateKey, createPublicKey, createSecretKey, type KeyObject } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { createKeyRing } from '../../src/keys/key-ring.ts'
import { strongSecret } from '../support/configure.ts'
import { type AsymmetricAlgorithm, generateKeyPair, generatePssKeyPair, toJwk, toPem } from '../support/key-pairs.ts'
import { thrownMistakeOf } from '../support/refusals.ts'

const rsa = generateKeyPair('RS256')
const ec = generateKeyPair('ES256')

/** The same numbers under the object identifier of plain RSA: what stands in PKCS #1 is the end of what stands around it. */
function asPlainRsa(key: KeyObject): KeyObject {
  const isPrivate = key.type === 'private'
  const der = key.export({ type: isPrivate ? 'pkcs8' : 'spki', format: 'der' } as never) as unknown as Buffer
  // The outermost sequence of PKCS #1 has a length of two bytes, and is the last such one.
  const start = der.indexOf(Buffer.from(isPrivate ? '020100028201' : '028201', 'hex')) - 4
  const options = { key: der.subarray(start), format: 'der', type: 'pkcs1' } as const
  return isPrivate ? createPrivateKey(options) : createPublicKey(options)
}

type Options = Parameters<typeof createKeyRing>[0]

const createSecretRing = (options: Partial<Options> = {}): ReturnType<typeof createKeyRing> =>
  createKeyRing({
    algorithm: 'HS256',
    decodeAlgorithms: ['HS256'],
    secretKey: strongSecret,
    dangerouslyAllowWeakSecret: false,
    ...options,
  })

const createRsaRing = (options: Partial<Options> = {}): ReturnType<typeof createKeyRing> =>
  createKeyRing({ algorithm: 'RS256', decodeAlgorithms: ['RS256'], dangerouslyAllowWeakSecret: false, ...options })

describe('a ring of a secret', () => {
  test('signs and verifies by one key', () => {
    const { signingKey, verificationKeys } = createSecretRing()
    expect(signingKey?.algorithm).toBe('HS256')
    expect(verificationKeys.get('HS256')).toBe(signingKey)
  })

  test('has a key for each algorithm to verify', () => {
    const { verificationKeys } = createSecretRing({ decodeAlgorithms: ['HS256', 'HS512'] })
    expect([...verificationKeys].map(([alg, key]) => [alg, key.algorithm])).toEqual([
      ['HS256', 'HS256'],
      ['HS512', 'HS512'],
    ])
  })

  test('signs by an algorithm that it does not verify', () => {
    const { signingKey, verificationKeys } = createSecretRing({ algorithm: 'HS384', decodeAlgorithms: ['HS512'] })
    expect(signingKey?.algorithm).toBe('HS384')
    expect([...verificationKeys.keys()]).toEqual(['HS512'])
  })

  test('is empty without a secret', () => {
    expect(createSecretRing({ secretKey: undefined })).toEqual({ signingKey: undefined, verificationKeys: new Map() })
  })

  test('refuses a secret that is too short for one of the algorithms', () => {
    const options = { secretKey: strongSecret.slice(0, 40), decodeAlgorithms: ['HS256', 'HS384'] } as const
    expect(thrownMistakeOf(() => createSecretRing(options)).message).toMatch(
      /^secretKey is 40 bytes; HS384 needs at least 48/,
    )
  })

  test('takes a weak secret where that is allowed', () => {
    const { signingKey } = createSecretRing({ secretKey: 'weak', dangerouslyAllowWeakSecret: true })
    expect(signingKey?.type).toBe('secret')
  })
})

describe('a ring of a key pair', () => {
  test('signs by the private and verifies by the public key', () => {
    const { signingKey, verificationKeys } = createRsaRing(rsa)
    expect(signingKey?.type).toBe('private')
    expect(verificationKeys.get('RS256')?.type).toBe('public')
  })

  test('has a key for each algorithm to verify', () => {
    const { verificationKeys } = createRsaRing({
      publicKey: toPem(rsa.publicKey),
      decodeAlgorithms: ['RS256', 'PS256'],
    })
    expect([...verificationKeys.keys()]).toEqual(['RS256', 'PS256'])
  })

  test('takes no JWK that names one algorithm for another', () => {
    const publicKey = { ...toJwk(rsa.publicKey), alg: 'RS256' }
    const options = { publicKey, decodeAlgorithms: ['RS256', 'PS256'] } as const
    expect(() => createRsaRing(options)).toThrow('publicKey is a JWK for alg "RS256", not for PS256')
  })

  test('has every algorithm of a JWK that names none', () => {
    const options = { publicKey: toJwk(rsa.publicKey), decodeAlgorithms: ['RS256', 'PS256'] } as const
    expect([...createRsaRing(options).verificationKeys.keys()]).toEqual(['RS256', 'PS256'])
  })

  test('cannot verify without a public key', () => {
    expect(createRsaRing({ privateKey: rsa.privateKey }).verificationKeys.size).toBe(0)
  })

  test('cannot sign without a private key', () => {
    expect(createRsaRing({ publicKey: rsa.publicKey }).signingKey).toBeUndefined()
  })

  const ringOf = (algorithm: AsymmetricAlgorithm, keys: Partial<Options>): ReturnType<typeof createKeyRing> =>
    createKeyRing({ algorithm, decodeAlgorithms: [algorithm], dangerouslyAllowWeakSecret: false, ...keys })

  test.each(['RS256', 'PS256', 'ES256', 'ES384', 'EdDSA'] as const)('refuses keys of two pairs for %s', algorithm => {
    const [one, other] = [generateKeyPair(algorithm), generateKeyPair(algorithm)]
    for (const publicKey of [other.publicKey, toPem(other.publicKey), toJwk(other.publicKey), other.privateKey]) {
      expect(thrownMistakeOf(() => ringOf(algorithm, { privateKey: one.privateKey, publicKey })).message).toBe(
        'privateKey and publicKey are not of one pair: no token that is signed here would verify here. Give the public key of that private key, or leave one of them out',
      )
    }
    for (const publicKey of [one.publicKey, toPem(one.publicKey), toJwk(one.publicKey), one.privateKey])
      expect(() => ringOf(algorithm, { privateKey: toJwk(one.privateKey), publicKey })).not.toThrow()
  })

  test('takes a pair of which one key is bound to RSASSA-PSS, and no two pairs of such keys', () => {
    const parameters = { hashAlgorithm: 'sha256', mgf1HashAlgorithm: 'sha256', saltLength: 32 }
    const [bound, other] = [generatePssKeyPair(parameters), generatePssKeyPair()]
    const unbound = {
      privateKey: asPlainRsa(bound.privateKey),
      publicKey: asPlainRsa(bound.publicKey),
    }
    expect(unbound.publicKey.asymmetricKeyType).toBe('rsa')
    expect(() => ringOf('PS256', bound)).not.toThrow()
    expect(() => ringOf('PS256', { ...bound, publicKey: unbound.publicKey })).not.toThrow()
    expect(() => ringOf('PS256', { ...bound, privateKey: unbound.privateKey })).not.toThrow()
    for (const publicKey of [other.publicKey, rsa.publicKey])
      expect(() => ringOf('PS256', { ...bound, publicKey })).toThrow('are not of one pair')
  })

  test('refuses a public key as privateKey', () => {
    expect(thrownMistakeOf(() => createRsaRing({ privateKey: rsa.publicKey })).message).toBe(
      'privateKey holds a public key: give that one as publicKey',
    )
  })

  test('refuses a key of another type', () => {
    expect(thrownMistakeOf(() => createRsaRing({ publicKey: ec.publicKey })).message).toBe(
      'publicKey is a ec key; RS256 needs an RSA key',
    )
  })

  test('names the private key that it refuses', () => {
    expect(thrownMistakeOf(() => createRsaRing({ privateKey: ec.privateKey })).message).toBe(
      'privateKey is a ec key; RS256 needs an RSA key',
    )
  })

  test('refuses a key that does not fit one of the algorithms', () => {
    const options = { publicKey: rsa.publicKey, decodeAlgorithms: ['RS256', 'ES256'] } as const
    expect(thrownMistakeOf(() => createRsaRing(options)).message).toBe('publicKey is a rsa key; ES256 needs an EC key')
  })

  test('refuses a secret as publicKey', () => {
    const publicKey = createSecretKey(Buffer.from(strongSecret))
    expect(thrownMistakeOf(() => createRsaRing({ publicKey })).message).toBe(
      'publicKey is a secret key; RS256 needs an RSA key',
    )
  })
})
