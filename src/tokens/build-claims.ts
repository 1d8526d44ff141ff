import { randomUUID } from 'node:crypto'
import { findJsonFault } from '../internal/json.ts'
import { createUuidV7 } from '../internal/uuid-v7.ts'
import type { ResolvedOptions } from '../options.ts'

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
  readonly session?: SessionPart | undefined
  /** The id that the token is to have. @default a new one */
  readonly jti?: string | undefined
  /** When it counts as issued where watermarks are compared: milliseconds since 1970. @default now */
  readonly issuedAtMs?: number | undefined
}

/** What a token of a session has that others do not. */
export interface SessionPart {
  readonly sid: string
  /** Names of the claims that its next tokens are to have, too: in a refresh token. */
  readonly kept?: readonly string[] | undefined
  /** When the session ends, in milliseconds since 1970: no token of it lives longer. Null for never. */
  readonly expiresAt: number | null
}

/**
 * Assembles the claims of a new token.
 *
 * @throws TypeError where an additional claim takes a reserved place, or a value would not survive JSON
 */
export function buildClaims(request: ClaimsRequest, config: ResolvedOptions): Record<string, unknown> {
  checkAdditional(request, config)
  const now = config.now()
  const issuedAt = Math.floor(now)
  const own: Record<string, unknown> = {
    fresh: request.fresh,
    iat: issuedAt,
    jti: request.jti ?? createJti(request.issuedAtMs ?? now * 1000, config),
    type: request.type,
  }
  if (config.encodeNbf) own['nbf'] = issuedAt
  // The claim is of use only where the token may travel in a cookie.
  if (config.csrf !== false && config.tokenLocation.includes('cookies')) own['csrf'] = randomUUID()
  if (config.encodeAudience !== undefined) own['aud'] = config.encodeAudience
  if (config.encodeIssuer !== undefined) own['iss'] = config.encodeIssuer
  const expiry = expiryOf(request, now)
  if (expiry !== Number.POSITIVE_INFINITY) own['exp'] = expiry
  if (request.session !== undefined) addSession(own, request.session)
  own[config.identityClaim] = toIdentityClaim(request.identity, config)
  // A spread, for an assignment of `__proto__` would be lost before it is found.
  const claims = { ...own, ...request.additional }
  const fault = findJsonFault(claims, 'claims')
  if (fault !== undefined) throw new TypeError(`${fault}: a token holds plain JSON values`)
  return claims
}

/** With the time in it, to the millisecond, which is what watermarks of a store are compared with. */
function createJti(issuedAtMs: number, { isFlask, store }: ResolvedOptions): string {
  return isFlask && store === undefined ? randomUUID() : createUuidV7(issuedAtMs)
}

function addSession(claims: Record<string, unknown>, { sid, kept = [] }: SessionPart): void {
  claims['sid'] = sid
  if (kept.length > 0) claims['kept'] = kept
}

function expiryOf({ expiresIn, session }: ClaimsRequest, now: number): number {
  const own = expiresIn === false ? Number.POSITIVE_INFINITY : Math.floor(now + expiresIn)
  return Math.min(own, session?.expiresAt == null ? own : Math.floor(session.expiresAt / 1000))
}

/** The identity as it goes into the token: `sub` has to be a string (RFC 7519 section 4.1.2). */
export function toIdentityClaim(identity: unknown, { identityClaim, verifySub, isFlask }: ResolvedOptions): unknown {
  if (identity === undefined) throw new TypeError('the identity is undefined: pass the one that the token is for')
  if (isFlask || identityClaim !== 'sub' || !verifySub || typeof identity === 'string') return identity
  if (typeof identity === 'bigint' || Number.isSafeInteger(identity)) return String(identity)
  throw new TypeError(
    'the identity must be a string or a whole number, for it becomes the claim sub: return one from userIdentity, or name another identityClaim',
  )
}

function checkAdditional({ additional, session }: ClaimsRequest, { reservedClaims, isFlask }: ResolvedOptions): void {
  const taken = Object.keys(additional).find(name => reservedClaims.includes(name))
  if (taken !== undefined) throw new TypeError(`additional claims cannot set ${taken}: this package fills it by itself`)
  if (session !== undefined && Object.hasOwn(additional, 'exp')) {
    throw new TypeError('additional claims cannot set exp for a session: sessions.lifetime and accessTokenExpires do')
  }
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
