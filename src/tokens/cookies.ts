import { stringifySetCookie } from 'cookie'
import { JwtError } from '../errors.ts'
import { type Duration, maxSeconds, parseDuration } from '../internal/duration.ts'
import { checkNames, cookieDomain, type ResolvedOptions } from '../options.ts'
import type { TokenKind } from './build-claims.ts'
import { decodeUnverified } from './decode.ts'
import { verifyToken } from './verify.ts'

export interface SetCookiesOptions {
  /** How long the cookies stay. @default what is left of the token's life, or `cookies.maxAge` */
  readonly maxAge?: Duration | null | undefined
  /** @default `cookies.domain` */
  readonly domain?: string | null | undefined
}

export interface UnsetCookiesOptions {
  /** @default `cookies.domain` */
  readonly domain?: string | null | undefined
}

/**
 * The `Set-Cookie` values that put a token into a cookie which scripts cannot read, and its CSRF value into one that
 * they can (RFC 6265 section 4.1).
 *
 * @throws JwtError where the CSRF value is asked for and the token does not verify
 */
export async function writeTokenCookies(
  kind: TokenKind,
  token: string,
  options: SetCookiesOptions,
  config: ResolvedOptions,
): Promise<string[]> {
  checkNames(options, ['maxAge', 'domain'], 'the options of the cookies')
  checkLocation(config)
  checkToken(token)
  const { cookies, csrf } = config
  const csrfValue = csrf !== false && csrf.inCookies ? await readCsrfValue(token, config) : undefined
  const life = { ...lifeOf(token, options, config), domain: options.domain }
  const tokenCookie = writeCookie(cookies[kind], token, { ...life, httpOnly: true }, config)
  if (csrf === false || csrfValue === undefined) return [tokenCookie]
  const { cookieName: name, cookiePath: path } = csrf[kind]
  return [tokenCookie, writeCookie({ name, path }, csrfValue, { ...life, httpOnly: false }, config)]
}

/** The `Set-Cookie` values that remove the cookies of one kind of token. */
export function writeRemovedCookies(kind: TokenKind, options: UnsetCookiesOptions, config: ResolvedOptions): string[] {
  checkNames(options, ['domain'], 'the options of the cookies')
  const { cookies, csrf } = config
  const removed = { expires: new Date(0), domain: options.domain }
  const tokenCookie = writeCookie(cookies[kind], '', { ...removed, httpOnly: true }, config)
  if (csrf === false || !csrf.inCookies) return [tokenCookie]
  const { cookieName: name, cookiePath: path } = csrf[kind]
  return [tokenCookie, writeCookie({ name, path }, '', { ...removed, httpOnly: false }, config)]
}

/** The CSRF value of a token, which is verified first. */
export async function readCsrfValue(token: string, config: ResolvedOptions): Promise<string> {
  // Nothing but that value is read here, so no schema needs to look at the other claims.
  const { claims } = await verifyToken(token, {}, { ...config, claimsSchema: undefined })
  if (typeof claims.csrf === 'string') return claims.csrf
  // Made by a manager whose tokenLocation has no cookies, or by another issuer.
  throw new JwtError('token_invalid', 'Missing claim: csrf')
}

/** A token of this manager would have no CSRF value then, and nobody would look for it in a cookie. */
function checkLocation({ tokenLocation, isFlask }: ResolvedOptions): void {
  if (isFlask || tokenLocation.includes('cookies')) return
  throw new TypeError(
    "cookies cannot be set: put 'cookies' into tokenLocation, so that tokens get a CSRF value and are found there",
  )
}

/** Not a refusal: no client has sent it. */
function checkToken(token: unknown): void {
  if (typeof token === 'string') return
  throw new TypeError('the token for the cookies is not a string: is an await missing before createAccessToken?')
}

interface CookieLife {
  readonly maxAge?: number
  readonly expires?: Date
}

function lifeOf(token: string, options: SetCookiesOptions, config: ResolvedOptions): CookieLife {
  const { cookies } = config
  // Zero is no life of a cookie: it counts as not given, as it does in Flask-JWT-Extended.
  if (options.maxAge) return endsAfter(parseDuration(options.maxAge, 'maxAge'), config)
  if (cookies.session) return {}
  if (cookies.maxAge !== undefined) return endsAfter(cookies.maxAge, config)
  const { exp } = decodeUnverified(token, config.maxTokenSize).claims
  return typeof exp === 'number' ? endsAfter(Math.max(0, Math.floor(exp - config.now())), config) : {}
}

// Both attributes, as Flask writes them: Max-Age wins where it is known (RFC 6265 section 5.3).
function endsAfter(seconds: number, config: ResolvedOptions): CookieLife {
  const end = Math.min(config.now() + seconds, maxSeconds)
  return { maxAge: Math.floor(Math.min(seconds, maxSeconds)), expires: new Date(end * 1000) }
}

function writeCookie(
  { name, path }: { readonly name: string; readonly path: string },
  value: string,
  { domain, ...attributes }: CookieLife & { readonly httpOnly: boolean; readonly domain: string | null | undefined },
  { cookies }: ResolvedOptions,
): string {
  const host = domain ? cookieDomain(domain, 'domain') : cookies.domain
  return stringifySetCookie({
    name,
    value,
    path,
    secure: cookies.secure,
    ...attributes,
    ...(host !== undefined && { domain: host }),
    ...(cookies.sameSite !== false && { sameSite: cookies.sameSite.toLowerCase() as 'lax' | 'strict' | 'none' }),
  })
}
