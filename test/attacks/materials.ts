import { createHmac, createPrivateKey, constants as cryptoConstants, type JsonWebKey, sign } from 'node:crypto'
import type { JwtOptions } from 'jwt-extended'
import {
  type AttackCase,
  type CaseKeys,
  findKey,
  type JsonObject,
  type KeyEntry,
  type KeyTable,
  type TokenRecipe,
} from './corpus.ts'

/** What the application of a case configures as its key. */
export function materialOf(
  { verify, jwkWithoutAlg, jwkOverride, verifyRawB64, jwk, jwkLiteral }: CaseKeys,
  keys: KeyTable,
): unknown {
  if (verifyRawB64 !== undefined) return Buffer.from(verifyRawB64, 'base64')
  const literal = jwk ?? jwkLiteral
  if (literal !== undefined) return literal
  const { secretUtf8, jwk: secretJwk, publicJwk } = findKey(keys, verify ?? '')
  if (publicJwk === undefined && jwkOverride === undefined) return secretUtf8
  const { alg, ...withoutAlg } = { ...(publicJwk ?? secretJwk) }
  return { ...withoutAlg, ...(!jwkWithoutAlg && alg != null && { alg }), ...jwkOverride }
}

/** The place where an algorithm wants its key. Bytes that are no secret are text: PEM, or what is taken for it. */
export function keyOption(algorithm: string, material: unknown): JwtOptions {
  if (algorithm.startsWith('HS')) return { secretKey: material } as JwtOptions
  return { publicKey: Buffer.isBuffer(material) ? material.toString('latin1') : material } as JwtOptions
}

export function tokenOf(testCase: AttackCase, keys: KeyTable): unknown {
  const { token, tokenJson, tokenB64, tokenGen } = testCase
  if (token !== undefined) return token
  if (tokenB64 !== undefined) return Buffer.from(tokenB64, 'base64')
  return tokenGen === undefined ? tokenJson : makeToken(tokenGen, keys)
}

function makeToken({ prefix = '', repeat = '', count = 0, suffix = '', jwt }: TokenRecipe, keys: KeyTable): string {
  if (jwt === undefined) return prefix + repeat.repeat(count) + suffix
  const parts = jwt.payloadParts ?? [[manyMembers(jwt.payloadObjectCount ?? 0), 1]]
  const payload = parts.map(([text, times]) => text.repeat(times)).join('')
  return signText(jwt.header, payload, { alg: jwt.alg, entry: findKey(keys, jwt.key) })
}

function manyMembers(count: number): string {
  const members = Array.from({ length: count }, (_, index) => [String(index), index])
  return JSON.stringify({ sub: 'alice', type: 'access', exp: 1_800_000_900, ...Object.fromEntries(members) })
}

interface Signer {
  readonly alg: string
  readonly entry: KeyEntry
}

/** Signs by node:crypto alone: what is attacked does not make the attack. */
function signText(header: JsonObject, payload: string, { alg, entry }: Signer): string {
  const input = [JSON.stringify(header), payload].map(part => Buffer.from(part).toString('base64url')).join('.')
  return `${input}.${signatureOf(Buffer.from(input), alg, entry).toString('base64url')}`
}

function signatureOf(input: Buffer, alg: string, { secretUtf8 = '', privateJwk }: KeyEntry): Buffer {
  const hash = `sha${alg.slice(2)}`
  if (alg.startsWith('HS')) return createHmac(hash, secretUtf8).update(input).digest()
  const key = createPrivateKey({ key: { ...privateJwk } as JsonWebKey, format: 'jwk' })
  if (alg.startsWith('Ed')) return sign(null, input, key)
  if (alg.startsWith('ES')) return sign(hash, input, { key, dsaEncoding: 'ieee-p1363' })
  if (alg.startsWith('RS')) return sign(hash, input, key)
  const saltLength = Number(alg.slice(2)) / 8
  return sign(hash, input, { key, padding: cryptoConstants.RSA_PKCS1_PSS_PADDING, saltLength })
}
