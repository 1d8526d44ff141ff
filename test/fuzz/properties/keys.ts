import assert from 'node:assert/strict'
import { createHash, createHmac, createSecretKey, type KeyObject } from 'node:crypto'
import fc from 'fast-check'
import { type Algorithm, algorithms, specOf } from '../../../src/keys/algorithms.ts'
import { type ImportKeyOptions, importKey, type KeyMaterial } from '../../../src/keys/import-key.ts'
import type { Key } from '../../../src/keys/key.ts'
import { strongSecret } from '../../support/configure.ts'
import { forgeToken, plainClaims } from '../../support/forge.ts'
import {
  type AsymmetricAlgorithm,
  generateKeyPair,
  type KeyPair,
  toDer,
  toJwk,
  toPem,
} from '../../support/key-pairs.ts'
import { codeOf, managerWith, unlessMistaken } from './outcomes.ts'
import type { Properties } from './property.ts'

const pairs: Readonly<Partial<Record<Algorithm, KeyPair>>> = {
  RS256: generateKeyPair('RS256'),
  ES256: generateKeyPair('ES256'),
  ES384: generateKeyPair('ES384'),
  ES512: generateKeyPair('ES512'),
  EdDSA: generateKeyPair('EdDSA'),
}
const [rsa, edwards] = [pairs.RS256, pairs.EdDSA] as [KeyPair, KeyPair]

/** RSA keys serve all RSA algorithms, so the binding to one is all that tells them apart. */
const pairOf = (algorithm: AsymmetricAlgorithm): KeyPair =>
  pairs[algorithm] ?? (specOf(algorithm).family === 'rsa' ? rsa : edwards)

const names = Object.keys(algorithms) as Algorithm[]
const algorithm = fc.constantFrom(...names)
const isAsymmetric = (name: Algorithm): name is AsymmetricAlgorithm => specOf(name).family !== 'hmac'
const asymmetric = fc.constantFrom(...names.filter(isAsymmetric))

function managerOf(name: Algorithm, keys?: KeyPair): ReturnType<typeof managerWith> {
  return managerWith({ algorithm: name, ...(isAsymmetric(name) && (keys ?? pairOf(name))) })
}

const managers = new Map(names.map(name => [name, managerOf(name)]))

function managerFor(name: Algorithm): ReturnType<typeof managerWith> {
  return managers.get(name) ?? managerOf(name)
}

/** Bytes without any pattern, which shrink to other such bytes. */
const randomBytes = (length: fc.Arbitrary<number>): fc.Arbitrary<Buffer> =>
  fc
    .tuple(fc.nat(), length)
    .map(([seed, outputLength]) => createHash('shake256', { outputLength }).update(String(seed)).digest())

/** Of version 4, all but these bits random. */
const uuid = randomBytes(fc.constant(16)).map(bytes => {
  bytes[6] = (bytes.readUInt8(6) & 0x0f) | 0x40
  bytes[8] = (bytes.readUInt8(8) & 0x3f) | 0x80
  return bytes.toString('hex').replace(/(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
})

const secretBytes = { HS256: 32, HS384: 48, HS512: 64 } as const
const hmacAlgorithm = fc.constantFrom('HS256', 'HS384', 'HS512')

const isAccepted = async (material: unknown, options: ImportKeyOptions): Promise<boolean> =>
  (await unlessMistaken(() => importKey(material as KeyMaterial, options))) !== undefined

const textOf = (bytes: Buffer): string => bytes.toString('base64url')

const jwkMembers = fc.record(
  {
    kty: fc.constantFrom('oct', 'RSA', 'EC', 'OKP', 'none', ''),
    alg: fc.oneof(algorithm, fc.anything()),
    use: fc.constantFrom('sig', 'enc'),
    key_ops: fc.oneof(fc.subarray(['sign', 'verify', 'encrypt']), fc.anything()),
    kid: fc.oneof(fc.string(), fc.anything()),
    crv: fc.constantFrom('P-256', 'P-384', 'P-521', 'Ed25519', 'Ed448', 'X25519', 'secp256k1', ''),
    ...Object.fromEntries(
      ['x', 'y', 'n', 'e', 'd', 'p', 'q', 'dp', 'dq', 'qi', 'k'].map(name => [
        name,
        fc.oneof(randomBytes(fc.nat(66)).map(textOf), fc.anything()),
      ]),
    ),
  },
  { requiredKeys: ['kty'] },
)

const material = fc.oneof(
  fc.anything(),
  fc.string({ unit: 'binary' }),
  fc.uint8Array(),
  jwkMembers,
  fc.string().map(text => `-----BEGIN PRIVATE KEY-----\n${text}\n-----END PRIVATE KEY-----`),
  fc.string().map(text => `-----BEGIN PUBLIC KEY-----\n${text}\n-----END PUBLIC KEY-----`),
)

/** A JWK of a public RSA key: a number that ends in a one bit and begins with one is enough for a modulus. */
function rsaJwk(bits: number, exponent: number): object {
  const bytes = createHash('shake256', { outputLength: Math.ceil(bits / 8) })
    .update(String(bits))
    .digest()
  const topBit = (bits - 1) % 8
  bytes[0] = ((bytes[0] ?? 0) & ((1 << topBit) - 1)) | (1 << topBit)
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) | 1
  const e = Buffer.from(exponent.toString(16).padStart(8, '0'), 'hex')
  return { kty: 'RSA', n: textOf(bytes), e: textOf(e.subarray(e.findIndex(byte => byte !== 0))) }
}

const formsOf: Readonly<Record<string, (key: KeyObject) => KeyMaterial>> = {
  PEM: toPem,
  JWK: key => toJwk(key) as KeyMaterial,
  'JWK with alg': key => ({ ...toJwk(key), use: 'sig' }) as KeyMaterial,
  KeyObject: key => key,
}
const form = fc.constantFrom(...Object.keys(formsOf))

const placeholders = [
  'changeme',
  'change_this',
  'Change-It',
  'your-256-bit-secret',
  'YOUR_JWT_KEY',
  'super-secret',
  'my_secret_key',
  's3cr3t-k3y',
  '5up3r53cr3t',
  '$'.concat('{JWT_SECRET}'),
  '[object Object]',
  'REPLACE-ME',
  'placeholder',
  'for_development',
  'insert-your',
]

export const keyProperties: Properties = {
  'a token of one algorithm never verifies under a key of another': fc.asyncProperty(
    algorithm,
    algorithm,
    fc.boolean(),
    async (from, to, isRenamed) => {
      fc.pre(from !== to)
      const [header = '', payload, signature] = (await managerFor(from).createAccessToken('alice')).split('.')
      const renamed = textOf(Buffer.from(JSON.stringify({ alg: to, typ: 'JWT' })))
      const token = [isRenamed ? renamed : header, payload, signature].join('.')
      assert.equal(await codeOf(managerFor(to).verifyToken(token)), 'token_invalid')
    },
  ),

  'a public key is never taken for a secret': fc.asyncProperty(
    asymmetric,
    hmacAlgorithm,
    fc.constantFrom('pem', 'pem without its last line break', 'der', 'jwk'),
    async (name, alg, how) => {
      const { publicKey } = pairOf(name)
      const texts = {
        pem: toPem(publicKey),
        'pem without its last line break': toPem(publicKey).trimEnd(),
        der: toDer(publicKey),
        jwk: JSON.stringify(toJwk(publicKey)),
      }
      const secret = texts[how]
      const input = [{ alg, typ: 'JWT' }, plainClaims].map(part => textOf(Buffer.from(JSON.stringify(part)))).join('.')
      const token = `${input}.${textOf(
        createHmac(`sha${alg.slice(2)}`, secret)
          .update(input)
          .digest(),
      )}`
      assert.equal(await codeOf(managerFor(name).verifyToken(token)), 'token_invalid')
      assert.equal(await isAccepted(secret, { algorithm: alg, dangerouslyAllowWeakSecret: true }), false)
    },
  ),

  'an alg that is not configured is refused, however it is written': fc.asyncProperty(
    fc.oneof(
      fc.constantFrom<unknown>(
        'none',
        'None',
        'hs256',
        'HS256 ',
        'HS384',
        '',
        null,
        ['HS256'],
        'toString',
        '__proto__',
      ),
      fc.string(),
      fc.jsonValue(),
    ),
    async alg => {
      fc.pre(alg !== 'HS256')
      assert.equal(await codeOf(managerFor('HS256').verifyToken(forgeToken({ header: { alg } }))), 'token_invalid')
    },
  ),

  'no bit of a signature can be another': fc.asyncProperty(algorithm, fc.nat(), async (name, at) => {
    const manager = managerFor(name)
    const [header, payload, signature = ''] = (await manager.createAccessToken('alice')).split('.')
    const bytes = Buffer.from(signature, 'base64url')
    const bit = at % (bytes.length * 8)
    bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7))
    assert.equal(await codeOf(manager.verifyToken(`${header}.${payload}.${textOf(bytes)}`)), 'token_invalid')
  }),

  'bytes that nobody signed are no signature, however many': fc.asyncProperty(
    algorithm,
    fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.constantFrom(0, 64, 96, 132, 256).map(length => new Uint8Array(length)),
      randomBytes(fc.constantFrom(32, 48, 64, 96, 132, 256)),
    ),
    async (name, bytes) => {
      const manager = managerFor(name)
      const [header, payload] = (await manager.createAccessToken('alice')).split('.')
      const signature = textOf(Buffer.from(bytes))
      assert.equal(await codeOf(manager.verifyToken(`${header}.${payload}.${signature}`)), 'token_invalid')
    },
  ),

  'a signature cut short or drawn out is refused': fc.asyncProperty(
    algorithm,
    fc.integer({ min: -3, max: 3 }),
    fc.boolean(),
    async (name, by, isFront) => {
      fc.pre(by !== 0)
      const manager = managerFor(name)
      const [header, payload, signature = ''] = (await manager.createAccessToken('alice')).split('.')
      const bytes = Buffer.from(signature, 'base64url')
      const more = Buffer.alloc(Math.max(0, by))
      const less = isFront ? bytes.subarray(Math.max(0, -by)) : bytes.subarray(0, bytes.length + Math.min(0, by))
      const edited = Buffer.concat(isFront ? [more, less] : [less, more])
      assert.equal(await codeOf(manager.verifyToken(`${header}.${payload}.${textOf(edited)}`)), 'token_invalid')
    },
  ),

  'a key verifies in whatever form it is given': fc.asyncProperty(
    asymmetric,
    form,
    form,
    async (name, ofPrivate, ofPublic) => {
      const { privateKey, publicKey } = pairOf(name)
      const keys = { privateKey: formsOf[ofPrivate]?.(privateKey), publicKey: formsOf[ofPublic]?.(publicKey) }
      const manager = managerWith({ algorithm: name, ...keys })
      assert.equal(await codeOf(managerFor(name).verifyToken(await manager.createAccessToken('alice'))), 'accepted')
      assert.equal(await codeOf(manager.verifyToken(await managerFor(name).createAccessToken('alice'))), 'accepted')
    },
  ),

  'a secret verifies in whatever form it is given': fc.asyncProperty(
    hmacAlgorithm,
    randomBytes(fc.constantFrom(64, 65, 100)),
    async (name, secret) => {
      const forms: KeyMaterial[] = [
        secret,
        new Uint8Array(secret),
        createSecretKey(secret),
        { kty: 'oct', k: textOf(secret) },
      ]
      const [first, ...others] = forms.map(secretKey => managerWith({ algorithm: name, secretKey }))
      const token = await first?.createAccessToken('alice')
      for (const other of others) assert.equal(await codeOf(other.verifyToken(token ?? '')), 'accepted')
    },
  ),

  'one who has the public key alone verifies and cannot sign': fc.asyncProperty(asymmetric, form, async (name, how) => {
    const publicKey = formsOf[how]?.(pairOf(name).publicKey)
    const reader = managerWith({ algorithm: name, publicKey })
    assert.equal(await codeOf(reader.verifyToken(await managerFor(name).createAccessToken('alice'))), 'accepted')
    assert.equal(await unlessMistaken(() => reader.createAccessToken('alice')), undefined)
    assert.equal(await unlessMistaken(() => managerWith({ algorithm: name, privateKey: publicKey })), undefined)
  }),

  'a key is imported for the algorithms that it fits, and for no other': fc.asyncProperty(
    algorithm,
    algorithm,
    fc.boolean(),
    async (name, other, isPublic) => {
      const key = isAsymmetric(name)
        ? pairOf(name)[isPublic ? 'publicKey' : 'privateKey']
        : createSecretKey(Buffer.from(strongSecret))
      const curveOf = (alg: Algorithm): unknown => ({ curve: undefined, ...specOf(alg) }).curve
      const fits = specOf(name).family === specOf(other).family && curveOf(name) === curveOf(other)
      assert.equal(await isAccepted(key, { algorithm: other }), fits)
    },
  ),

  'a JWK says what it is for, and is held to it': fc.asyncProperty(
    asymmetric,
    algorithm,
    fc.constantFrom('sig', 'enc', '', 'SIG'),
    fc.option(fc.subarray(['sign', 'verify', 'encrypt', 'deriveKey']), { nil: undefined }),
    async (name, alg, use, operations) => {
      const jwk = { ...toJwk(pairOf(name).publicKey), alg, use, key_ops: operations }
      const isEdwards = [name, alg].every(one => specOf(one).family === 'ed25519')
      const fits =
        (alg === name || isEdwards) && use === 'sig' && (operations?.some(one => /sign|verify/.test(one)) ?? true)
      assert.equal(await isAccepted(jwk, { algorithm: name }), fits)
    },
  ),

  'whatever is imported, nothing but a TypeError is thrown': fc.asyncProperty(
    material,
    fc.oneof(
      fc.record({ algorithm }),
      fc.record(
        {
          algorithm: fc.oneof(algorithm, fc.anything()),
          kid: fc.anything(),
          name: fc.string(),
          dangerouslyAllowWeakSecret: fc.boolean(),
        },
        { requiredKeys: ['algorithm'] },
      ),
      fc.anything(),
    ),
    async (given, options) => {
      await isAccepted(given, options as ImportKeyOptions)
    },
  ),

  'an RSA key has at least 2048 bits': fc.asyncProperty(
    fc.integer({ min: 512, max: 3072 }),
    fc.constantFrom('RS256', 'RS512', 'PS384'),
    async (bits, name) => {
      assert.equal(await isAccepted(rsaJwk(bits, 65_537), { algorithm: name }), bits >= 2048)
    },
  ),

  'the public exponent of an RSA key is odd and above one': fc.asyncProperty(
    fc.integer({ min: 1, max: 2 ** 31 - 1 }),
    async exponent => {
      const isFit = exponent % 2 === 1 && exponent >= 3
      assert.equal(await isAccepted(rsaJwk(2048, exponent), { algorithm: 'RS256' }), isFit)
    },
  ),

  'random bytes are a good secret, as they are and in text': fc.asyncProperty(
    hmacAlgorithm,
    randomBytes(fc.integer({ min: 64, max: 200 })),
    fc.constantFrom('bytes', 'base64url', 'base64', 'hex'),
    async (name, bytes, how) => {
      const exact = bytes.subarray(0, secretBytes[name])
      assert.ok(await isAccepted(how === 'bytes' ? exact : exact.toString(how), { algorithm: name }))
      assert.ok(await isAccepted(how === 'bytes' ? bytes : bytes.toString(how), { algorithm: name }))
    },
  ),

  'UUIDs are a good secret, alone and joined': fc.asyncProperty(
    // One that comes twice would repeat itself.
    fc.uniqueArray(uuid, { minLength: 1, maxLength: 3 }),
    fc.constantFrom('', '-', '.'),
    async (uuids, joint) => {
      assert.ok(await isAccepted(uuids.join(joint), { algorithm: 'HS256' }))
    },
  ),

  'a secret shorter than the hash is refused, in every form': fc.asyncProperty(
    hmacAlgorithm,
    randomBytes(fc.nat(63)),
    async (name, bytes) => {
      fc.pre(bytes.length < secretBytes[name])
      assert.equal(await isAccepted(bytes, { algorithm: name }), false)
      assert.equal(await isAccepted({ kty: 'oct', k: textOf(bytes) }, { algorithm: name }), false)
      assert.equal(await isAccepted(textOf(bytes).slice(0, secretBytes[name] - 1), { algorithm: name }), false)
    },
  ),

  'a placeholder is refused, whatever surrounds it': fc.asyncProperty(
    fc.constantFrom(...placeholders),
    randomBytes(fc.constant(60)).map(textOf),
    fc.nat(80),
    async (placeholder, filling, at) => {
      assert.ok(await isAccepted(filling, { algorithm: 'HS256' }))
      const secret = `${filling.slice(0, at)}${placeholder}${filling.slice(at)}`
      assert.equal(await isAccepted(secret, { algorithm: 'HS256' }), false)
    },
  ),

  'a secret that repeats itself is refused, whatever it repeats': fc.asyncProperty(
    randomBytes(fc.integer({ min: 1, max: 40 })),
    fc.integer({ min: 2, max: 9 }),
    async (piece, times) => {
      const secret = Buffer.concat(Array.from({ length: times }, () => piece))
      assert.equal(await isAccepted(secret, { algorithm: 'HS256' }), false)
    },
  ),

  'the kid of a token makes no difference where there is one key': fc.asyncProperty(
    fc.string({ unit: 'grapheme' }),
    fc.option(fc.string(), { nil: undefined }),
    async (kid, own) => {
      const secretKey = importKey(strongSecret, { algorithm: 'HS256', ...(own !== undefined && { kid: own }) })
      const manager = managerWith({ secretKey: undefined, decodeKey: () => secretKey })
      for (const one of [manager, managerFor('HS256')])
        assert.equal(await codeOf(one.verifyToken(forgeToken({ header: { alg: 'HS256', kid } }))), 'accepted')
    },
  ),

  'a token cannot bring its own key': fc.asyncProperty(
    fc.constantFrom('ES256', 'ES384', 'EdDSA'),
    fc.constantFrom('jwk', 'jku', 'x5u', 'x5c', 'x5t', 'kid'),
    fc.webUrl(),
    async (name, member, url) => {
      const { privateKey, publicKey } = generateKeyPair(name)
      const offered: Readonly<Record<string, unknown>> = {
        jwk: toJwk(publicKey),
        x5c: [toDer(publicKey).toString('base64')],
      }
      const value = offered[member] ?? url
      const token = await signWith(importKey(privateKey, { algorithm: name }), { alg: name, [member]: value })
      assert.equal(await codeOf(managerFor(name).verifyToken(token)), 'token_invalid')
    },
  ),
}

async function signWith(key: Key, header: object): Promise<string> {
  const input = [header, plainClaims].map(part => textOf(Buffer.from(JSON.stringify(part)))).join('.')
  return `${input}.${await key.sign(input)}`
}
