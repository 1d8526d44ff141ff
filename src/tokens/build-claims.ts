import { randomUUID } from 'node:crypto'
import { findJsonFault } from '../internal/json.ts'
import { type ResolvedOptions, reservedClaims } from '../options.ts'

export type TokenKind = 'access' | 'refresh'

export interface ClaimsRequest {
  /** `access` or `refresh`; another one where a token of another kind is renewed. */
  readonly type: string
  readonly identity: unknown
  /** Seconds, or false for ever. */
  readonly expiresIn: number | false
  /** The claim as it goes into the token: a boolean, or seconds since 1970. */
  readonly fresh: boolean | number
  readonly additional: Readonly<Record<string, unknown>>
}

/**
 * Assembles the claims of a new token.
 *
 * @throws TypeError where an additional claim takes a reserved place, or a value would not survive JSON
 */
export function buildClaims(request: ClaimsRequest, config: ResolvedOptions): Record<string, unknown> {
  checkAdditional(request.additional, config)
  const now = config.now()
  const issuedAt = Math.floor(now)
  const claims = {
    fresh: request.fresh,
    iat: issuedAt,
    jti: randomUUID(),
    type: request.type,
    ...(config.encodeNbf && { nbf: issuedAt }),
    // The claim is of use only where the token may travel in a cookie.
    ...(config.csrf !== false && config.tokenLocation.includes('cookies') && { csrf: randomUUID() }),
    ...(config.encodeAudience !== undefined && { aud: config.encodeAudience }),
    ...(config.encodeIssuer !== undefined && { iss: config.encodeIssuer }),
    ...(request.expiresIn !== false && { exp: Math.floor(now + request.expiresIn) }),
    [config.identityClaim]: toIdentityClaim(request.identity, config),
    ...request.additional,
  }
  const fault = findJsonFault(claims, 'claims')
  if (fault !== undefined) throw new TypeError(`${fault}: a token holds plain JSON values`)
  return claims
}

/** The identity as it goes into the token: `sub` has to be a string (RFC 7519 section 4.1.2). */
function toIdentityClaim(identity: unknown, { identityClaim, verifySub, isFlask }: ResolvedOptions): unknown {
  if (identity === undefined) throw new TypeError('the identity is undefined: pass the one that the token is for')
  if (isFlask || identityClaim !== 'sub' || !verifySub || typeof identity === 'string') return identity
  if (typeof identity === 'bigint' || Number.isSafeInteger(identity)) return String(identity)
  throw new TypeError(
    'the identity must be a string or a whole number, for it becomes the claim sub: return one from userIdentity, or name another identityClaim',
  )
}

function checkAdditional(
  additional: Readonly<Record<string, unknown>>,
  { identityClaim, isFlask }: ResolvedOptions,
): void {
  const taken = Object.keys(additional).find(name => name === identityClaim || reservedClaims.includes(name))
  if (taken !== undefined) throw new TypeError(`additional claims cannot set ${taken}: this package fills it by itself`)
  checkRegistered(additional, 'exp', value => typeof value === 'number', 'a number of seconds since 1970')
  checkRegistered(additional, 'iss', value => typeof value === 'string', 'a string')
  if (!isFlask) checkRegistered(additional, 'aud', isAudience, 'a string or a list of strings')
}

function checkRegistered(
  additional: Readonly<Record<string, unknown>>,
  name: string,
  isFit: (value: unknown) => boolean,
  wanted: string,
): void {
  if (Object.hasOwn(additional, name) && !isFit(additional[name]))
    throw new TypeError(`the claim ${name} must be ${wanted}`)
}

function isAudience(value: unknown): boolean {
  return typeof value === 'string' || (Array.isArray(value) && value.every(item => typeof item === 'string'))
}
