import { createHmac, hash, type KeyObject, timingSafeEqual } from 'node:crypto'

/** The block size in bytes (RFC 2104 section 2, FIPS 180-4 section 1). */
const blockBytes = { sha256: 64, sha384: 128, sha512: 128 } as const

/** Longer texts than this, in bytes, take the way of `createHmac`: they are rare, and each key has such a buffer. */
const maxTextBytes = 4096

/** Room for one more: a text of other characters than ASCII is longer in bytes, and must not end where the room does. */
const maxCharacterBytes = 4

/**
 * HMAC (RFC 2104) over ASCII text with one key, in base64url.
 *
 * `createHmac` builds an object for each text, which takes longer than the hashing. So the padded key is kept in front of
 * a buffer, and the two hashes that an HMAC is made of are taken of that. A test text shows once that this is what
 * `createHmac` makes of it; where it is not, `createHmac` does all the work.
 */
export class Hmac {
  readonly #hash: string
  readonly #keyObject: KeyObject
  readonly #block: number
  /** The key with the inner padding, and room for a text behind it. */
  readonly #inner: Buffer
  /** The key with the outer padding, and room for a digest behind it. */
  readonly #outer: Buffer
  /** Whether the two hashes make what `createHmac` makes: else that does all the work. */
  readonly isSound: boolean
  /** Room for the two MACs that are compared. */
  readonly #expected: Buffer
  readonly #given: Buffer

  constructor(name: keyof typeof blockBytes, keyObject: KeyObject) {
    this.#hash = name
    this.#keyObject = keyObject
    this.#block = blockBytes[name]
    // Buffers of their own, for small ones share their memory with those of the application.
    const key = this.#padKey(keyObject.export())
    this.#inner = Buffer.alloc(this.#block + maxTextBytes + maxCharacterBytes)
    this.#inner.set(key.map(byte => byte ^ 0x36))
    this.#outer = Buffer.alloc(this.#block + hash(name, '', 'hex').length / 2)
    this.#outer.set(key.map(byte => byte ^ 0x5c))
    key.fill(0)
    const testMac = this.#digestByHmac(testText)
    this.isSound = this.#digestByHashes(testText) === testMac
    this.#expected = Buffer.alloc(testMac.length)
    this.#given = Buffer.alloc(testMac.length)
  }

  /** The MAC of a text, or undefined where the text is not ASCII. */
  digest(text: string): string | undefined {
    if (this.isSound && text.length <= maxTextBytes) return this.#digestByHashes(text)
    return Buffer.byteLength(text, 'utf8') === text.length ? this.#digestByHmac(text) : undefined
  }

  /** Whether `mac` is that of the text: in a time that does not tell where they differ. */
  verify(text: string, mac: string): boolean {
    const expected = this.digest(text)
    // timingSafeEqual throws on unequal lengths; the length of a MAC is no secret.
    if (expected === undefined || mac.length !== expected.length) return false
    this.#expected.write(expected, 'latin1')
    return this.#given.write(mac, 'utf8') === mac.length && timingSafeEqual(this.#expected, this.#given)
  }

  #digestByHashes(text: string): string | undefined {
    const written = this.#inner.write(text, this.#block, 'utf8')
    // Not latin1, which would write other characters as ASCII ones: a second spelling of the text.
    if (written !== text.length) return undefined
    this.#outer.write(hash(this.#hash, this.#inner.subarray(0, this.#block + written), 'binary'), this.#block, 'latin1')
    return hash(this.#hash, this.#outer, 'base64url')
  }

  #digestByHmac(text: string): string {
    return createHmac(this.#hash, this.#keyObject).update(text, 'latin1').digest('base64url')
  }

  #padKey(key: Buffer): Uint8Array {
    const padded = new Uint8Array(this.#block)
    padded.set(key.length > this.#block ? Buffer.from(hash(this.#hash, key, 'hex'), 'hex') : key)
    key.fill(0)
    return padded
  }
}

const testText = 'eyJhbGciOiJIUzI1NiJ9.e30'
