import {
  constants,
  createHmac,
  createSecretKey,
  generateKeyPairSync,
  type KeyObject,
  randomUUID,
  sign,
  timingSafeEqual,
  verify,
} from 'node:crypto'

export const algorithms = ['HS256', 'RS256', 'PS256', 'ES256', 'EdDSA'] as const
export type BenchAlgorithm = (typeof algorithms)[number]

export const issuer = 'https://auth.example.com'
export const audience = 'orders'

/** 64 characters without any weakness. */
export const secret = 'vK3rWq9ZsXe7TnBd2YhLc8PmFg5JuAa6RxMkQtCzGi4VoEbHp1SyNwDlUfO0Ij_-'

/** The two keys of an algorithm; for HMAC they are one. */
export interface Keys {
  readonly signing: KeyObject
  readonly verifying: KeyObject
}

const secretKey = createSecretKey(secret, 'utf8')
const rsa = toKeys(generateKeyPairSync('rsa', { modulusLength: 2048 }))

export const keysOf: Readonly<Record<BenchAlgorithm, Keys>> = {
  HS256: { signing: secretKey, verifying: secretKey },
  RS256: rsa,
  PS256: rsa,
  ES256: toKeys(generateKeyPairSync('ec', { namedCurve: 'P-256' })),
  EdDSA: toKeys(generateKeyPairSync('ed25519')),
}

const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }

/** The least that a signature costs: one call of `node:crypto`, with a key that is imported already. */
export const rawSign: Readonly<Record<BenchAlgorithm, (input: string) => string>> = {
  HS256: input => createHmac('sha256', secretKey).update(input).digest('base64url'),
  RS256: input => sign('sha256', Buffer.from(input), keysOf.RS256.signing).toString('base64url'),
  PS256: input => sign('sha256', Buffer.from(input), { key: keysOf.PS256.signing, ...pss }).toString('base64url'),
  ES256: input => sign('sha256', Buffer.from(input), { key: keysOf.ES256.signing, ...p1363 }).toString('base64url'),
  EdDSA: input => sign(null, Buffer.from(input), keysOf.EdDSA.signing).toString('base64url'),
}

const p1363 = { dsaEncoding: 'ieee-p1363' } as const

type RawVerify = (input: string, signature: Buffer) => boolean

const rawVerify: Readonly<Record<BenchAlgorithm, RawVerify>> = {
  HS256: (input, signature) => timingSafeEqual(createHmac('sha256', secretKey).update(input).digest(), signature),
  RS256: (input, signature) => verify('sha256', Buffer.from(input), keysOf.RS256.verifying, signature),
  PS256: (input, signature) => verify('sha256', Buffer.from(input), { key: keysOf.PS256.verifying, ...pss }, signature),
  ES256: (input, signature) =>
    verify('sha256', Buffer.from(input), { key: keysOf.ES256.verifying, ...p1363 }, signature),
  EdDSA: (input, signature) => verify(null, Buffer.from(input), keysOf.EdDSA.verifying, signature),
}

/** The least that a verification costs: no header, no claim is looked at. Throws where the signature is wrong. */
export function rawVerifier(algorithm: BenchAlgorithm): (token: string) => void {
  const isRight = rawVerify[algorithm]
  return token => {
    const dot = token.lastIndexOf('.')
    if (!isRight(token.slice(0, dot), Buffer.from(token.slice(dot + 1), 'base64url'))) throw forged
  }
}

/** Ready: to make one, with its stack, takes longer than the signature. */
const forged = new Error('forged')

const bornAt = Math.floor(Date.now() / 1000)

/** The claims of an ordinary access token: about 290 characters of payload. */
export function newClaims(extra: object = {}): Record<string, unknown> {
  return {
    sub: `user-${Math.floor(100_000 + Math.random() * 900_000)}`,
    type: 'access',
    fresh: false,
    jti: randomUUID(),
    iat: bornAt,
    nbf: bornAt,
    // Longer than the longest run.
    exp: bornAt + 86_400,
    iss: issuer,
    aud: audience,
    role: 'administrator',
    ...extra,
  }
}

export function newToken(algorithm: BenchAlgorithm, claims: object = newClaims()): string {
  const input = `${toSegment({ alg: algorithm, typ: 'JWT' })}.${toSegment(claims)}`
  return `${input}.${rawSign[algorithm](input)}`
}

export function newTokens(algorithm: BenchAlgorithm, count: number, claimsOf: () => object = newClaims): string[] {
  return Array.from({ length: count }, () => newToken(algorithm, claimsOf()))
}

/** The same tokens with signatures of others: right in all else. */
export function forge(tokens: readonly string[]): string[] {
  const signatures = tokens.map(token => token.slice(token.lastIndexOf('.')))
  return tokens.map((token, index) => {
    return token.slice(0, token.lastIndexOf('.')) + signatures[(index + 1) % tokens.length]
  })
}

/**
 * Tokens as bytes, from which each call gets a string of its own, as it would from a socket: V8 keeps the hash of a
 * string, and compares a string with itself at once, which makes a cache look many times as fast as it is.
 */
export class TokenPool {
  readonly #bytes: Buffer
  readonly #ends: Uint32Array
  #next = 0

  constructor(tokens: readonly string[], prefix = '') {
    const size = tokens.reduce((sum, token) => sum + prefix.length + token.length, 0)
    this.#bytes = Buffer.alloc(size)
    this.#ends = new Uint32Array(tokens.length)
    let end = 0
    for (const [index, token] of tokens.entries()) {
      end += this.#bytes.write(prefix + token, end, 'latin1')
      this.#ends[index] = end
    }
  }

  /** The next ones, each in its turn. */
  draw(count: number): string[] {
    return Array.from({ length: count }, () => this.#stringAt(this.#next++ % this.#ends.length))
  }

  /** Any of them, each as likely as the others. */
  drawAny(count: number): string[] {
    return Array.from({ length: count }, () => this.#stringAt(Math.floor(Math.random() * this.#ends.length)))
  }

  #stringAt(index: number): string {
    return this.#bytes.toString('latin1', this.#ends[index - 1] ?? 0, this.#ends[index])
  }
}

function toKeys({ privateKey, publicKey }: { privateKey: KeyObject; publicKey: KeyObject }): Keys {
  return { signing: privateKey, verifying: publicKey }
}

function toSegment(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url')
}
