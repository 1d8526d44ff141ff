import { generateKeyPairSync, type JsonWebKey, type KeyObject, type RSAPSSKeyPairKeyObjectOptions } from 'node:crypto'
import type { Algorithm } from '../../src/keys/algorithms.ts'

export interface KeyPair {
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
}

export type AsymmetricAlgorithm = Exclude<Algorithm, `HS${string}`>

const curves = { ES256: 'P-256', ES384: 'P-384', ES512: 'P-521' } as const

/** A fresh key pair that is fit for an algorithm. Slow for RSA: make one for a whole file. */
export function generateKeyPair(algorithm: AsymmetricAlgorithm): KeyPair {
  if (algorithm === 'EdDSA' || algorithm === 'Ed25519') return generateKeyPairSync('ed25519')
  if (algorithm === 'ES256' || algorithm === 'ES384' || algorithm === 'ES512') {
    return generateKeyPairSync('ec', { namedCurve: curves[algorithm] })
  }
  return generateKeyPairSync('rsa', { modulusLength: 2048 })
}

export interface PssParameters {
  readonly hashAlgorithm: string
  readonly mgf1HashAlgorithm: string
  readonly saltLength: number
}

/** A fresh pair of RSASSA-PSS keys, bound to parameters where they are given. */
export function generatePssKeyPair(parameters?: PssParameters): KeyPair {
  // Its types have text for the length of the salt, where the runtime takes a number alone.
  const options = { modulusLength: 2048, ...parameters } as unknown as RSAPSSKeyPairKeyObjectOptions
  return generateKeyPairSync('rsa-pss', options)
}

export function toPem(key: KeyObject): string {
  return key.export({ type: key.type === 'private' ? 'pkcs8' : 'spki', format: 'pem' }).toString()
}

export function toDer(key: KeyObject): Buffer {
  return key.export({ type: key.type === 'private' ? 'pkcs8' : 'spki', format: 'der' })
}

export function toJwk(key: KeyObject): JsonWebKey {
  return key.export({ format: 'jwk' })
}
