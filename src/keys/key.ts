import {
  createHmac,
  constants as cryptoConstants,
  type KeyObject,
  sign as signWithKey,
  timingSafeEqual,
  verify,
} from 'node:crypto'
import { promisify } from 'node:util'
import { type Algorithm, type AlgorithmSpec, specOf } from './algorithms.ts'

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

  // Private, so that `importKey`, which checks keys, is the only way to one.
  private constructor(keyObject: KeyObject, algorithm: Algorithm, kid: string | undefined) {
    this.#keyObject = keyObject
    this.#spec = specOf(algorithm)
    this.algorithm = algorithm
    this.type = keyObject.type
    this.kid = kid
  }

  /** Signs bytes given as text: base64url characters and a dot. Asynchronous where signing is slow (RSA). */
  sign(signingInput: string): Buffer | Promise<Buffer> {
    const input = Buffer.from(signingInput, 'latin1')
    switch (this.#spec.family) {
      case 'hmac':
        return this.#mac(signingInput, this.#spec.hash)
      case 'rsa':
        return signOnThreadPool(this.#spec.hash, input, this.#rsaOptions(this.#spec.saltBytes))
      case 'ec':
        return signWithKey(this.#spec.hash, input, { key: this.#keyObject, dsaEncoding: 'ieee-p1363' })
      case 'ed25519':
        return signWithKey(null, input, this.#keyObject)
    }
  }

  /** Whether `signature` is this key's over the text. Never throws for what a client sent. */
  verify(signingInput: string, signature: Uint8Array): boolean {
    const input = Buffer.from(signingInput, 'latin1')
    switch (this.#spec.family) {
      case 'hmac':
        return isEqualInConstantTime(this.#mac(signingInput, this.#spec.hash), signature)
      case 'rsa':
        return verify(this.#spec.hash, input, this.#rsaOptions(this.#spec.saltBytes), signature)
      case 'ec':
        if (signature.length !== this.#spec.signatureBytes) return false
        return verify(this.#spec.hash, input, { key: this.#keyObject, dsaEncoding: 'ieee-p1363' }, signature)
      case 'ed25519':
        return verify(null, input, this.#keyObject, signature)
    }
  }

  #mac(text: string, hash: string): Buffer {
    return createHmac(hash, this.#keyObject).update(text, 'latin1').digest()
  }

  #rsaOptions(saltBytes: number | undefined): { key: KeyObject; padding: number; saltLength?: number } {
    if (saltBytes === undefined) return { key: this.#keyObject, padding: cryptoConstants.RSA_PKCS1_PADDING }
    return { key: this.#keyObject, padding: cryptoConstants.RSA_PKCS1_PSS_PADDING, saltLength: saltBytes }
  }
}

// timingSafeEqual throws on unequal lengths; the length of a MAC is no secret.
function isEqualInConstantTime(expected: Uint8Array, given: Uint8Array): boolean {
  return expected.length === given.length && timingSafeEqual(expected, given)
}

/** Binds a key that has been checked to its algorithm. Within this package only: applications call `importKey`. */
export function bindKey(keyObject: KeyObject, algorithm: Algorithm, kid: string | undefined): Key {
  return create(keyObject, algorithm, kid)
}
