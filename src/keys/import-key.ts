import { createPrivateKey, createPublicKey, createSecretKey, type JsonWebKey, KeyObject } from 'node:crypto'
import { decodeBase64url } from '../internal/base64url.ts'
import { isPlainObject } from '../internal/plain-object.ts'
import { type Algorithm, algorithms, isAlgorithm, type RsaAlgorithm, specOf } from './algorithms.ts'
import { allowsWeakSecret, checkSecret } from './check-secret.ts'
import { bindKey, Key } from './key.ts'
import { isRocaModulus } from './roca.ts'
import { isSmallOrderPoint } from './small-order-points.ts'

/** A JSON Web Key (RFC 7517 section 4). */
export interface Jwk {
  readonly kty?: string | undefined
  readonly alg?: string | undefined
  readonly use?: string | undefined
  readonly key_ops?: readonly string[] | undefined
  readonly kid?: string | undefined
  readonly crv?: string | undefined
  readonly x?: string | undefined
  readonly y?: string | undefined
  readonly n?: string | undefined
  readonly e?: string | undefined
  readonly d?: string | undefined
  readonly p?: string | undefined
  readonly q?: string | undefined
  readonly dp?: string | undefined
  readonly dq?: string | undefined
  readonly qi?: string | undefined
  readonly k?: string | undefined
}

/** A key as an application has it: secret text or bytes, PEM text, a JWK (RFC 7517) or a `KeyObject` of `node:crypto`. */
export type KeyMaterial = string | Uint8Array | KeyObject | Jwk

export interface ImportKeyOptions {
  /** The one algorithm that the key is for. */
  readonly algorithm: Algorithm
  /** The key id; by default the `kid` of a JWK. */
  readonly kid?: string
  /** Turns off the rules about weak secrets: for development alone. @default false */
  readonly dangerouslyAllowWeakSecret?: boolean
  /** What messages call the key. @default 'key' */
  readonly name?: string
}

const minModulusBits = 2048

/**
 * Checks a key once and binds it to one algorithm: the type and the curve must fit, an RSA modulus must have at least
 * 2048 bits (RFC 7518 section 3.3), a secret at least as many bytes as the hash puts out (section 3.2).
 *
 * ```ts
 * const current = importKey(process.env.JWT_SECRET_KEY, { algorithm: 'HS256', kid: '2026-11' })
 * ```
 *
 * @throws TypeError that says what is wrong with the key and what to do; the key itself is never in it
 */
export function importKey(material: KeyMaterial | undefined, options: ImportKeyOptions): Key {
  const { algorithm, name = 'key' } = { ...options }
  if (!isAlgorithm(algorithm)) {
    throw new TypeError(
      `algorithm ${JSON.stringify(algorithm)} is unknown; known: ${Object.keys(algorithms).join(', ')}`,
    )
  }
  if (material === undefined || material === null) throw new TypeError(`${name} is missing: it is ${material}`)
  if (material instanceof Key) throw new TypeError(`${name} has been imported already: use it as it is`)
  if (isJwk(material)) checkJwk(material, algorithm, name)
  const keyObject = importKeyObject(material, options, name)
  return bindKey(keyObject, algorithm, readKid(material, options.kid, name))
}

function importKeyObject(material: KeyMaterial, options: ImportKeyOptions, name: string): KeyObject {
  const spec = specOf(options.algorithm)
  if (spec.family === 'hmac') return importSecret(material, options, spec.secretBytes, name)
  const keyObject = parseAsymmetric(material, name)
  checkAsymmetric(keyObject, options.algorithm, name)
  return keyObject
}

function importSecret(material: unknown, options: ImportKeyOptions, secretBytes: number, name: string): KeyObject {
  const secret = readSecret(material, options.algorithm, name)
  checkSecret(secret, {
    name,
    algorithm: options.algorithm,
    minBytes: secretBytes,
    allowWeak: allowsWeakSecret(options.dangerouslyAllowWeakSecret ?? false),
  })
  const key = createSecretKey(secret)
  // The copy was made here, and may lie in memory that small buffers of the application share.
  secret.fill(0)
  return key
}

function readSecret(material: unknown, algorithm: Algorithm, name: string): Buffer {
  if (typeof material === 'string') return Buffer.from(material, 'utf8')
  if (material instanceof Uint8Array) return Buffer.from(material)
  if (material instanceof KeyObject && material.type === 'secret') return material.export()
  if (isJwk(material) && material.kty === 'oct' && typeof material.k === 'string') {
    return decodeOctets(material.k, name)
  }
  throw new TypeError(`${name} must be a secret for ${algorithm}: text, bytes, a secret KeyObject or a JWK of kty oct`)
}

function decodeOctets(k: string, name: string): Buffer {
  const bytes = decodeBase64url(k)
  if (bytes === undefined) {
    throw new TypeError(`${name} is a JWK whose k is not base64url without padding (RFC 7518 section 6.4.1)`)
  }
  return bytes
}

/** The key itself, which nothing has been checked of but that it can be read. Within this package only. */
export function parseAsymmetric(material: unknown, name: string): KeyObject {
  if (material instanceof KeyObject) return material
  if (typeof material === 'string') return parsePem(material, name)
  if (isJwk(material)) return parseJwk(material, name)
  throw new TypeError(`${name} must be PEM text, a JWK or a KeyObject`)
}

function parsePem(pem: string, name: string): KeyObject {
  try {
    return pem.includes('PRIVATE KEY-----') ? createPrivateKey(pem) : createPublicKey(pem)
  } catch (cause) {
    const hint = pem.includes('\\n')
      ? 'it holds \\n as two characters, so put .replaceAll("\\\\n", "\\n") behind it'
      : 'it must start with a line -----BEGIN ...----- and not be encrypted'
    throw new TypeError(`${name} is no PEM text that can be read: ${hint}`, { cause })
  }
}

function parseJwk(jwk: Jwk, name: string): KeyObject {
  try {
    const input = { key: { ...jwk } as JsonWebKey, format: 'jwk' } as const
    return jwk.d === undefined ? createPublicKey(input) : createPrivateKey(input)
  } catch {
    // Without the cause: Node quotes a member that it does not take, and that may be the key.
    throw new TypeError(`${name} is no JWK that can be read (RFC 7517): check kty and its members`)
  }
}

function checkJwk(jwk: Jwk, algorithm: Algorithm, name: string): void {
  const { alg, use, key_ops: operations } = jwk
  if (alg !== undefined && !isSameAlgorithm(alg, algorithm)) {
    throw new TypeError(
      `${name} is a JWK for alg ${JSON.stringify(alg)}, not for ${algorithm}: a key has one algorithm`,
    )
  }
  if (use !== undefined && use !== 'sig') throw new TypeError(`${name} is a JWK whose use is not 'sig'`)
  if (operations === undefined) return
  if (!Array.isArray(operations) || !(operations.includes('sign') || operations.includes('verify'))) {
    throw new TypeError(`${name} is a JWK whose key_ops allow neither sign nor verify`)
  }
}

// RFC 9864: Ed25519 is the fully specified name of what EdDSA means with such a key.
function isSameAlgorithm(left: unknown, right: Algorithm): boolean {
  return (
    left === right || (isAlgorithm(left) && specOf(left).family === 'ed25519' && specOf(right).family === 'ed25519')
  )
}

function checkAsymmetric(key: KeyObject, algorithm: Algorithm, name: string): void {
  const spec = specOf(algorithm)
  if (spec.family === 'rsa') checkRsa(key, algorithm, spec, name)
  else if (spec.family === 'ec') checkCurve(key, algorithm, spec.curve, name)
  else checkEd25519(key, algorithm, name)
}

function checkRsa(key: KeyObject, algorithm: Algorithm, spec: RsaAlgorithm, name: string): void {
  const isPss = key.asymmetricKeyType === 'rsa-pss' && spec.saltBytes !== undefined
  if (key.asymmetricKeyType !== 'rsa' && !isPss) throw wrongType(key, algorithm, 'an RSA key', name)
  const { modulusLength = 0, publicExponent = 0n } = key.asymmetricKeyDetails ?? {}
  if (modulusLength < minModulusBits) {
    throw new TypeError(
      `${name} has ${modulusLength} bits; ${algorithm} needs at least ${minModulusBits} (RFC 7518 section 3.3)`,
    )
  }
  if (publicExponent < 3n || publicExponent % 2n === 0n)
    throw new TypeError(`${name} has an unfit public exponent: use 65537`)
  if (!isPss && isRocaModulus(modulusOf(key)))
    throw new TypeError(
      `${name} was made by a library whose keys can be factored (ROCA, CVE-2017-15361): make a new key`,
    )
  if (isPss && !fitsParameters(key, spec.hash, spec.saltBytes))
    throw new TypeError(`${name} is an RSASSA-PSS key with parameters that ${algorithm} does not have`)
}

function modulusOf(key: KeyObject): Buffer {
  return Buffer.from(String(publicJwkOf(key).n), 'base64url')
}

function publicJwkOf(key: KeyObject): JsonWebKey {
  return (key.type === 'private' ? createPublicKey(key) : key).export({ format: 'jwk' })
}

/** Whether the parameters that an RSASSA-PSS key may be bound to (RFC 4055 section 3.1) are those of the algorithm. */
function fitsParameters(key: KeyObject, hash: string, saltBytes: number): boolean {
  const { hashAlgorithm, mgf1HashAlgorithm, saltLength } = { ...key.asymmetricKeyDetails }
  if (hashAlgorithm === undefined) return true
  return hashAlgorithm === hash && mgf1HashAlgorithm === hash && Number(saltLength) <= saltBytes
}

function checkCurve(key: KeyObject, algorithm: Algorithm, curve: string, name: string): void {
  if (key.asymmetricKeyType !== 'ec') throw wrongType(key, algorithm, 'an EC key', name)
  const given = key.asymmetricKeyDetails?.namedCurve
  if (given !== curve)
    throw new TypeError(`${name} is on the curve ${given}; ${algorithm} needs ${curve} (RFC 7518 section 3.4)`)
}

function checkEd25519(key: KeyObject, algorithm: Algorithm, name: string): void {
  if (key.asymmetricKeyType !== 'ed25519') throw wrongType(key, algorithm, 'an Ed25519 key', name)
  const { x = '' } = publicJwkOf(key)
  if (isSmallOrderPoint(Buffer.from(x, 'base64url'))) {
    throw new TypeError(
      `${name} is a point of small order, under which one signature fits many messages: make a new key`,
    )
  }
}

function wrongType(key: KeyObject, algorithm: Algorithm, wanted: string, name: string): TypeError {
  return new TypeError(`${name} is a ${key.asymmetricKeyType ?? key.type} key; ${algorithm} needs ${wanted}`)
}

function isJwk(material: unknown): material is Jwk {
  return isPlainObject(material) && typeof material['kty'] === 'string'
}

function readKid(material: unknown, given: unknown, name: string): string | undefined {
  const kid = given === undefined && isJwk(material) ? material['kid'] : given
  if (kid === undefined || typeof kid === 'string') return kid
  throw new TypeError(`the kid of ${name} must be a string (RFC 7515 section 4.1.4)`)
}
