import { createSecretKey, type JsonWebKey, type KeyObject } from 'node:crypto'
import { type JWK, jwtVerify, SignJWT } from 'jose'
import { describe, expect, test } from 'vitest'
import { type Algorithm, JwtManager, type JwtOptions, type KeyMaterial } from '../../src/index.ts'
import { now, strongSecret } from '../support/configure.ts'
import { type AsymmetricAlgorithm, generateKeyPair, type KeyPair, toJwk, toPem } from '../support/key-pairs.ts'

/** A key as an application may hold it. */
interface Form {
  readonly form: string
  readonly algorithm: Algorithm
  readonly keys: Pick<JwtOptions, 'secretKey' | 'privateKey' | 'publicKey'>
  readonly signer: KeyObject
  readonly verifier: KeyObject
}

const clock = (): number => now * 1000

function formsOfSecret(algorithm: Algorithm): Form[] {
  const key = createSecretKey(Buffer.from(strongSecret))
  const secrets: [string, KeyMaterial][] = [
    ['text', strongSecret],
    ['bytes', new TextEncoder().encode(strongSecret)],
    ['JWK', { ...toJwk(key), alg: algorithm }],
    ['KeyObject', key],
  ]
  return secrets.map(([form, secretKey]) => ({ form, algorithm, keys: { secretKey }, signer: key, verifier: key }))
}

function formsOfPair(algorithm: AsymmetricAlgorithm, { privateKey, publicKey }: KeyPair): Form[] {
  const jwk = (key: KeyObject): JsonWebKey => ({ ...toJwk(key), alg: algorithm, use: 'sig' })
  const common = { algorithm, signer: privateKey, verifier: publicKey }
  return [
    { ...common, form: 'PEM', keys: { privateKey: toPem(privateKey), publicKey: toPem(publicKey) } },
    { ...common, form: 'JWK', keys: { privateKey: jwk(privateKey), publicKey: jwk(publicKey) } },
    { ...common, form: 'KeyObject', keys: { privateKey, publicKey } },
  ]
}

const rsa = generateKeyPair('RS256')
const edwards = generateKeyPair('EdDSA')

const forms = [
  ...(['HS256', 'HS384', 'HS512'] as const).flatMap(formsOfSecret),
  ...(['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'] as const).flatMap(name => formsOfPair(name, rsa)),
  ...(['ES256', 'ES384', 'ES512'] as const).flatMap(name => formsOfPair(name, generateKeyPair(name))),
  ...(['EdDSA', 'Ed25519'] as const).flatMap(name => formsOfPair(name, edwards)),
]

const cases = forms.map(form => [form.algorithm, form.form, form] as const)

describe.each(cases)('%s with a key as %s', (algorithm, _, { keys, signer, verifier }) => {
  const manager = new JwtManager({ algorithm, clock, ...keys })

  test('signs what jose verifies', async () => {
    const token = await manager.createAccessToken('alice', { claims: { name: 'Ł', nested: { list: [1, null] } } })
    const { payload, protectedHeader } = await jwtVerify(token, verifier, {
      algorithms: [algorithm],
      currentDate: new Date(now * 1000),
    })
    expect(protectedHeader).toEqual({ alg: algorithm, typ: 'JWT' })
    expect(payload).toMatchObject({
      sub: 'alice',
      type: 'access',
      exp: now + 900,
      name: 'Ł',
      nested: { list: [1, null] },
    })
  })

  test('verifies what jose signs', async () => {
    const token = await new SignJWT({ type: 'access', fresh: true, name: 'Ł' })
      .setProtectedHeader({ alg: algorithm, kid: 'of-jose' })
      .setSubject('alice')
      .setExpirationTime(now + 60)
      .sign(signer)
    const { header, claims } = await manager.verifyToken(token)
    expect(header).toEqual({ alg: algorithm, kid: 'of-jose' })
    expect(claims).toMatchObject({ sub: 'alice', type: 'access', fresh: true, exp: now + 60, name: 'Ł' })
  })
})

describe('EdDSA and Ed25519', () => {
  test('are two names for one key', async () => {
    const manager = new JwtManager({ algorithm: 'EdDSA', decodeAlgorithms: ['Ed25519'], clock, ...edwards })
    const token = await new SignJWT({ sub: 'alice' }).setProtectedHeader({ alg: 'Ed25519' }).sign(edwards.privateKey)
    expect((await manager.verifyToken(token)).header.alg).toBe('Ed25519')
  })

  test('are told apart where only one is accepted', async () => {
    const manager = new JwtManager({ algorithm: 'EdDSA', clock, ...edwards })
    const token = await new SignJWT({ sub: 'alice' }).setProtectedHeader({ alg: 'Ed25519' }).sign(edwards.privateKey)
    await expect(manager.verifyToken(token)).rejects.toThrow('The specified alg value is not allowed')
  })
})

test('a JWK goes to both libraries', async () => {
  const manager = new JwtManager({ algorithm: 'ES256', clock, ...generateKeyPair('ES256') })
  const { privateKey, publicKey } = generateKeyPair('ES256')
  const other = new JwtManager({ algorithm: 'ES256', clock, privateKey: toJwk(privateKey) })
  const token = await other.createAccessToken('alice')
  const verified = await jwtVerify(token, toJwk(publicKey) as JWK, { currentDate: new Date(now * 1000) })
  expect(verified.payload.sub).toBe('alice')
  await expect(manager.verifyToken(token)).rejects.toThrow('Signature verification failed')
})
