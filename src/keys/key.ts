import { constants as cryptoConstants, type KeyObject, sign as signWithKey, verify } from 'node:crypto'
import { promisify } from 'node:util'
import { decodeBase64url } from '../internal/base64url.ts'
import { type Algorithm, type AlgorithmSpec, type RsaAlgorithm, specOf } from './algorithms.ts'
import { fromDer, toDer } from './ecdsa-signature.ts'
import { Hmac } from './hmac.ts'
import { toPssKey } from './pss-key.ts'

/** Off the event loop: an RSA signature takes a quarter of a millisecond and more. */
const signOnThreadPool = promisify(signWithKey)

let create: (keyObject: KeyObject, algorithm: Algorithm, kid: string | undefined) => Key

/**
 * A key that has been checked and is good for exactly one algorithm. Made by `importKey`; nothing else is accepted
 * where a key is asked for. Neither `util.inspect` nor JSON shows the key itself.
 */
export class Key {
  static {
    create = (...members) => new Key(...members)
  }

  /** The one algorithm that this key is for; a token that names another is refused. */
  readonly algorithm: Algorithm
  readonly type: 'secret' | 'private' | 'public'
  /** The key id (RFC 7515 section 4.1.4): written into the header of the tokens that this key signs. */
  readonly kid: string | undefined
  readonly #keyObject: KeyObject
  readonly #spec: AlgorithmSpec
  /** Of an RSA key alone. */
  readonly #rsaInput: RsaInput
  readonly #modulusBytes: number
  /** Of a secret alone. */
  readonly #hmac: Hmac | undefined

  // Private, so that `importKey`, which checks keys, is the only way to one.
  private constructor(keyObject: KeyObject, algorithm: Algorithm, kid: string | undefined) {
    this.#keyObject = keyObject
    this.#spec = specOf(algorithm)
    this.#rsaInput = this.#spec.family === 'rsa' ? toRsaInput(keyObject, this.#spec) : keyObject
    this.#modulusBytes = Math.ceil(Number(keyObject.asymmetricKeyDetails?.modulusLength) / 8)
    this.#hmac = this.#spec.family === 'hmac' ? new Hmac(this.#spec.hash, keyObject) : undefined
    this.algorithm = algorithm
    this.type = keyObject.type
    this.kid = kid
  }

  /**
   * The signature of a text of base64url characters and dots, in base64url. Asynchronous where signing is slow (RSA).
   */
  sign(signingInput: string): string | Promise<string> {
    const spec = this.#spec
    if (spec.family === 'hmac') return signedText(this.#hmac?.digest(signingInput))
    const input = Buffer.from(signingInput, 'latin1')
    switch (spec.family) {
      case 'rsa':
        return signOnThreadPool(spec.hash, input, this.#rsaInput).then(toText)
      case 'ec':
        return toText(fromDer(signWithKey(spec.hash, input, this.#keyObject), spec.signatureBytes))
      case 'ed25519':
        return toText(signWithKey(null, input, this.#keyObject))
    }
  }

  /** Whether `signature`, in base64url, is this key's over the text. Never throws for what a client sent. */
  verify(signingInput: string, signature: string): boolean {
    const spec = this.#spec
    if (spec.family === 'hmac') return this.#hmac?.verify(signingInput, signature) === true
    const bytes = decodeBase64url(signature)
    if (bytes === undefined) return false
    const input = Buffer.from(signingInput, 'utf8')
    switch (spec.family) {
      case 'rsa':
        // OpenSSL takes a PSS signature without its leading zeros (RFC 8017 section 8.1.2, step 1): a second spelling.
        return bytes.length === this.#modulusBytes && verify(spec.hash, input, this.#rsaInput, bytes)
      case 'ec':
        return bytes.length === spec.signatureBytes && verify(spec.hash, input, this.#keyObject, toDer(bytes))
      case 'ed25519':
        return verify(null, input, this.#keyObject, bytes)
    }
  }
}

type RsaInput = KeyObject | { readonly key: KeyObject; readonly padding: number; readonly saltLength: number }

/** What `node:crypto` takes: a bare key wherever it will do, for Node looks through each other form at every call. */
function toRsaInput(key: KeyObject, { hash, saltBytes: saltLength }: RsaAlgorithm): RsaInput {
  if (saltLength === undefined) return key
  if (key.type === 'public' && key.asymmetricKeyType === 'rsa') return toPssKey(key, hash)
  return { key, padding: cryptoConstants.RSA_PKCS1_PSS_PADDING, saltLength }
}

function signedText(mac: string | undefined): string {
  if (mac === undefined) throw new TypeError('only ASCII text can be signed')
  return mac
}

function toText(signature: Buffer): string {
  return signature.toString('base64url')
}

/** Binds a key that has been checked to its algorithm. Within this package only: applications call `importKey`. */
export function bindKey(keyObject: KeyObject, algorithm: Algorithm, kid: string | undefined): Key {
  return create(keyObject, algorithm, kid)
}
