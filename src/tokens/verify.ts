import { timingSafeEqual } from 'node:crypto'
import type { Claims, JwtHeader, VerifiedJwt } from '../context.ts'
import { JwtError } from '../errors.ts'
import type { Awaitable } from '../internal/awaitable.ts'
import { isEmptyValue } from '../internal/empty-value.ts'
import { Key } from '../keys/key.ts'
import { checkNames, type ResolvedOptions } from '../options.ts'
import { type DecodedJwt, decodePayload, decodeSegment, decodeToken } from './decode.ts'
import { parseClaims } from './parse-claims.ts'

export interface VerifyOptions {
  /** The CSRF value that came with the token: it must equal the claim. To pass none (undefined, empty) refuses the token. */
  readonly csrf?: string | undefined
  /** Accepts a token whose `exp` is over. @default false */
  readonly allowExpired?: boolean | undefined
}

export interface CheckedJwt extends VerifiedJwt {
  /** The `type` that the token states itself: undefined where the default had to be filled in. */
  readonly declaredType: unknown
  /** The claims as they are signed, where a `claimsSchema` has put out others. */
  readonly signedClaims?: Claims
}

type RawClaims = Record<string, unknown>

/**
 * Verifies a token: grammar, header, signature, registered claims, identity, CSRF value and additional claims, in this
 * order. That a token has expired is said last, so that whoever is told so holds a token that is right in everything
 * else, and no loader sees claims that do not fit `claimsSchema`.
 *
 * @throws JwtError `token_invalid`, `csrf_mismatch`, `claims_invalid` or `token_expired`
 */
export async function verifyToken(
  token: unknown,
  options: VerifyOptions,
  config: ResolvedOptions,
): Promise<CheckedJwt> {
  checkNames(options, ['csrf', 'allowExpired'], 'the options of verifyToken')
  const decoded = decodeToken(token, config.maxTokenSize)
  checkSignature(decoded, await chooseKey(decoded, config))
  const claims = decodePayload(decoded.payload)
  const now = config.now()
  checkTimes(claims, now, config)
  checkIssuer(claims, config)
  checkAudience(claims, config)
  if (config.verifySub) checkString(claims, 'sub', 'Subject must be a string')
  checkString(claims, 'jti', 'JWT ID must be a string')
  checkPresent(claims, config.identityClaim)
  if ('csrf' in options) checkCsrfClaim(claims, options.csrf, config.isFlask)
  const jwt = await applySchema(fillDefaults(decoded.header, claims), config)
  if (options.allowExpired || !isExpired(jwt, now, config.leeway)) return jwt
  throw new JwtError('token_expired', 'Token has expired', { jwt })
}

/** Whether the `exp` of a token is over: at that very second it is (RFC 7519 section 4.1.4). */
export function isExpired({ claims: { exp } }: VerifiedJwt, now: number, leeway: number): boolean {
  return exp !== undefined && Math.trunc(exp) <= now - leeway
}

/** The application's choice, or the configured key for the `alg` of the token: a look-up, never an import. */
async function chooseKey(decoded: DecodedJwt, { keyRing, loaders, warn }: ResolvedOptions): Promise<Key> {
  const { alg } = decoded.header
  if (alg === undefined) throw new JwtError('token_invalid', 'Algorithm not specified')
  const chosen = loaders.decodeKey === undefined ? undefined : await askForKey(decoded, loaders.decodeKey, warn)
  if (chosen !== undefined) return chosen
  const key = typeof alg === 'string' ? keyRing.verificationKeys.get(alg) : undefined
  if (key !== undefined) return key
  if (keyRing.verificationKeys.size > 0) throw new JwtError('token_invalid', 'The specified alg value is not allowed')
  if (loaders.decodeKey !== undefined) throw new JwtError('token_invalid', 'There is no key for this token')
  throw new TypeError('This manager has no key to verify with: set publicKey (or decodeKey)')
}

type DecodeKey = NonNullable<ResolvedOptions['loaders']['decodeKey']>

/** The loader works on what a client wrote: where it fails, the token is refused, never the server. */
async function askForKey(
  { header, payload }: DecodedJwt,
  decodeKey: DecodeKey,
  warn: ResolvedOptions['warn'],
): Promise<Key | undefined> {
  const claims = decodePayload(payload)
  try {
    const chosen: unknown = (await decodeKey(header, claims)) ?? undefined
    if (chosen === undefined || chosen instanceof Key) return chosen
    throw new TypeError('decodeKey must return a key made by importKey, or undefined')
  } catch (cause) {
    if (cause instanceof JwtError) throw cause
    warn('decodeKey threw, or returned something else than a key made by importKey: such tokens are refused')
    throw new JwtError('token_invalid', 'There is no key for this token', { cause })
  }
}

/**
 * @throws JwtError `token_invalid` where the token names another algorithm than that of the key, or the signature is wrong
 */
export function checkSignature(decoded: DecodedJwt, key: Key): void {
  // The algorithm belongs to the key: the one in the token is compared and never used (RFC 8725 section 3.1).
  if (decoded.header['alg'] !== key.algorithm)
    throw new JwtError('token_invalid', 'The specified alg value is not allowed')
  const signature = decodeSegment(decoded.signature, 'signature')
  if (!key.verify(decoded.signingInput, signature)) throw new JwtError('token_invalid', 'Signature verification failed')
}

function checkTimes(claims: RawClaims, now: number, { leeway, isFlask }: ResolvedOptions): void {
  const iat = readTime(claims, 'iat')
  const nbf = readTime(claims, 'nbf')
  readTime(claims, 'exp')
  if (iat !== undefined && Math.trunc(iat) > now + leeway) throw immature('iat')
  // PyJWT passes over fractions of a second, in which the token is not valid yet (RFC 7519 section 4.1.5).
  if (nbf !== undefined && (isFlask ? Math.trunc(nbf) : nbf) > now + leeway) throw immature('nbf')
}

function readTime(claims: RawClaims, name: string): number | undefined {
  const value = claims[name]
  // Present but null is not absent; a boolean or a numeric string is not a time (RFC 7519 section 2, NumericDate).
  if (value === undefined || (typeof value === 'number' && Number.isFinite(value))) return value
  throw new JwtError('token_invalid', `The claim ${name} must be a number`)
}

function immature(name: string): JwtError {
  return new JwtError('token_invalid', `The token is not yet valid (${name})`)
}

// Flask-JWT-Extended looks at iss and aud only where they are expected.
function checkIssuer(claims: RawClaims, { decodeIssuer: expected, isFlask }: ResolvedOptions): void {
  if (expected === undefined) {
    if (!isFlask) checkString(claims, 'iss', 'Issuer must be a string')
    return
  }
  if (claims['iss'] === undefined) throw new JwtError('token_invalid', 'Token is missing the "iss" claim')
  if (!expected.some(issuer => issuer === claims['iss'])) throw new JwtError('token_invalid', 'Invalid issuer')
}

function checkAudience({ aud }: RawClaims, { decodeAudience: expected, isFlask }: ResolvedOptions): void {
  if (expected === undefined) {
    if (!isFlask && aud !== undefined) readAudience(aud)
    return
  }
  if (isEmptyValue(aud)) throw new JwtError('token_invalid', 'Token is missing the "aud" claim')
  const given = readAudience(aud)
  if (!expected.some(audience => given.includes(audience)))
    throw new JwtError('token_invalid', "Audience doesn't match")
}

function readAudience(aud: unknown): readonly unknown[] {
  const given: readonly unknown[] = Array.isArray(aud) ? aud : [aud]
  if (given.every(audience => typeof audience === 'string')) return given
  throw new JwtError('token_invalid', 'Invalid claim format in token')
}

function checkString(claims: RawClaims, name: string, message: string): void {
  if (claims[name] !== undefined && typeof claims[name] !== 'string') throw new JwtError('token_invalid', message)
}

function checkPresent(claims: RawClaims, name: string): void {
  if (!Object.hasOwn(claims, name)) throw new JwtError('token_invalid', `Missing claim: ${name}`)
}

function checkCsrfClaim(claims: RawClaims, given: unknown, isFlask: boolean): void {
  if (!given && isFlask) return
  if (!given) throw new JwtError('csrf_missing', 'Missing CSRF token')
  checkPresent(claims, 'csrf')
  if (typeof claims['csrf'] !== 'string') throw new JwtError('token_invalid', 'The claim csrf must be a string')
  if (typeof given !== 'string' || !isEqual(claims['csrf'], given))
    throw new JwtError('csrf_mismatch', 'CSRF double submit tokens do not match')
}

function isEqual(expected: string, given: string): boolean {
  const [left, right] = [Buffer.from(expected), Buffer.from(given)]
  return left.length === right.length && timingSafeEqual(left, right)
}

function fillDefaults(header: DecodedJwt['header'], claims: RawClaims): CheckedJwt {
  const declaredType = claims['type']
  if (declaredType === undefined) claims['type'] = 'access'
  if (claims['fresh'] === undefined) claims['fresh'] = false
  if (claims['jti'] === undefined) claims['jti'] = null
  return { verified: true, header: header as JwtHeader, claims: claims as Claims, declaredType }
}

/** At no cost where there is no schema. */
function applySchema(jwt: CheckedJwt, config: ResolvedOptions): Awaitable<CheckedJwt> {
  const { claimsSchema } = config
  if (claimsSchema === undefined) return jwt
  const parsing = parseClaims(jwt.claims, claimsSchema, config)
  return parsing.then(claims => ({ ...jwt, claims, signedClaims: jwt.claims }))
}
