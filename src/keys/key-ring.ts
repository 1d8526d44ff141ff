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

/** Keys of one modulus are a pair even where one is bound to RSASSA-PSS and the other is not. */
function isPair(derived: KeyObject, given: KeyObject): boolean {
  // Of keys of two types `equals` leaves an error in OpenSSL, which the next call in this thread then throws.
  if (derived.asymmetricKeyType === given.asymmetricKeyType) return derived.equals(given)
  return derived.asymmetricKeyDetails?.modulusLength !== undefined && endOf(derived) === endOf(given)
}

/** The exponent, and the modulus but for some bytes: so every public RSA key in DER ends. */
function endOf(key: KeyObject): string {
  const { modulusLength = 0 } = { ...key.asymmetricKeyDetails }
  return key
    .export({ type: 'spki', format: 'der' })
    .toString('hex')
    .slice(-modulusLength / 4)
}
