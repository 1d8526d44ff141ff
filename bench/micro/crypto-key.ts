import { type KeyObject, webcrypto } from 'node:crypto'
import type { BenchAlgorithm } from '../tokens.ts'

const parameters = {
  HS256: { name: 'HMAC', hash: 'SHA-256' },
  RS256: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
  PS256: { name: 'RSA-PSS', hash: 'SHA-256' },
  ES256: { name: 'ECDSA', namedCurve: 'P-256' },
  EdDSA: { name: 'Ed25519' },
} as const satisfies Record<BenchAlgorithm, object>

/** The key of those who use the Web Cryptography API, imported once. */
export function toCryptoKey(key: KeyObject, algorithm: BenchAlgorithm): Promise<CryptoKey> {
  const usages: webcrypto.KeyUsage[] =
    key.type === 'secret' ? ['sign', 'verify'] : [key.type === 'private' ? 'sign' : 'verify']
  const { alg: _, key_ops: __, ...jwk } = key.export({ format: 'jwk' }) as webcrypto.JsonWebKey
  return webcrypto.subtle.importKey('jwk', jwk, parameters[algorithm], true, usages)
}

export type CryptoKey = webcrypto.CryptoKey
