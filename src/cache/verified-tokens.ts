import type { Claims, JwtHeader } from '../context.ts'
import { copyOfText } from '../internal/copy-of-text.ts'
import { deepFreeze } from '../internal/deep-freeze.ts'
import type { Key } from '../keys/key.ts'

/** When a token is good, in seconds since 1970, as it is compared with the time. */
export interface TokenTimes {
  /** `-Infinity` without an `iat`. */
  readonly issuedAt: number
  /** `-Infinity` without an `nbf`. */
  readonly notBefore: number
  /** `Infinity` without an `exp`. */
  readonly expiresAt: number
}

/** A token whose signature, and whatever of it does not depend on the time, has been found right. */
export interface ReadToken extends TokenTimes {
  readonly header: JwtHeader
  readonly claims: Claims
  /** The `type` that the token states itself. */
  readonly declaredType: unknown
}

/**
 * Such a token as it is remembered. Of a class, and with its times beside the claims: before Node 24 each object that is
 * frozen has a hidden class of its own, and to read one takes ten times as long.
 */
export class VerifiedToken implements ReadToken {
  readonly token: string
  readonly key: Key
  readonly header: JwtHeader
  readonly claims: Claims
  readonly declaredType: unknown
  readonly issuedAt: number
  readonly notBefore: number
  readonly expiresAt: number

  constructor(read: ReadToken, token: string, key: Key) {
    this.token = copyOfText(token)
    this.key = key
    this.header = read.header
    this.claims = deepFreeze(read.claims)
    this.declaredType = read.declaredType
    this.issuedAt = read.issuedAt
    this.notBefore = read.notBefore
    this.expiresAt = read.expiresAt
  }
}

/** How many characters a token may have on average: twice of what is usual. */
const charactersPerEntry = 1024

/** Of a signature so much is enough to tell tokens apart, 144 bits: a long one takes as long to look up as a short one. */
const keyLength = 24

/**
 * Remembers tokens that have been verified, so that the same one needs no signature check and no parsing. It is found by
 * the end of its signature and compared as a whole; what depends on the time or on anything but the token is checked each time.
 *
 * In two generations: what is asked for moves to the young one, and when that is full, the old one is forgotten. So it is
 * bounded, in entries and in characters, without a list to maintain.
 */
export class VerifiedTokens {
  readonly #maxEntries: number
  readonly #maxCharacters: number
  #young = new Map<string, VerifiedToken>()
  #old = new Map<string, VerifiedToken>()
  #characters = 0

  /** @param max the most tokens, in both generations; at least two */
  constructor(max: number) {
    this.#maxEntries = Math.max(1, Math.floor(max / 2))
    this.#maxCharacters = this.#maxEntries * charactersPerEntry
  }

  find(token: string): VerifiedToken | undefined {
    const key = keyOf(token)
    const young = this.#young.get(key)
    if (young !== undefined) return young.token === token ? young : undefined
    const old = this.#old.get(key)
    if (old === undefined || old.token !== token) return undefined
    this.#put(keyOf(old.token), old)
    return old
  }

  add(entry: VerifiedToken): void {
    this.#put(keyOf(entry.token), entry)
  }

  delete({ token }: VerifiedToken): void {
    const key = keyOf(token)
    this.#old.delete(key)
    if (this.#young.delete(key)) this.#characters -= token.length
  }

  #put(key: string, entry: VerifiedToken): void {
    if (this.#young.size >= this.#maxEntries || this.#characters + entry.token.length > this.#maxCharacters) {
      this.#old = this.#young
      this.#young = new Map()
      this.#characters = 0
    }
    this.#characters += entry.token.length - (this.#young.get(key)?.token.length ?? 0)
    this.#young.set(key, entry)
  }
}

function keyOf(token: string): string {
  return token.slice(-keyLength)
}
