import { timingSafeEqual } from 'node:crypto'
import { type ReadToken, type TokenTimes, VerifiedToken } from '../cache/verified-tokens.ts'
import type { Claims, JwtHeader, VerifiedJwt } from '../context.ts'
import { JwtError } from '../errors.ts'
import { type Awaitable, orElse, whenReady } from '../internal/awaitable.ts'
import { isEmptyValue } from '../internal/empty-value.ts'
import { Key } from '../keys/key.ts'
import type { ResolvedOptions } from '../options.ts'
import { type DecodedJwt, decodePayload, decodeSegment, decodeToken } from './decode.ts'
import { parseClaims } from './parse-claims.ts'

export interface VerifyOptions {
  /** The CSRF value that came with the token: it must equal the claim. To pass none (undefined, empty) refuses the token. */
  readonly csrf?: string | undefined
  /** Accepts a token whose `exp` is over. @default false */
  readonly allowExpired?: boolean | undefined
}

export interface CheckedJwt extends VerifiedJwt {
  /** Seconds since 1970; Infinity for ever. */
  readonly expiresAt: number
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
export function verifyToken(token: unknown, options: VerifyOptions, config: ResolvedOptions): Awaitable<CheckedJwt> {
  const { knownHeaders, loaders, maxTokenSize, verifiedTokens } = config
  // Nothing is done with a text before its length is known.
  const seen = typeof token === 'string' && token.length <= maxTokenSize ? verifiedTokens?.find(token) : undefined
  if (seen !== undefined && loaders.decodeKey === undefined) return checkSeen(seen, options, config)
  const decoded = decodeToken(token, maxTokenSize, knownHeaders)
  return whenReady(chooseKey(decoded, config), key => {
    // A loader may choose another key today.
    if (seen?.key === key) return checkSeen(seen, options, config)
    checkSignature(decoded, key)
    knownHeaders.remember(decoded.headerText, decoded.header)
    // Not before, for a loader may have taken its time.
    const now = config.now()
    const read = readClaims(decoded, now, config)
    if (verifiedTokens !== undefined && !isExpired(read, now, config))
      verifiedTokens.add(new VerifiedToken(read, token as string, key))
    return checkRest(read, options, now, config)
  })
}

/** Asks what time has done to a token that was right before, and all else as of any. */
function checkSeen(seen: VerifiedToken, options: VerifyOptions, config: ResolvedOptions): Awaitable<CheckedJwt> {
  const now = config.now()
  checkTimes(seen, now, config)
  // It will not come back to life.
  if (isExpired(seen, now, config)) config.verifiedTokens?.delete(seen)
  return checkRest(seen, options, now, config)
}

function checkRest(
  { header, claims, declaredType, expiresAt }: ReadToken,
  options: VerifyOptions,
  now: number,
  config: ResolvedOptions,
): Awaitable<CheckedJwt> {
  if ('csrf' in options) checkCsrfClaim(claims, options.csrf, config.isFlask)
  return whenReady(applySchema({ verified: true, header, claims, declaredType, expiresAt }, config), jwt => {
    if (options.allowExpired || !isExpired(jwt, now, config)) return jwt
    throw new JwtError('token_expired', 'Token has expired', { jwt })
  })
}

function readClaims({ header, payload }: DecodedJwt, now: number, config: ResolvedOptions): ReadToken {
  const claims = decodePayload(payload)
  const { issuedAt, notBefore, expiresAt } = readTimes(claims, config)
  checkTimes({ issuedAt, notBefore }, now, config)
  checkIssuer(claims, config)
  checkAudience(claims, config)
  if (config.verifySub) checkString(claims['sub'], 'Subject must be a string')
  checkString(claims['jti'], 'JWT ID must be a string')
  checkPresent(claims, config.identityClaim)
  const declaredType = fillDefaults(claims)
  return { header: header as JwtHeader, claims: claims as Claims, declaredType, issuedAt, notBefore, expiresAt }
}

/** Whether the `exp` of a token is over: at that very second it is (RFC 7519 section 4.1.4). */
export function isExpired(
  { expiresAt }: Pick<TokenTimes, 'expiresAt'>,
  now: number,
  { leeway }: Pick<ResolvedOptions, 'leeway'>,
): boolean {
  return expiresAt <= now - leeway
}

/** The application's choice, or the configured key for the `alg` of the token: a look-up, never an import. */
function chooseKey(decoded: DecodedJwt, config: ResolvedOptions): Awaitable<Key> {
  const { alg } = decoded.header
  if (alg === undefined) throw new JwtError('token_invalid', 'Algorithm not specified')
  const { decodeKey } = config.loaders
  if (decodeKey === undefined) return configuredKey(alg, config)
  return whenReady(askForKey(decoded, decodeKey, config.warn), chosen => chosen ?? configuredKey(alg, config))
}

function configuredKey(alg: unknown, { keyRing, loaders }: ResolvedOptions): Key {
  const key = typeof alg === 'string' ? keyRing.verificationKeys.get(alg) : undefined
  if (key !== undefined) return key
  if (keyRing.verificationKeys.size > 0) throw new JwtError('token_invalid', 'The specified alg value is not allowed')
  if (loaders.decodeKey !== undefined) throw new JwtError('token_invalid', 'There is no key for this token')
  throw new TypeError('This manager has no key to verify with: set publicKey (or decodeKey)')
}

type DecodeKey = NonNullable<ResolvedOptions['loaders']['decodeKey']>

/** The loader works on what a client wrote: where it fails, the token is refused, never the server. */
function askForKey(
  { header, payload }: DecodedJwt,
  decodeKey: DecodeKey,
  warn: ResolvedOptions['warn'],
): Awaitable<Key | undefined> {
  const claims = decodePayload(payload)
  return orElse<Key | undefined, never>(
    () => whenReady<unknown, Key | undefined>(decodeKey(header, claims), chosen => checkChosen(chosen ?? undefined)),
    cause => {
      if (cause instanceof JwtError) throw cause
      warn('decodeKey threw, or returned something else than a key made by importKey: such tokens are refused')
      throw new JwtError('token_invalid', 'There is no key for this token', { cause })
    },
  )
}

function checkChosen(chosen: unknown): Key | undefined {
  if (chosen === undefined || chosen instanceof Key) return chosen
  throw new TypeError('decodeKey must return a key made by importKey, or undefined')
}

/**
 * @throws JwtError `token_invalid` where the token names another algorithm than that of the key, or the signature is wrong
 */
export function checkSignature(decoded: DecodedJwt, key: Key): void {
  // The algorithm belongs to the key: the one in the token is compared and never used (RFC 8725 section 3.1).
  if (decoded.header['alg'] !== key.algorithm)
    throw new JwtError('token_invalid', 'The specified alg value is not allowed')
  if (key.verify(decoded.signingInput, decoded.signature)) return
  decodeSegment(decoded.signature, 'signature')
  throw new JwtError('token_invalid', 'Signature verification failed')
}

function readTimes(claims: Readonly<RawClaims>, { isFlask }: ResolvedOptions): TokenTimes {
  const iat = asTime(claims['iat'], 'iat') ?? Number.NEGATIVE_INFINITY
  const nbf = asTime(claims['nbf'], 'nbf') ?? Number.NEGATIVE_INFINITY
  const exp = asTime(claims['exp'], 'exp') ?? Number.POSITIVE_INFINITY
  // PyJWT passes over fractions of a second, in which the token is not valid yet (RFC 7519 section 4.1.5).
  return { issuedAt: Math.trunc(iat), notBefore: isFlask ? Math.trunc(nbf) : nbf, expiresAt: Math.trunc(exp) }
}

function checkTimes(
  { issuedAt, notBefore }: Omit<TokenTimes, 'expiresAt'>,
  now: number,
  { leeway }: ResolvedOptions,
): void {
  if (issuedAt > now + leeway) throw immature('iat')
  if (notBefore > now + leeway) throw immature('nbf')
}

function asTime(value: unknown, name: string): number | undefined {
  // Present but null is not absent; a boolean or a numeric string is not a time (RFC 7519 section 2, NumericDate).
  if (value === undefined || (typeof value === 'number' && Number.isFinite(value))) return value
  throw new JwtError('token_invalid', `The claim ${name} must be a number`)
}

function immature(name: string): JwtError {
  return new JwtError('token_invalid', `The token is not yet valid (${name})`)
}

// Flask-JWT-Extended looks at iss and aud only where they are expected.
function checkIssuer({ iss }: RawClaims, { decodeIssuer: expected, isFlask }: ResolvedOptions): void {
  if (expected === undefined) {
    if (!isFlask) checkString(iss, 'Issuer must be a string')
    return
  }
  if (iss === undefined) throw new JwtError('token_invalid', 'Token is missing the "iss" claim')
  if (!isOneOf(iss, expected)) throw new JwtError('token_invalid', 'Invalid issuer')
}

function checkAudience({ aud }: RawClaims, { decodeAudience: expected, isFlask }: ResolvedOptions): void {
  if (expected === undefined) {
    if (!isFlask && aud !== undefined) checkAudienceFormat(aud)
    return
  }
  if (isEmptyValue(aud)) throw new JwtError('token_invalid', 'Token is missing the "aud" claim')
  checkAudienceFormat(aud)
  const isMeant = Array.isArray(aud) ? aud.some(audience => isOneOf(audience, expected)) : isOneOf(aud, expected)
  if (!isMeant) throw new JwtError('token_invalid', "Audience doesn't match")
}

function checkAudienceFormat(aud: unknown): void {
  if (typeof aud === 'string') return
  if (Array.isArray(aud) && aud.every(audience => typeof audience === 'string')) return
  throw new JwtError('token_invalid', 'Invalid claim format in token')
}

function isOneOf(value: unknown, expected: readonly unknown[]): boolean {
  return expected.includes(value)
}

function checkString(value: unknown, message: string): void {
  if (value !== undefined && typeof value !== 'string') throw new JwtError('token_invalid', message)
}

function checkPresent(claims: Readonly<RawClaims>, name: string): void {
  if (!Object.hasOwn(claims, name)) throw new JwtError('token_invalid', `Missing claim: ${name}`)
}

function checkCsrfClaim(claims: Readonly<RawClaims>, given: unknown, isFlask: boolean): void {
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

/** Returns the type that the token states itself. */
function fillDefaults(claims: RawClaims): unknown {
  const declaredType = claims['type']
  if (declaredType === undefined) claims['type'] = 'access'
  if (claims['fresh'] === undefined) claims['fresh'] = false
  if (claims['jti'] === undefined) claims['jti'] = null
  return declaredType
}

/** At no cost where there is no schema. */
function applySchema(jwt: CheckedJwt, config: ResolvedOptions): Awaitable<CheckedJwt> {
  const { claimsSchema } = config
  if (claimsSchema === undefined) return jwt
  const { claims: signedClaims } = jwt
  return whenReady(parseClaims(signedClaims, claimsSchema, config), claims => ({ ...jwt, claims, signedClaims }))
}
