import { createSecretKey } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { createKeyRing } from '../../src/keys/key-ring.ts'
import { strongSecret } from '../support/configure.ts'
import { generateKeyPair, toJwk, toPem } from '../support/key-pairs.ts'
import { thrownMistakeOf } from '../support/refusals.ts'

const rsa = generateKeyPair('RS256')
const ec = generateKeyPair('ES256')

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
