import { createPublicKey, type KeyObject } from 'node:crypto'
import { type Algorithm, isSymmetric } from './algorithms.ts'
import { importKey, type KeyMaterial, parseAsymmetric } from './import-key.ts'
import type { Key } from './key.ts'

/** The keys that a manager was configured with. */
export interface KeyRing {
  /** Absent in a manager that only verifies. */
  readonly signingKey: Key | undefined
  /** By `alg`; empty in a manager that only signs. */
  readonly verificationKeys: ReadonlyMap<string, Key>
}

interface KeyRingOptions {
  readonly algorithm: Algorithm
  readonly decodeAlgorithms: readonly Algorithm[]
  readonly secretKey?: KeyMaterial | undefined
  readonly privateKey?: KeyMaterial | undefined
  readonly publicKey?: KeyMaterial | undefined
  readonly dangerouslyAllowWeakSecret: boolean
}

/** Imports the configured keys, once for each algorithm that they are for. */
export function createKeyRing(options: KeyRingOptions): KeyRing {
  return isSymmetric(options.algorithm) ? createSecretRing(options) : createAsymmetricRing(options)
}

function createSecretRing({
  secretKey,
  algorithm,
  decodeAlgorithms,
  dangerouslyAllowWeakSecret,
}: KeyRingOptions): KeyRing {
  if (secretKey === undefined) return { signingKey: undefined, verificationKeys: new Map() }
  const importFor = (alg: Algorithm): Key =>
    importKey(secretKey, { algorithm: alg, dangerouslyAllowWeakSecret, name: 'secretKey' })
  const verificationKeys = new Map(decodeAlgorithms.map(alg => [alg as string, importFor(alg)]))
  return { signingKey: verificationKeys.get(algorithm) ?? importFor(algorithm), verificationKeys }
}

function createAsymmetricRing({ privateKey, publicKey, algorithm, decodeAlgorithms }: KeyRingOptions): KeyRing {
  const signingKey = privateKey === undefined ? undefined : importKey(privateKey, { algorithm, name: 'privateKey' })
  if (signingKey !== undefined && signingKey.type !== 'private') {
    throw new TypeError('privateKey holds a public key: give that one as publicKey')
  }
  if (publicKey === undefined) return { signingKey, verificationKeys: new Map() }
  const verificationKeys = new Map(
    decodeAlgorithms.map(alg => [alg as string, importKey(publicKey, { algorithm: alg, name: 'publicKey' })]),
  )
  if (privateKey !== undefined && !isPair(publicOf(privateKey, 'privateKey'), publicOf(publicKey, 'publicKey'))) {
    throw new TypeError(
      'privateKey and publicKey are not of one pair: no token that is signed here would verify here. Give the public key of that private key, or leave one of them out',
    )
  }
  return { signingKey, verificationKeys }
}

function publicOf(material: KeyMaterial, name: string): KeyObject {
  const key = parseAsymmetric(material, name)
  return key.type === 'private' ? createPublicKey(key) : key
}

/** Compared by what they export: `equals` leaves an error in OpenSSL now and then, which the next call then throws. */
function isPair(derived: KeyObject, given: KeyObject): boolean {
  return exported(derived) === exported(given)
}

/** What makes a public key, in one spelling: an RSA key is the same where it is bound to RSASSA-PSS. */
function exported(key: KeyObject): string {
  const { modulusLength } = { ...key.asymmetricKeyDetails }
  if (modulusLength === undefined) return JSON.stringify(key.export({ format: 'jwk' }))
  // The exponent, and the modulus but for some bytes: so every public RSA key in DER ends.
  return key
    .export({ type: 'spki', format: 'der' })
    .toString('hex')
    .slice(-modulusLength / 4)
}
