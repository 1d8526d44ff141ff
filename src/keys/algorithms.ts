interface HmacAlgorithm {
  readonly family: 'hmac'
  readonly hash: 'sha256' | 'sha384' | 'sha512'
  /** The length of the hash's output in bytes, which RFC 7518 section 3.2 asks of the secret. */
  readonly secretBytes: number
}

export interface RsaAlgorithm {
  readonly family: 'rsa'
  readonly hash: string
  /** The length of the salt in bytes for RSASSA-PSS (RFC 7518 section 3.5); absent for PKCS #1 v1.5. */
  readonly saltBytes?: number
}

interface EcAlgorithm {
  readonly family: 'ec'
  readonly hash: string
  /** The name that OpenSSL has for the curve. */
  readonly curve: string
  /** The length of r || s in bytes (RFC 7518 section 3.4). */
  readonly signatureBytes: number
}

interface Ed25519Algorithm {
  readonly family: 'ed25519'
  readonly signatureBytes: number
}

export type AlgorithmSpec = HmacAlgorithm | RsaAlgorithm | EcAlgorithm | Ed25519Algorithm

/** The `alg` of a token (RFC 7518 section 3.1). */
export type Algorithm =
  | 'HS256'
  | 'HS384'
  | 'HS512'
  | 'RS256'
  | 'RS384'
  | 'RS512'
  | 'PS256'
  | 'PS384'
  | 'PS512'
  | 'ES256'
  | 'ES384'
  | 'ES512'
  | 'EdDSA'
  | 'Ed25519'

/**
 * Every algorithm there is (RFC 7518 section 3.1, RFC 8037, RFC 9864). `none` does not exist. `EdDSA` and `Ed25519`
 * are two names of one algorithm here: of the curves of EdDSA only Ed25519 is supported.
 */
export const algorithms: Readonly<Record<Algorithm, AlgorithmSpec>> = {
  HS256: { family: 'hmac', hash: 'sha256', secretBytes: 32 },
  HS384: { family: 'hmac', hash: 'sha384', secretBytes: 48 },
  HS512: { family: 'hmac', hash: 'sha512', secretBytes: 64 },
  RS256: { family: 'rsa', hash: 'sha256' },
  RS384: { family: 'rsa', hash: 'sha384' },
  RS512: { family: 'rsa', hash: 'sha512' },
  PS256: { family: 'rsa', hash: 'sha256', saltBytes: 32 },
  PS384: { family: 'rsa', hash: 'sha384', saltBytes: 48 },
  PS512: { family: 'rsa', hash: 'sha512', saltBytes: 64 },
  ES256: { family: 'ec', hash: 'sha256', curve: 'prime256v1', signatureBytes: 64 },
  ES384: { family: 'ec', hash: 'sha384', curve: 'secp384r1', signatureBytes: 96 },
  ES512: { family: 'ec', hash: 'sha512', curve: 'secp521r1', signatureBytes: 132 },
  EdDSA: { family: 'ed25519', signatureBytes: 64 },
  Ed25519: { family: 'ed25519', signatureBytes: 64 },
}

export function isAlgorithm(value: unknown): value is Algorithm {
  return typeof value === 'string' && Object.hasOwn(algorithms, value)
}

export function specOf(algorithm: Algorithm): AlgorithmSpec {
  return algorithms[algorithm]
}

/** Whether one key can serve both: a secret, an RSA key, an Ed25519 key; but an EC key is on one curve. */
export function canShareKey(left: Algorithm, right: Algorithm): boolean {
  const { family } = specOf(left)
  return left === right || (family === specOf(right).family && family !== 'ec')
}

/** Whether an algorithm signs and verifies with one shared secret. */
export function isSymmetric(algorithm: Algorithm): boolean {
  return specOf(algorithm).family === 'hmac'
}
