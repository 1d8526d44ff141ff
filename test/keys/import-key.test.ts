import { createPublicKey, createSecretKey, generateKeyPairSync, KeyObject } from 'node:crypto'
import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import type { Algorithm } from '../../src/keys/algorithms.ts'
import { type ImportKeyOptions, importKey, type KeyMaterial } from '../../src/keys/import-key.ts'
import { strongSecret } from '../support/configure.ts'
import { generateKeyPair, generatePssKeyPair, toDer, toJwk, toPem } from '../support/key-pairs.ts'
import { thrownMistakeOf } from '../support/refusals.ts'

const rsa = generateKeyPair('RS256')
const weakRsa = generateKeyPairSync('rsa', { modulusLength: 1024 })
const pss = generatePssKeyPair()
const boundPss = generatePssKeyPair({ hashAlgorithm: 'sha256', mgf1HashAlgorithm: 'sha256', saltLength: 32 })
const ec = generateKeyPair('ES256')
const edwards = generateKeyPair('EdDSA')
const octets = { kty: 'oct', k: Buffer.from(strongSecret).toString('base64url') }

/** The words, lines or members that a key is made of. */
function partsOf(material: unknown): unknown[] {
  if (typeof material === 'string') return material.split(/\s+/)
  if (material instanceof Uint8Array) return [Buffer.from(material).toString('latin1')]
  if (!(material instanceof KeyObject)) return Object.values(material ?? {})
  return material.type === 'secret' ? [material.export().toString('latin1')] : toPem(material).split('\n')
}

/** The complaint about a key, which never quotes it. */
function complaintAbout(material: unknown, options: ImportKeyOptions): string {
  const { message, cause } = thrownMistakeOf(() => importKey(material as KeyMaterial, options))
  for (const text of partsOf(material).filter(part => typeof part === 'string' && part.length >= 16)) {
    expect(message).not.toContain(text)
    expect(String(cause)).not.toContain(text)
  }
  return message
}

describe('a secret', () => {
  const signingInput = 'a.b'
  const expected = importKey(strongSecret, { algorithm: 'HS256' }).sign(signingInput)

  test.each<[string, KeyMaterial]>([
    ['text', strongSecret],
    ['bytes', new TextEncoder().encode(strongSecret)],
    ['a Buffer', Buffer.from(strongSecret)],
    ['a secret KeyObject', createSecretKey(Buffer.from(strongSecret))],
    ['a JWK', octets],
    ['a JWK without a prototype', Object.assign(Object.create(null), octets)],
  ])('is imported from %s', (_, material) => {
    const key = importKey(material, { algorithm: 'HS256' })
    expect(key.type).toBe('secret')
    expect(key.sign(signingInput)).toEqual(expected)
  })

  test('is copied, so that nobody changes it afterwards', () => {
    const bytes = Buffer.from(strongSecret)
    const key = importKey(bytes, { algorithm: 'HS256' })
    bytes.fill(0)
    expect(key.sign(signingInput)).toEqual(expected)
  })

  test.each([
    ['a number', 42],
    ['a public KeyObject', rsa.publicKey],
    ['a JWK of RSA', toJwk(rsa.publicKey)],
    ['a JWK of RSA that has k, too', { ...toJwk(rsa.publicKey), k: octets.k }],
    ['a JWK without k', { kty: 'oct' }],
    ['a JWK whose k is no text', { kty: 'oct', k: 1 }],
    ['an array', [strongSecret]],
    ['an object without kty', { k: octets.k }],
    ['an object without kty for another alg', { k: octets.k, alg: 'HS512' }],
  ])('is not imported from %s', (_, material) => {
    expect(complaintAbout(material, { algorithm: 'HS256', name: 'secretKey' })).toBe(
      'secretKey must be a secret for HS256: text, bytes, a secret KeyObject or a JWK of kty oct',
    )
  })

  test.each([
    ['padding', `${Buffer.from(strongSecret.slice(0, 40)).toString('base64url')}==`],
    ['a blank', `${octets.k.slice(0, 60)} ${octets.k.slice(60)}`],
    ['characters of base64', `+/${octets.k}`],
    ['plain text', 'correct horse battery staple, and a good deal more of it'],
  ])('is not imported from a JWK whose k holds %s', (_, k) => {
    expect(complaintAbout({ kty: 'oct', k }, { algorithm: 'HS256' })).toBe(
      'key is a JWK whose k is not base64url without padding (RFC 7518 section 6.4.1)',
    )
  })

  test.each<[Algorithm, number]>([
    ['HS256', 32],
    ['HS384', 48],
    ['HS512', 64],
  ])('for %s has at least %d bytes', (algorithm, minBytes) => {
    expect(importKey(strongSecret.slice(0, minBytes), { algorithm }).algorithm).toBe(algorithm)
    expect(complaintAbout(strongSecret.slice(0, minBytes - 1), { algorithm })).toMatch(
      new RegExp(`^key is ${minBytes - 1} bytes; ${algorithm} needs at least ${minBytes} .*npx jwt-extended secret$`),
    )
  })

  test.each<[string, KeyMaterial, RegExp]>([
    ['nothing', '', /^key is empty\. Generate one with: npx jwt-extended secret$/],
    ['no bytes', new Uint8Array(), /^key is empty\. Generate one/],
    ['an empty JWK', { kty: 'oct', k: '' }, /^key is empty\. Generate one/],
    ['PEM', toPem(rsa.publicKey), /key document .* give it as publicKey or privateKey$/],
    ['the text of a JWK', JSON.stringify(toJwk(ec.publicKey)), /key document .* give it as publicKey or privateKey$/],
    ['DER', toDer(rsa.publicKey), /key document .* give it as publicKey or privateKey$/],
    ['DER in a JWK', { kty: 'oct', k: toDer(ec.publicKey).toString('base64url') }, /give it as publicKey/],
    ['DER in a KeyObject', createSecretKey(toDer(edwards.publicKey)), /give it as publicKey or privateKey$/],
    ['a known secret', 'a-string-secret-at-least-256-bits-long', /publicly known secret\. Generate one/],
    ['a placeholder', 'please-change-me-before-the-launch-42', /is a placeholder\. Generate one/],
  ])('is not %s', (_, material, complaint) => {
    expect(complaintAbout(material, { algorithm: 'HS256' })).toMatch(complaint)
  })

  test('may be weak where that is asked for', () => {
    const key = importKey('weak', { algorithm: 'HS512', dangerouslyAllowWeakSecret: true })
    expect(key.algorithm).toBe('HS512')
  })

  test('may not be a key document where weak ones are allowed', () => {
    const options = { algorithm: 'HS256', dangerouslyAllowWeakSecret: true } as const
    expect(complaintAbout(toPem(rsa.publicKey), options)).toContain('key document')
  })
})

describe('an asymmetric key', () => {
  test.each<[string, KeyMaterial, Algorithm, string]>([
    ['public PEM', toPem(rsa.publicKey), 'RS256', 'public'],
    ['private PEM', toPem(rsa.privateKey), 'PS512', 'private'],
    ['PEM of PKCS #1', rsa.publicKey.export({ type: 'pkcs1', format: 'pem' }).toString(), 'RS256', 'public'],
    ['PEM of SEC 1', ec.privateKey.export({ type: 'sec1', format: 'pem' }).toString(), 'ES256', 'private'],
    ['a public JWK', toJwk(ec.publicKey), 'ES256', 'public'],
    ['a private JWK', toJwk(edwards.privateKey), 'EdDSA', 'private'],
    ['a public KeyObject', edwards.publicKey, 'Ed25519', 'public'],
    ['a private KeyObject', ec.privateKey, 'ES256', 'private'],
    ['a KeyObject of RSASSA-PSS without parameters', pss.publicKey, 'PS384', 'public'],
    ['a KeyObject of RSASSA-PSS with fitting parameters', boundPss.privateKey, 'PS256', 'private'],
    [
      'a JWK with fitting members',
      { ...toJwk(ec.publicKey), alg: 'ES256', use: 'sig', key_ops: ['verify'] },
      'ES256',
      'public',
    ],
    [
      'a private JWK with fitting members',
      { ...toJwk(ec.privateKey), alg: 'ES256', use: 'sig', key_ops: ['sign'] },
      'ES256',
      'private',
    ],
    ['a JWK for EdDSA as one for Ed25519', { ...toJwk(edwards.publicKey), alg: 'EdDSA' }, 'Ed25519', 'public'],
    ['a JWK for Ed25519 as one for EdDSA', { ...toJwk(edwards.publicKey), alg: 'Ed25519' }, 'EdDSA', 'public'],
    ['a JWK with the exponent 3', { ...toJwk(rsa.publicKey), e: 'Aw' }, 'RS256', 'public'],
  ])('is imported from %s', (_, material, algorithm, type) => {
    expect(importKey(material, { algorithm })).toMatchObject({ algorithm, type })
  })

  test.each([
    ['bytes', toDer(rsa.publicKey)],
    ['an object without kty', { n: toJwk(rsa.publicKey).n, e: 'AQAB' }],
    ['a JWK Set', { keys: [toJwk(rsa.publicKey)] }],
    ['a JWK that is an instance of a class', Object.assign(new Date(0), toJwk(rsa.publicKey))],
  ])('is not imported from %s', (_, material) => {
    expect(complaintAbout(material, { algorithm: 'RS256', name: 'publicKey' })).toBe(
      'publicKey must be PEM text, a JWK or a KeyObject',
    )
  })

  test.each([[null], [undefined]])('is missing where it is %s', material => {
    expect(complaintAbout(material, { algorithm: 'RS256', name: 'publicKey' })).toBe(
      `publicKey is missing: it is ${material}`,
    )
  })

  test('is told from PEM whose line breaks have been escaped', () => {
    const pem = toPem(ec.publicKey).replaceAll('\n', '\\n')
    expect(complaintAbout(pem, { algorithm: 'ES256' })).toContain(String.raw`put .replaceAll("\\n", "\n") behind it`)
  })

  test.each<[string, string]>([
    ['nothing', ''],
    ['a secret', strongSecret],
    ['the text of a JWK', JSON.stringify(toJwk(rsa.publicKey))],
    ['a private key without its end', toPem(rsa.privateKey).slice(0, 400)],
    ['a public key of garbage', '-----BEGIN PUBLIC KEY-----\nAAAAAAAAAAAAAAAAAAAAAAAA\n-----END PUBLIC KEY-----\n'],
    [
      'an encrypted key',
      ec.privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'pass' }).toString(),
    ],
  ])('is not imported from %s as PEM', (_, pem) => {
    expect(complaintAbout(pem, { algorithm: 'ES256' })).toBe(
      'key is no PEM text that can be read: it must start with a line -----BEGIN ...----- and not be encrypted',
    )
  })

  test('names the fault of PEM that OpenSSL finds as the cause', () => {
    const { cause } = thrownMistakeOf(() => importKey('-----BEGIN PUBLIC KEY-----', { algorithm: 'ES256' }))
    expect(cause).toBeInstanceOf(Error)
    expect(cause).toHaveProperty('code')
  })

  test.each([
    ['an unknown kty', { kty: 'XYZ' }],
    ['an unknown curve', { ...toJwk(ec.publicKey), crv: 'P-999' }],
    ['a point beside the curve', { ...toJwk(ec.publicKey), y: toJwk(ec.publicKey).x }],
    ['a missing coordinate', { kty: 'EC', crv: 'P-256', x: toJwk(ec.publicKey).x }],
    ['the kty of secrets', octets],
  ])('is not imported from a JWK with %s', (_, jwk) => {
    expect(complaintAbout(jwk, { algorithm: 'ES256' })).toBe(
      'key is no JWK that can be read (RFC 7517): check kty and its members',
    )
  })

  // Node names what it was given instead of the text that it expects.
  test('is not quoted by the cause where a JWK has it as a number, or as its kty', () => {
    const { d = '', ...rest } = toJwk(ec.privateKey)
    const number = BigInt(`0x${Buffer.from(d, 'base64url').toString('hex')}`)
    for (const jwk of [
      { ...rest, d: number },
      { ...rest, d, kty: d },
    ]) {
      const error = thrownMistakeOf(() => importKey(jwk as KeyMaterial, { algorithm: 'ES256' }))
      const shown = inspect(error, { depth: 9, showHidden: true })
      expect(shown).toContain('key is no JWK that can be read')
      expect(shown).not.toContain(String(number).slice(0, 20))
      expect(shown).not.toContain(d.slice(0, 20))
    }
  })

  test.each<[string, KeyMaterial, Algorithm, string]>([
    [
      'a key of 1024 bits',
      weakRsa.publicKey,
      'RS256',
      'key has 1024 bits; RS256 needs at least 2048 (RFC 7518 section 3.3)',
    ],
    [
      'a key of 1024 bits',
      weakRsa.privateKey,
      'PS256',
      'key has 1024 bits; PS256 needs at least 2048 (RFC 7518 section 3.3)',
    ],
    ['an exponent of 1', { ...toJwk(rsa.publicKey), e: 'AQ' }, 'RS256', 'key has an unfit public exponent: use 65537'],
    [
      'an even exponent',
      { ...toJwk(rsa.publicKey), e: 'AQAA' },
      'RS256',
      'key has an unfit public exponent: use 65537',
    ],
    ['an EC key', ec.publicKey, 'RS256', 'key is a ec key; RS256 needs an RSA key'],
    ['an EC key', ec.publicKey, 'PS256', 'key is a ec key; PS256 needs an RSA key'],
    ['a key of RSASSA-PSS', pss.publicKey, 'RS256', 'key is a rsa-pss key; RS256 needs an RSA key'],
    ['an RSA key', rsa.publicKey, 'ES256', 'key is a rsa key; ES256 needs an EC key'],
    ['an Ed25519 key', edwards.publicKey, 'ES256', 'key is a ed25519 key; ES256 needs an EC key'],
    ['an EC key', ec.publicKey, 'EdDSA', 'key is a ec key; EdDSA needs an Ed25519 key'],
    ['an Ed448 key', generateKeyPairSync('ed448').publicKey, 'EdDSA', 'key is a ed448 key; EdDSA needs an Ed25519 key'],
    [
      'an X25519 key',
      generateKeyPairSync('x25519').publicKey,
      'Ed25519',
      'key is a x25519 key; Ed25519 needs an Ed25519 key',
    ],
    ['a secret', createSecretKey(Buffer.from(strongSecret)), 'RS256', 'key is a secret key; RS256 needs an RSA key'],
    [
      'the curve of ES384',
      generateKeyPair('ES384').publicKey,
      'ES256',
      'key is on the curve secp384r1; ES256 needs prime256v1 (RFC 7518 section 3.4)',
    ],
    [
      'the curve of ES256',
      ec.publicKey,
      'ES512',
      'key is on the curve prime256v1; ES512 needs secp521r1 (RFC 7518 section 3.4)',
    ],
    [
      'secp256k1',
      generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).publicKey,
      'ES256',
      'key is on the curve secp256k1; ES256 needs prime256v1 (RFC 7518 section 3.4)',
    ],
    [
      'parameters of another hash',
      boundPss.publicKey,
      'PS384',
      'key is an RSASSA-PSS key with parameters that PS384 does not have',
    ],
  ])('is refused with %s', (_, material, algorithm, complaint) => {
    expect(complaintAbout(material, { algorithm })).toBe(complaint)
  })

  test.each([
    ['another hash', { hashAlgorithm: 'sha512', mgf1HashAlgorithm: 'sha256', saltLength: 32 }],
    ['another hash of the mask', { hashAlgorithm: 'sha256', mgf1HashAlgorithm: 'sha1', saltLength: 32 }],
    ['a longer salt', { hashAlgorithm: 'sha256', mgf1HashAlgorithm: 'sha256', saltLength: 64 }],
  ])('of RSASSA-PSS is refused for PS256 with %s', (_, parameters) => {
    const { publicKey } = generatePssKeyPair(parameters)
    expect(complaintAbout(publicKey, { algorithm: 'PS256' })).toBe(
      'key is an RSASSA-PSS key with parameters that PS256 does not have',
    )
  })

  test('of RSA is refused where the runtime tells nothing about it', () => {
    const key = createPublicKey(toPem(rsa.publicKey))
    Object.defineProperty(key, 'asymmetricKeyDetails', { value: undefined })
    expect(complaintAbout(key, { algorithm: 'RS256' })).toMatch(/^key has 0 bits; RS256 needs at least 2048/)
  })

  test('of RSA is refused where the runtime tells no exponent', () => {
    const key = createPublicKey(toPem(rsa.publicKey))
    Object.defineProperty(key, 'asymmetricKeyDetails', { value: { modulusLength: 2048 } })
    expect(complaintAbout(key, { algorithm: 'RS256' })).toBe('key has an unfit public exponent: use 65537')
  })

  test('of an unknown curve is refused', () => {
    const key = createPublicKey(toPem(ec.publicKey))
    Object.defineProperty(key, 'asymmetricKeyDetails', { value: undefined })
    expect(complaintAbout(key, { algorithm: 'ES256' })).toBe(
      'key is on the curve undefined; ES256 needs prime256v1 (RFC 7518 section 3.4)',
    )
  })

  test.each([
    ['the neutral element', '01'.padEnd(64, '0')],
    ['the neutral element with the bit of the sign', `01${'80'.padStart(62, '0')}`],
    ['a point of order 2', `ec${'ff'.repeat(30)}7f`],
    ['a point of order 4', '00'.repeat(32)],
    ['a point of order 8', 'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a'],
    ['an encoding that is not canonical', `ee${'ff'.repeat(30)}7f`],
  ])('of Ed25519 is refused with %s', (_, point) => {
    const jwk = { kty: 'OKP', crv: 'Ed25519', x: Buffer.from(point, 'hex').toString('base64url') }
    expect(complaintAbout(jwk, { algorithm: 'EdDSA' })).toBe(
      'key is a point of small order, under which one signature fits many messages: make a new key',
    )
  })
})

describe('a JWK', () => {
  test.each([
    ['another alg', { alg: 'ES384' }, 'key is a JWK for alg "ES384", not for ES256: a key has one algorithm'],
    ['an alg of secrets', { alg: 'HS256' }, 'key is a JWK for alg "HS256", not for ES256: a key has one algorithm'],
    ['an alg of Ed25519', { alg: 'EdDSA' }, 'key is a JWK for alg "EdDSA", not for ES256: a key has one algorithm'],
    [
      'an alg in another case',
      { alg: 'es256' },
      'key is a JWK for alg "es256", not for ES256: a key has one algorithm',
    ],
    ['an alg of null', { alg: null }, 'key is a JWK for alg null, not for ES256: a key has one algorithm'],
    ['the use of encryption', { use: 'enc' }, "key is a JWK whose use is not 'sig'"],
    ['a use of null', { use: null }, "key is a JWK whose use is not 'sig'"],
    [
      'key_ops without sign and verify',
      { key_ops: ['deriveKey'] },
      'key is a JWK whose key_ops allow neither sign nor verify',
    ],
    ['no key_ops', { key_ops: [] }, 'key is a JWK whose key_ops allow neither sign nor verify'],
    ['key_ops that are no list', { key_ops: 'verify' }, 'key is a JWK whose key_ops allow neither sign nor verify'],
    ['a kid that is a number', { kid: 1 }, 'the kid of key must be a string (RFC 7515 section 4.1.4)'],
    ['a kid of null', { kid: null }, 'the kid of key must be a string (RFC 7515 section 4.1.4)'],
  ])('is refused with %s', (_, members, complaint) => {
    expect(complaintAbout({ ...toJwk(ec.publicKey), ...members }, { algorithm: 'ES256' })).toBe(complaint)
  })

  test('of Ed25519 is bound to the two names of its algorithm', () => {
    expect(complaintAbout({ ...toJwk(edwards.publicKey), alg: 'ES256' }, { algorithm: 'EdDSA' })).toBe(
      'key is a JWK for alg "ES256", not for EdDSA: a key has one algorithm',
    )
  })

  test('of a secret is bound to its alg as well', () => {
    expect(complaintAbout({ ...octets, alg: 'HS512' }, { algorithm: 'HS256' })).toBe(
      'key is a JWK for alg "HS512", not for HS256: a key has one algorithm',
    )
  })
})

describe('the kid of a key', () => {
  const jwk = { ...octets, kid: 'from-jwk' }

  test('is that of the JWK', () => {
    expect(importKey(jwk, { algorithm: 'HS256' }).kid).toBe('from-jwk')
  })

  test('is the given one rather than that of the JWK', () => {
    expect(importKey(jwk, { algorithm: 'HS256', kid: 'given' }).kid).toBe('given')
  })

  test('is absent where nobody gave one', () => {
    expect(importKey(strongSecret, { algorithm: 'HS256' }).kid).toBeUndefined()
  })

  test.each([[42], [null], [['a']], [{}]])('cannot be %j', kid => {
    expect(complaintAbout(strongSecret, { algorithm: 'HS256', kid: kid as never })).toBe(
      'the kid of key must be a string (RFC 7515 section 4.1.4)',
    )
  })
})

describe('the arguments of importKey', () => {
  test.each(['none', 'hs256', '', 'constructor', undefined])('cannot name the algorithm %j', algorithm => {
    expect(complaintAbout(strongSecret, { algorithm: algorithm as never })).toMatch(
      /^algorithm .* ?is unknown; known: HS256, HS384, .*, EdDSA, Ed25519$/,
    )
  })

  test.each(['HS256', 'RS256'] as const)('cannot lack the key for %s', algorithm => {
    expect(complaintAbout(undefined, { algorithm, name: 'the key' })).toBe('the key is missing: it is undefined')
  })

  test('cannot hold a key that has been imported', () => {
    const key = importKey(strongSecret, { algorithm: 'HS256' })
    expect(complaintAbout(key, { algorithm: 'HS256', name: 'secretKey' })).toBe(
      'secretKey has been imported already: use it as it is',
    )
  })

  test('name the key in messages', () => {
    expect(complaintAbout('', { algorithm: 'HS256', name: 'the old secret' })).toMatch(/^the old secret is empty/)
  })
})
