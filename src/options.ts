import { domainToASCII } from 'node:url'
import { stringifySetCookie } from 'cookie'
import { KnownHeaders } from './cache/known-headers.ts'
import { VerifiedTokens } from './cache/verified-tokens.ts'
import type { Claims, JwtHeader, TokenLocation } from './context.ts'
import type { JwtErrorCode } from './errors.ts'
import type { JwtEvents } from './events.ts'
import type { Awaitable } from './internal/awaitable.ts'
import { type Duration, parseDuration } from './internal/duration.ts'
import { Emitter } from './internal/emitter.ts'
import { isForbiddenName } from './internal/json.ts'
import { findNearestName } from './internal/nearest-name.ts'
import { isPlainObject } from './internal/plain-object.ts'
import { isStandardSchema, type StandardSchema } from './internal/standard-schema.ts'
import { type Algorithm, algorithms, isAlgorithm, isSymmetric } from './keys/algorithms.ts'
import { allowsWeakSecret } from './keys/check-secret.ts'
import type { KeyMaterial } from './keys/import-key.ts'
import type { Key } from './keys/key.ts'
import { createKeyRing, type KeyRing } from './keys/key-ring.ts'
import type { Store } from './stores/store.ts'
import { StoreClient } from './stores/store-client.ts'

/** An answer of the application's own to a refused request. */
export interface CustomAnswer {
  readonly status: number
  /** What is sent as JSON. */
  readonly json: unknown
  /** Further headers. The challenge of RFC 6750 stays unless `www-authenticate` is among them. */
  readonly headers?: Readonly<Record<string, string>>
}

/** The cookie of one kind of token. */
export interface TokenCookieOptions {
  /** @default 'access_token_cookie' or 'refresh_token_cookie' */
  readonly name?: string
  /** @default '/' */
  readonly path?: string
}

export interface CookieOptions {
  /** Whether cookies travel over https alone. Turn it off for development over http only. @default true */
  readonly secure?: boolean
  /** The domain whose hosts all get the cookies; without it only the host that set them. */
  readonly domain?: string | undefined
  /** `false` writes no attribute. @default 'Lax' */
  readonly sameSite?: 'Lax' | 'Strict' | 'None' | false
  /** Whether cookies end with the browser session rather than with the token. @default false */
  readonly session?: boolean
  /** How long cookies stay, whatever the token says. @default what is left of the token's life */
  readonly maxAge?: Duration | undefined
  /**
   * Put before all four cookie names. `'__Host-'` makes browsers refuse such a cookie from a subdomain or over http
   * (RFC 6265bis section 4.1.3.2); it needs `secure`, no `domain`, and `/` as path.
   */
  readonly prefix?: '__Host-' | '__Secure-' | undefined
  readonly access?: TokenCookieOptions
  readonly refresh?: TokenCookieOptions
}

/** How the CSRF value of one kind of token travels. */
export interface TokenCsrfOptions {
  /** The cookie that scripts of the page read the value from. @default 'csrf_access_token' or 'csrf_refresh_token' */
  readonly cookieName?: string
  /** @default '/' */
  readonly cookiePath?: string
  /** The header that scripts of the page send it back in. @default 'X-CSRF-TOKEN' */
  readonly headerName?: string
  /** The form field that may hold it where `checkForm` is on. @default 'csrf_token' */
  readonly fieldName?: string
}

export interface CsrfOptions {
  /** The methods that need the CSRF value, in upper case. @default every method but GET, HEAD, OPTIONS and TRACE */
  readonly methods?: readonly string[] | undefined
  /** Whether the value may also come in a form field. @default false */
  readonly checkForm?: boolean
  /** Whether the value is put into a cookie that scripts can read. @default true */
  readonly inCookies?: boolean
  /** Whether requests by cookie which another site started, WebSockets too, are refused, as browsers tell it. @default true */
  readonly fetchMetadata?: boolean
  /** Other origins (`https://app.example.com`) whose pages may send requests by cookie. @default [] */
  readonly trustedOrigins?: readonly string[]
  readonly access?: TokenCsrfOptions
  readonly refresh?: TokenCsrfOptions
}

/** How long login sessions last, and how their refresh tokens rotate. All of it needs a `store`. */
export interface SessionOptions {
  /** How long a session lasts, however much it is used; false for ever. @default `refreshTokenExpires` */
  readonly lifetime?: Duration | false | undefined
  /** How long a session lasts without a refresh; false for ever. @default '7d' */
  readonly idleLifetime?: Duration | false | undefined
  /**
   * How long after a refresh the token before is answered with the same successor, for answers that are lost and tabs
   * that refresh at once: 0 to 300 seconds.
   *
   * @default '30s'
   */
  readonly grace?: Duration | undefined
  /** How soon after a refresh the current token keeps its id. @default `grace` */
  readonly minRotation?: Duration | undefined
  /** Whether the address and the user agent that a session was used from last are kept, for the list. @default true */
  readonly keepDevices?: boolean
}

/** What may become claims: any object, but no promise of one. */
type ClaimsObject = object & { readonly then?: never }

/** Functions of the application's own. Each may be synchronous or asynchronous. */
export interface Loaders<User, Extra extends object> {
  /**
   * Claims for every new token. `type`, `jti`, `iat`, `nbf`, `fresh`, `csrf`, `sid`, `kept` and the identity
   * claim are not among them.
   * They give the claims their types, unless a `claimsSchema` does.
   */
  // `ClaimsObject` beside `Extra` makes this the weaker place to infer from: a schema that transforms has another output.
  additionalClaims?(identity: unknown): Awaitable<Extra | ClaimsObject>
  /** Header members for every new token. */
  additionalHeaders?(identity: unknown): Awaitable<Readonly<Record<string, unknown>>>
  /** The identity of what was passed to `createAccessToken`, for example the id of a user object. */
  userIdentity?(identity: unknown): Awaitable<unknown>
  /** The user of a verified token; undefined or null where there is none, which refuses the request. */
  userLookup?(header: JwtHeader, claims: Claims<NoInfer<Extra>>): Awaitable<User | null | undefined>
  /** Whether a token has been revoked. To throw, or to return anything but a boolean, refuses the request with 503. */
  tokenInBlocklist?(header: JwtHeader, claims: Claims<NoInfer<Extra>>): Awaitable<boolean>
  /** A check of the application's own, after all others. */
  verifyClaims?(header: JwtHeader, claims: Claims<NoInfer<Extra>>): Awaitable<boolean>
  /** The key to sign with, made by `importKey`; undefined for the configured one. */
  encodeKey?(identity: unknown): Awaitable<Key | undefined>
  /** The key to verify with, chosen by what the token says unverified; undefined for the configured one. */
  decodeKey?(
    unverifiedHeader: Readonly<Record<string, unknown>>,
    unverifiedClaims: Readonly<Record<string, unknown>>,
  ): Awaitable<Key | undefined>
  /** The answer to an expired token. */
  onExpired?(header: JwtHeader, claims: Claims<NoInfer<Extra>>): Awaitable<CustomAnswer>
  /** The answer to a token, header or parameter with something wrong about it. */
  onInvalid?(message: string, code: JwtErrorCode): Awaitable<CustomAnswer>
  /** The answer where no token came, or the CSRF check failed. */
  onUnauthorized?(message: string, code: JwtErrorCode): Awaitable<CustomAnswer>
  /** The answer to a token that is not fresh where a fresh one is asked for. */
  onNeedsFresh?(header: JwtHeader, claims: Claims<NoInfer<Extra>>): Awaitable<CustomAnswer>
  /** The answer to a revoked token. */
  onRevoked?(header: JwtHeader, claims: Claims<NoInfer<Extra>>): Awaitable<CustomAnswer>
  /** The answer where `verifyClaims` said no. */
  onVerificationFailed?(header: JwtHeader, claims: Claims<NoInfer<Extra>>): Awaitable<CustomAnswer>
  /** The answer where `userLookup` found nobody. */
  onUserLookupError?(header: JwtHeader, claims: Claims<NoInfer<Extra>>): Awaitable<CustomAnswer>
}

/** Everything that a `JwtManager` can be told. Unknown names are refused. */
export interface JwtOptions<User = unknown, Extra extends object = object> extends Loaders<User, Extra> {
  /** The secret of HS256, HS384 or HS512: at least as many bytes as the hash puts out, and none that can be guessed. */
  readonly secretKey?: KeyMaterial | undefined
  /** The key to sign with, for the other algorithms. */
  readonly privateKey?: KeyMaterial | undefined
  /** The key to verify with, for the other algorithms. */
  readonly publicKey?: KeyMaterial | undefined
  /** @default 'HS256' */
  readonly algorithm?: Algorithm
  /** Further algorithms of the same family which verify with the same key. @default [algorithm] */
  readonly decodeAlgorithms?: readonly Algorithm[]

  /** The life of an access token; false for ever. @default '15m' */
  readonly accessTokenExpires?: Duration | false
  /** The life of a refresh token; false for ever. @default '30d' */
  readonly refreshTokenExpires?: Duration | false
  /** The `iss` of new tokens. */
  readonly encodeIssuer?: string | undefined
  /** The `iss` to insist on: one, or any of several. */
  readonly decodeIssuer?: string | readonly string[] | undefined
  /** The `aud` of new tokens. */
  readonly encodeAudience?: string | readonly string[] | undefined
  /** The `aud` to insist on: one, or any of several. */
  readonly decodeAudience?: string | readonly string[] | undefined
  /** How far clocks may differ, for `exp`; `nbf` and `iat` too. @default 0 */
  readonly leeway?: Duration
  /** Whether new tokens get an `nbf`. @default true */
  readonly encodeNbf?: boolean
  /**
   * A schema for the additional claims, of zod, valibot, arktype or whatever else follows Standard Schema 1. Every
   * verified token must fit it; what it puts out, transforms and defaults included, takes the place of those claims and
   * gives them their types. It sees none of the registered claims, so it may be strict.
   */
  readonly claimsSchema?: StandardSchema<Extra> | undefined
  /** Whether `sub` must be a string (RFC 7519 section 4.1.2). @default true */
  readonly verifySub?: boolean
  /** The claim that holds the identity. @default 'sub' */
  readonly identityClaim?: string
  /** Values of `type` that open a route which asks for an access token. @default ['access'] */
  readonly acceptedAccessTypes?: readonly string[]
  /** The longest token that is looked at, in bytes. @default 16384 */
  readonly maxTokenSize?: number

  /**
   * How many verified tokens are remembered, so that the same one needs no signature check and no parsing when it comes
   * again. All that depends on the time, the route, the store and your loaders is checked at each request. Their claims
   * are frozen. `false` remembers none.
   *
   * @default { max: 5000 }
   */
  readonly verifiedTokenCache?: false | { readonly max?: number }
  /**
   * Whether `current()` tells in a handler, and in all that it calls, who is asking. With false it throws, and the handler
   * has the context from its framework alone (`req.jwt`, `c.var.jwt`, ...). Before Node 24 that spares the process the
   * cost of `AsyncLocalStorage`, which every promise and every timer bears.
   *
   * @default true
   */
  readonly context?: boolean

  /** Where tokens are looked for, in this order. @default ['headers'] */
  readonly tokenLocation?: TokenLocation | readonly TokenLocation[]
  /** @default { name: 'Authorization', type: 'Bearer' } */
  readonly header?: { readonly name?: string; readonly type?: string }
  /** @default { name: 'jwt', prefix: '' } */
  readonly query?: { readonly name?: string; readonly prefix?: string }
  /** @default { accessKey: 'access_token', refreshKey: 'refresh_token' } */
  readonly json?: { readonly accessKey?: string; readonly refreshKey?: string }
  readonly cookies?: CookieOptions
  /** The protection of tokens in cookies against requests forged by other sites; false turns it off. */
  readonly csrf?: CsrfOptions | false
  /** Replaces an access token in a cookie on the response once less than `within` is left of it. */
  readonly implicitRefresh?: { readonly within: Duration } | undefined

  /** Where sessions and revocations are kept: `memoryStore()`, `sqliteStore(...)` and so on of `jwt-extended/stores`. */
  readonly store?: Store | undefined
  readonly sessions?: SessionOptions | undefined
  /**
   * What becomes of a request whose revocation the store cannot check: it is refused with 503, or accepted. To refresh
   * always needs the store.
   *
   * @default 'reject'
   */
  readonly onStoreError?: 'reject' | 'accept'
  /** How long a call of the store, or of `tokenInBlocklist`, may take, in milliseconds. @default 500 */
  readonly storeTimeoutMs?: number

  /** The member of an error body that holds the message. @default 'msg' */
  readonly errorMessageKey?: string
  /** Whether an adapter answers a refused request itself or hands the `JwtError` on. @default 'answer' */
  readonly errors?: 'answer' | 'throw'
  /** Milliseconds since 1970. @default Date.now */
  readonly clock?: () => number
  /** Told, once for each message, of what is likely a mistake in the set-up. @default process.emitWarning */
  readonly warn?: (message: string) => void
  /** Accepts a weak secret. For development: where NODE_ENV is production it is refused. @default false */
  readonly dangerouslyAllowWeakSecret?: boolean
  /** Statuses, bodies and leniencies of Flask-JWT-Extended: set by `flaskOptions`. */
  readonly compatibility?: 'flask' | undefined
}

interface ResolvedTokenCookies {
  readonly name: string
  readonly path: string
}

export type ResolvedTokenCsrf = Required<TokenCsrfOptions>

export interface ResolvedCsrf {
  /** Whether a request by cookie with this method needs the CSRF value. */
  isProtected(method: string): boolean
  readonly checkForm: boolean
  readonly inCookies: boolean
  readonly fetchMetadata: boolean
  readonly trustedOrigins: ReadonlySet<string>
  readonly access: ResolvedTokenCsrf
  readonly refresh: ResolvedTokenCsrf
}

/** The options with their defaults, checked; keys imported. */
export interface ResolvedOptions {
  readonly algorithm: Algorithm
  readonly keyRing: KeyRing
  readonly accessTokenExpires: number | false
  readonly refreshTokenExpires: number | false
  readonly encodeIssuer: string | undefined
  readonly decodeIssuer: readonly string[] | undefined
  readonly encodeAudience: string | readonly string[] | undefined
  readonly decodeAudience: readonly string[] | undefined
  readonly leeway: number
  readonly encodeNbf: boolean
  readonly claimsSchema: StandardSchema | undefined
  readonly verifySub: boolean
  readonly identityClaim: string
  /** Claims that are filled here: no additional claim may take their place. */
  readonly reservedClaims: readonly string[]
  /** Claims with a meaning of their own: all others are additional. */
  readonly registeredClaims: readonly string[]
  readonly acceptedAccessTypes: readonly string[]
  readonly maxTokenSize: number
  /** Of this manager alone: what is in it was verified by its keys and options. */
  readonly verifiedTokens: VerifiedTokens | undefined
  readonly knownHeaders: KnownHeaders
  readonly tokenLocation: readonly TokenLocation[]
  readonly header: { readonly name: string; readonly type: string }
  readonly query: { readonly name: string; readonly prefix: string }
  readonly json: { readonly accessKey: string; readonly refreshKey: string }
  readonly cookies: {
    readonly secure: boolean
    readonly domain: string | undefined
    readonly sameSite: 'Lax' | 'Strict' | 'None' | false
    readonly session: boolean
    readonly maxAge: number | undefined
    readonly access: ResolvedTokenCookies
    readonly refresh: ResolvedTokenCookies
  }
  readonly csrf: ResolvedCsrf | false
  readonly implicitRefresh: { readonly within: number } | undefined
  readonly store: StoreClient | undefined
  /** In seconds; false for ever. */
  readonly sessions: {
    readonly lifetime: number | false
    readonly idleLifetime: number | false
    readonly grace: number
    readonly minRotation: number
    readonly keepDevices: boolean
  }
  readonly onStoreError: 'reject' | 'accept'
  readonly storeTimeoutMs: number
  readonly events: Emitter<JwtEvents>
  readonly errorMessageKey: string
  readonly errors: 'answer' | 'throw'
  readonly warn: (message: string) => void
  readonly isFlask: boolean
  /** Whether `current()` works. */
  readonly hasCurrent: boolean
  readonly loaders: Loaders<unknown, object>
  /** Seconds since 1970, with fractions. */
  now(): number
}

/** Every loader, and below every option: a name that is missing here does not compile. */
const loaderNames = keysOf({
  additionalClaims: true,
  additionalHeaders: true,
  userIdentity: true,
  userLookup: true,
  tokenInBlocklist: true,
  verifyClaims: true,
  encodeKey: true,
  decodeKey: true,
  onExpired: true,
  onInvalid: true,
  onUnauthorized: true,
  onNeedsFresh: true,
  onRevoked: true,
  onVerificationFailed: true,
  onUserLookupError: true,
} satisfies Record<keyof Loaders<unknown, object>, true>)

const settingNames = keysOf({
  secretKey: true,
  privateKey: true,
  publicKey: true,
  algorithm: true,
  decodeAlgorithms: true,
  accessTokenExpires: true,
  refreshTokenExpires: true,
  encodeIssuer: true,
  decodeIssuer: true,
  encodeAudience: true,
  decodeAudience: true,
  leeway: true,
  encodeNbf: true,
  claimsSchema: true,
  verifySub: true,
  identityClaim: true,
  acceptedAccessTypes: true,
  maxTokenSize: true,
  verifiedTokenCache: true,
  context: true,
  tokenLocation: true,
  header: true,
  query: true,
  json: true,
  cookies: true,
  csrf: true,
  implicitRefresh: true,
  store: true,
  sessions: true,
  onStoreError: true,
  storeTimeoutMs: true,
  errorMessageKey: true,
  errors: true,
  clock: true,
  warn: true,
  dangerouslyAllowWeakSecret: true,
  compatibility: true,
} satisfies Record<Exclude<keyof JwtOptions, keyof Loaders<unknown, object>>, true>)

export const tokenLocations: readonly TokenLocation[] = ['headers', 'cookies', 'query', 'json']

export const safeMethods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE'])

/** Claims that this package always fills by itself. */
const ownClaims: readonly string[] = ['type', 'jti', 'iat', 'nbf', 'fresh', 'csrf']

/** The session of a token, and the names of the claims that its next tokens are to have. */
const sessionClaims: readonly string[] = ['sid', 'kept']

/**
 * Applies the defaults and checks every option.
 *
 * @throws TypeError that names the option, says what is wrong with it and what to do
 */
export function resolveOptions(options: JwtOptions): ResolvedOptions {
  checkNames(options, [...loaderNames, ...settingNames], 'option')
  checkNothingIsNull(options)
  const isFlask =
    optional(options.compatibility, 'compatibility', (value, name) => oneOf(value, ['flask'], name)) === 'flask'
  const algorithm = oneOf(options.algorithm ?? 'HS256', Object.keys(algorithms).filter(isAlgorithm), 'algorithm')
  const tokenLocation = resolveLocations(options.tokenLocation ?? ['headers'], 'tokenLocation')
  const clock = callable(options.clock ?? Date.now, 'clock')
  const cookies = resolveCookies(options.cookies ?? {}, isFlask)
  const csrf = resolveCsrf(options.csrf ?? {}, options.cookies?.prefix ?? '', isFlask)
  if (!isFlask) checkCookieNames(cookies, csrf)
  if (!isFlask || options.cookies?.prefix !== undefined) checkNamePrefixes(cookies, csrf)
  const warn = tellOnce(callable(options.warn ?? emitWarning, 'warn'))
  const identityClaim = resolveIdentityClaim(options.identityClaim ?? 'sub', isFlask)
  const filledClaims = [...ownClaims, identityClaim]
  // Other issuers put into the claims of a session what they like.
  const registeredClaims = options.store === undefined ? filledClaims : [...filledClaims, ...sessionClaims]
  // With or without a store: another service of the same key may have one, and take the token for one of a session.
  const reservedClaims = isFlask ? registeredClaims : [...filledClaims, ...sessionClaims]
  const events = new Emitter<JwtEvents>(name => warn(`a listener of ${name} failed`))
  const storeTimeoutMs = positiveInteger(options.storeTimeoutMs ?? 500, 'storeTimeoutMs')
  return {
    algorithm,
    keyRing: resolveKeyRing(options, algorithm),
    accessTokenExpires: lifetime(options.accessTokenExpires ?? '15m', 'accessTokenExpires', isFlask),
    refreshTokenExpires: lifetime(options.refreshTokenExpires ?? '30d', 'refreshTokenExpires', isFlask),
    encodeIssuer: optional(options.encodeIssuer, 'encodeIssuer', text),
    decodeIssuer: optional(options.decodeIssuer, 'decodeIssuer', (value, name) => expectations(value, name, isFlask)),
    // Flask-JWT-Extended writes whatever it is given.
    encodeAudience: isFlask ? options.encodeAudience : optional(options.encodeAudience, 'encodeAudience', oneOrMore),
    decodeAudience: optional(options.decodeAudience, 'decodeAudience', (value, name) =>
      expectations(value, name, isFlask),
    ),
    leeway: resolveLeeway(options.leeway ?? 0, isFlask),
    encodeNbf: flag(options.encodeNbf ?? true, 'encodeNbf'),
    claimsSchema: optional(options.claimsSchema, 'claimsSchema', standardSchema),
    verifySub: flag(options.verifySub ?? true, 'verifySub'),
    identityClaim,
    reservedClaims,
    registeredClaims: [...registeredClaims, 'sub', 'exp', 'aud', 'iss'],
    acceptedAccessTypes: resolveAccessTypes(options.acceptedAccessTypes ?? ['access']),
    maxTokenSize: positiveInteger(options.maxTokenSize ?? 16_384, 'maxTokenSize'),
    verifiedTokens: resolveTokenCache(options.verifiedTokenCache ?? {}),
    knownHeaders: new KnownHeaders(),
    tokenLocation,
    header: resolveHeader(options.header ?? {}),
    query: resolveQuery(options.query ?? {}, isFlask),
    json: resolveJson(options.json ?? {}, isFlask),
    cookies,
    csrf,
    implicitRefresh: resolveImplicitRefresh(options.implicitRefresh, tokenLocation),
    store: resolveStore(options.store, { events, storeTimeoutMs, warn }),
    storeTimeoutMs,
    sessions: resolveSessions(options, isFlask),
    onStoreError: oneOf(options.onStoreError ?? 'reject', ['reject', 'accept'], 'onStoreError'),
    events,
    errorMessageKey: resolveMessageKey(options.errorMessageKey ?? 'msg', isFlask),
    errors: oneOf(options.errors ?? 'answer', ['answer', 'throw'], 'errors'),
    warn,
    isFlask,
    hasCurrent: flag(options.context ?? true, 'context'),
    loaders: resolveLoaders(options),
    now: () => readClock(clock),
  }
}

/** Seconds since 1970. A clock without a time would let every comparison with one pass. */
function readClock(clock: () => number): number {
  const milliseconds: unknown = clock()
  if (typeof milliseconds === 'number' && Number.isFinite(milliseconds)) return milliseconds / 1000
  throw new TypeError('clock must return the milliseconds since 1970')
}

/**
 * Checks names of locations, as an option or as a requirement of a route.
 *
 * @throws TypeError at a name that is no location
 */
export function resolveLocations(value: unknown, name: string): readonly TokenLocation[] {
  const list = typeof value === 'string' ? [value] : value
  if (!Array.isArray(list)) throw new TypeError(`${name} must be a list of ${tokenLocations.join(', ')}`)
  if (list.length === 0) throw new TypeError(`${name} is empty: name at least one of ${tokenLocations.join(', ')}`)
  return list.map(location => oneOf(location, tokenLocations, name))
}

/**
 * The life of a token in seconds, or false for ever. Zero is refused: elsewhere it makes a token that never expires.
 *
 * @throws TypeError where it is no lifetime
 */
export function lifetime(value: Duration | false, name: string, mayBeOver = false): number | false {
  if (value === false) return false
  const seconds = parseDuration(value, name)
  if (seconds === 0) throw new TypeError(`${name} is 0: a token needs a life; false makes one that never expires`)
  if (seconds < 0 && !mayBeOver) throw new TypeError(`${name} is negative: the token would be expired when it is made`)
  return seconds
}

/** A cookie domain as it is written: in ASCII, without the leading dot of old. */
export function cookieDomain(value: unknown, name: string): string {
  const given = text(value, name)
  // domainToASCII leaves these out without a word: another domain would come of it.
  const domain = /[\s\p{Cc}]/u.test(given) ? '' : domainToASCII(given.replace(/^\./, ''))
  if (domain === '') throw new TypeError(`${name} must be a host name without a port, such as 'example.com'`)
  checkSetCookie(() => stringifySetCookie({ name: 'n', value: '', domain }), name)
  return domain
}

function resolveKeyRing(options: JwtOptions, algorithm: Algorithm): KeyRing {
  const { secretKey, privateKey, publicKey, encodeKey, decodeKey } = options
  const symmetric = isSymmetric(algorithm)
  if (symmetric && (privateKey !== undefined || publicKey !== undefined)) {
    throw new TypeError(
      `privateKey and publicKey do not go with ${algorithm}: set algorithm to one such as 'RS256', or give a secretKey`,
    )
  }
  if (!symmetric && secretKey !== undefined) {
    throw new TypeError(`secretKey does not go with ${algorithm}, which needs privateKey and publicKey`)
  }
  if ([secretKey, privateKey, publicKey, encodeKey, decodeKey].every(given => given === undefined)) {
    throw new TypeError(
      symmetric
        ? `secretKey is missing, and ${algorithm} needs one. Generate one with: npx jwt-extended secret`
        : `${algorithm} needs privateKey (to sign) and publicKey (to verify), or one of them`,
    )
  }
  return createKeyRing({
    algorithm,
    decodeAlgorithms: resolveDecodeAlgorithms(options.decodeAlgorithms ?? [algorithm], algorithm),
    secretKey,
    privateKey,
    publicKey,
    dangerouslyAllowWeakSecret: allowsWeakSecret(
      flag(options.dangerouslyAllowWeakSecret ?? false, 'dangerouslyAllowWeakSecret'),
    ),
  })
}

function resolveDecodeAlgorithms(given: unknown, algorithm: Algorithm): Algorithm[] {
  if (!Array.isArray(given)) throw new TypeError('decodeAlgorithms must be a list of algorithms')
  if (given.length === 0) throw new TypeError('decodeAlgorithms is empty: name an algorithm, or leave it out')
  const all = [...new Set<unknown>([algorithm, ...given])]
  return all.map(candidate => {
    if (!isAlgorithm(candidate)) throw unknownValue(candidate, Object.keys(algorithms), 'decodeAlgorithms')
    // One key would have to serve as a secret and as a public key: the oldest way to break JWT (RFC 8725 section 2.1).
    if (isSymmetric(candidate) !== isSymmetric(algorithm)) {
      throw new TypeError(
        `decodeAlgorithms mixes ${candidate} with ${algorithm}: secrets and public keys never go together`,
      )
    }
    return candidate
  })
}

function resolveLeeway(value: Duration, isFlask: boolean): number {
  const seconds = parseDuration(value, 'leeway')
  if (seconds < 0 && !isFlask) throw new TypeError('leeway is negative: it says how far clocks may differ')
  return seconds
}

function resolveIdentityClaim(value: string, isFlask: boolean): string {
  const taken = [...ownClaims, ...sessionClaims, 'exp', 'aud', 'iss']
  if (!isFlask && taken.includes(value))
    throw new TypeError(`identityClaim cannot be ${value}, which has a meaning of its own`)
  if (isForbiddenName(value)) throw new TypeError(`identityClaim cannot be ${value}, which no token may hold`)
  return text(value, 'identityClaim', isFlask)
}

function resolveMessageKey(value: string, isFlask: boolean): string {
  if (value === 'code' && !isFlask) throw new TypeError('errorMessageKey cannot be code: that member holds the code')
  return text(value, 'errorMessageKey', true)
}

function resolveAccessTypes(value: unknown): readonly string[] {
  const types = texts(value, 'acceptedAccessTypes')
  if (types.includes('refresh'))
    throw new TypeError("acceptedAccessTypes cannot hold 'refresh': a refresh token opens no access route")
  if (!types.includes('access'))
    throw new TypeError("acceptedAccessTypes must hold 'access': that is the type of the tokens made here")
  return types
}

function resolveHeader(group: NonNullable<JwtOptions['header']>): ResolvedOptions['header'] {
  checkNames(group, ['name', 'type'], 'header')
  const { name = 'Authorization', type = 'Bearer' } = group
  return { name: headerName(name, 'header.name'), type: text(type, 'header.type', true) }
}

function resolveQuery(group: NonNullable<JwtOptions['query']>, isFlask: boolean): ResolvedOptions['query'] {
  checkNames(group, ['name', 'prefix'], 'query')
  const { name = 'jwt', prefix = '' } = group
  return { name: text(name, 'query.name', isFlask), prefix: text(prefix, 'query.prefix', true) }
}

function resolveJson(group: NonNullable<JwtOptions['json']>, isFlask: boolean): ResolvedOptions['json'] {
  checkNames(group, ['accessKey', 'refreshKey'], 'json')
  const { accessKey = 'access_token', refreshKey = 'refresh_token' } = group
  return {
    accessKey: text(accessKey, 'json.accessKey', isFlask),
    refreshKey: text(refreshKey, 'json.refreshKey', isFlask),
  }
}

function resolveCookies(group: CookieOptions, isFlask: boolean): ResolvedOptions['cookies'] {
  checkNames(group, ['secure', 'domain', 'sameSite', 'session', 'maxAge', 'prefix', 'access', 'refresh'], 'cookies')
  const { sameSite = 'Lax', prefix = '' } = group
  const cookies = {
    secure: flag(group.secure ?? true, 'cookies.secure'),
    domain: optional(group.domain, 'cookies.domain', cookieDomain),
    sameSite: sameSite === false ? (false as const) : oneOf(sameSite, ['Lax', 'Strict', 'None'], 'cookies.sameSite'),
    session: flag(group.session ?? false, 'cookies.session'),
    maxAge: optional(group.maxAge, 'cookies.maxAge', parseDuration),
    access: resolveTokenCookie(group.access ?? {}, 'access', prefix),
    refresh: resolveTokenCookie(group.refresh ?? {}, 'refresh', prefix),
  }
  if (cookies.sameSite === 'None' && !cookies.secure && !isFlask) {
    throw new TypeError("cookies.sameSite 'None' needs cookies.secure: browsers drop such a cookie otherwise")
  }
  oneOf(prefix, ['', '__Host-', '__Secure-'], 'cookies.prefix')
  return cookies
}

function resolveTokenCookie(
  group: TokenCookieOptions,
  kind: 'access' | 'refresh',
  prefix: string,
): ResolvedTokenCookies {
  checkNames(group, ['name', 'path'], `cookies.${kind}`)
  const { name = `${kind}_token_cookie`, path = '/' } = group
  return { name: cookieName(prefix + name, `cookies.${kind}.name`), path: cookiePath(path, `cookies.${kind}.path`) }
}

function resolveCsrf(group: CsrfOptions | false, prefix: string, isFlask: boolean): ResolvedCsrf | false {
  if (group === false) return false
  checkNames(
    group,
    ['methods', 'checkForm', 'inCookies', 'fetchMetadata', 'trustedOrigins', 'access', 'refresh'],
    'csrf',
  )
  const methods = optional(group.methods, 'csrf.methods', (value, name) => resolveMethods(value, name, isFlask))
  return {
    isProtected: method => (methods === undefined ? !safeMethods.has(method) : methods.has(method)),
    checkForm: flag(group.checkForm ?? false, 'csrf.checkForm'),
    inCookies: flag(group.inCookies ?? true, 'csrf.inCookies'),
    fetchMetadata: flag(group.fetchMetadata ?? true, 'csrf.fetchMetadata'),
    trustedOrigins: new Set(texts(group.trustedOrigins ?? [], 'csrf.trustedOrigins', true).map(origin)),
    access: resolveTokenCsrf(group.access ?? {}, 'access', prefix),
    refresh: resolveTokenCsrf(group.refresh ?? {}, 'refresh', prefix),
  }
}

/** Two cookies of one name: whichever is set last would take the place of the other. */
function checkCookieNames(cookies: ResolvedOptions['cookies'], csrf: ResolvedCsrf | false): void {
  const names = [cookies.access.name, cookies.refresh.name]
  if (csrf !== false && csrf.inCookies) names.push(csrf.access.cookieName, csrf.refresh.cookieName)
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined) throw new TypeError(`cookies and csrf give two cookies the name ${twice}`)
}

/** Browsers drop a cookie that does not keep the promise of its name, in whatever case (RFC 6265bis section 4.1.3). */
function checkNamePrefixes(cookies: ResolvedOptions['cookies'], csrf: ResolvedCsrf | false): void {
  for (const kind of ['access', 'refresh'] as const) {
    checkNamePrefix(cookies[kind], `cookies.${kind}.path`, cookies)
    if (csrf === false || !csrf.inCookies) continue
    const { cookieName: name, cookiePath: path } = csrf[kind]
    checkNamePrefix({ name, path }, `csrf.${kind}.cookiePath`, cookies)
  }
}

function checkNamePrefix(
  { name, path }: ResolvedTokenCookies,
  pathOption: string,
  { secure, domain }: ResolvedOptions['cookies'],
): void {
  const [prefix] = /^__(host|secure)-/i.exec(name) ?? []
  if (prefix === undefined) return
  if (!secure) throw new TypeError(`the cookie ${name} needs cookies.secure: its name begins with ${prefix}`)
  if (prefix.toLowerCase() !== '__host-') return
  if (domain !== undefined) throw new TypeError(`the cookie ${name} does not go with cookies.domain: leave that out`)
  if (path !== '/') throw new TypeError(`the cookie ${name} needs '/' as ${pathOption}`)
}

function resolveMethods(value: unknown, name: string, isFlask: boolean): ReadonlySet<string> {
  const methods = texts(value, name, true)
  if (methods.length === 0 && !isFlask)
    throw new TypeError(`${name} is empty, which protects nothing: write csrf: false, or leave it out`)
  // Methods are compared by case (RFC 9110 section 9.1): 'post' would protect nothing.
  const lower = methods.find(method => method !== method.toUpperCase())
  if (lower !== undefined) throw new TypeError(`${name} holds '${lower}': write methods in upper case`)
  return new Set(methods)
}

function resolveTokenCsrf(group: TokenCsrfOptions, kind: 'access' | 'refresh', prefix: string): ResolvedTokenCsrf {
  checkNames(group, ['cookieName', 'cookiePath', 'headerName', 'fieldName'], `csrf.${kind}`)
  const { cookieName: name = `csrf_${kind}_token`, cookiePath: path = '/' } = group
  return {
    cookieName: cookieName(prefix + name, `csrf.${kind}.cookieName`),
    cookiePath: cookiePath(path, `csrf.${kind}.cookiePath`),
    headerName: headerName(group.headerName ?? 'X-CSRF-TOKEN', `csrf.${kind}.headerName`),
    fieldName: text(group.fieldName ?? 'csrf_token', `csrf.${kind}.fieldName`),
  }
}

function resolveTokenCache(group: false | { readonly max?: number }): VerifiedTokens | undefined {
  if (group === false) return undefined
  checkNames(group, ['max'], 'verifiedTokenCache')
  return new VerifiedTokens(positiveInteger(group.max ?? 5000, 'verifiedTokenCache.max'))
}

function resolveImplicitRefresh(
  group: JwtOptions['implicitRefresh'],
  locations: readonly TokenLocation[],
): ResolvedOptions['implicitRefresh'] {
  if (group === undefined) return undefined
  checkNames(group, ['within'], 'implicitRefresh')
  if (!locations.includes('cookies'))
    throw new TypeError("implicitRefresh needs 'cookies' in tokenLocation: it replaces cookies")
  const within = parseDuration(group.within, 'implicitRefresh.within')
  if (within <= 0) throw new TypeError('implicitRefresh.within must be longer than nothing')
  return { within }
}

/** What is missing in a configuration file must not turn into a default. */
function checkNothingIsNull(options: JwtOptions): void {
  const [name] = Object.entries(options).find(([, value]) => value === null) ?? []
  if (name !== undefined) throw new TypeError(`${name} is null: give it a value, or leave it out for its default`)
}

function resolveStore(
  store: Store | undefined,
  { events, storeTimeoutMs, warn }: Pick<ResolvedOptions, 'events' | 'storeTimeoutMs' | 'warn'>,
): StoreClient | undefined {
  if (store === undefined) return undefined
  const missing = storeMethods.find(name => typeof (store as Partial<Store> | null)?.[name] !== 'function')
  if (missing !== undefined) {
    throw new TypeError(
      `store has no method ${missing}: pass memoryStore(), sqliteStore(...), postgresStore(...) or redisStore(...) of jwt-extended/stores`,
    )
  }
  if (store.isVolatile && process.env['NODE_ENV'] === 'production') {
    warn(
      `the store ${store.name} forgets all sessions and revocations when this process ends, and no other process knows them: use sqliteStore, postgresStore or redisStore in production`,
    )
  }
  return new StoreClient(store, storeTimeoutMs, (operation, error) => events.emit('store_error', { operation, error }))
}

const storeMethods = [
  'createSession',
  'rotateSession',
  'getSession',
  'listSessions',
  'revokeSession',
  'revokeSessions',
  'revoke',
  'isRevoked',
] as const satisfies readonly (keyof Store)[]

function resolveSessions(options: JwtOptions, isFlask: boolean): ResolvedOptions['sessions'] {
  if (options.sessions !== undefined && options.store === undefined) {
    throw new TypeError(
      'sessions need a store: set store, for example to memoryStore() of jwt-extended/stores, or leave sessions out',
    )
  }
  const group = options.sessions ?? {}
  checkNames(group, ['lifetime', 'idleLifetime', 'grace', 'minRotation', 'keepDevices'], 'sessions')
  const accessLifetime = lifetime(options.accessTokenExpires ?? '15m', 'accessTokenExpires', isFlask)
  const idleLifetime = lifetime(group.idleLifetime ?? '7d', 'sessions.idleLifetime')
  if (options.store !== undefined && isShorter(idleLifetime, accessLifetime)) {
    throw new TypeError(
      'sessions.idleLifetime must be at least accessTokenExpires: a session is used when it is refreshed',
    )
  }
  const grace = graceOf(group.grace ?? '30s', 'sessions.grace')
  return {
    lifetime: lifetime(group.lifetime ?? options.refreshTokenExpires ?? '30d', 'sessions.lifetime', isFlask),
    idleLifetime,
    grace,
    minRotation: group.minRotation === undefined ? grace : graceOf(group.minRotation, 'sessions.minRotation'),
    keepDevices: flag(group.keepDevices ?? true, 'sessions.keepDevices'),
  }
}

function isShorter(a: number | false, b: number | false): boolean {
  return a !== false && (b === false || a < b)
}

function graceOf(value: Duration, name: string): number {
  const seconds = parseDuration(value, name)
  if (seconds >= 0 && seconds <= 300) return seconds
  throw new TypeError(`${name} must be 0 to 300 seconds: for so long a stolen token before the current one goes unseen`)
}

function resolveLoaders(options: JwtOptions): Loaders<unknown, object> {
  const given = loaderNames.filter(name => options[name] !== undefined)
  return Object.fromEntries(given.map(name => [name, callable(options[name], name)]))
}

/**
 * Refuses what is no object, and a member that nobody knows.
 *
 * @param path what the object is called: a group of options, or `option` for the options themselves
 * @throws TypeError with the nearest known name
 */
export function checkNames(group: object, known: readonly string[], path: string): void {
  if (!isPlainObject(group)) throw new TypeError(`${path === 'option' ? 'options' : path} must be an object`)
  // No list is made of the names, for some functions look at their options at every request.
  for (const name in group) {
    if (Object.hasOwn(group, name) && !known.includes(name)) throw unknownName(name, known, path)
  }
}

function unknownName(unknown: string, known: readonly string[], path: string): TypeError {
  const name = path === 'option' ? `option ${unknown}` : `member ${unknown} of ${path}`
  return new TypeError(`unknown ${name}: ${suggest(unknown, known)}`)
}

function suggest(given: string, known: readonly string[]): string {
  const nearest = findNearestName(given, known)
  return nearest === undefined ? `known: ${known.join(', ')}` : `did you mean ${nearest}?`
}

function optional<Value, Result>(
  value: Value | undefined,
  name: string,
  check: (value: Value, name: string) => Result,
): Result | undefined {
  return value === undefined ? undefined : check(value, name)
}

function flag(value: unknown, name: string): boolean {
  if (typeof value !== 'boolean') throw new TypeError(`${name} must be true or false`)
  return value
}

function text(value: unknown, name: string, mayBeEmpty = false): string {
  if (typeof value !== 'string') throw new TypeError(`${name} must be a string`)
  if (value === '' && !mayBeEmpty) throw new TypeError(`${name} is empty`)
  return value
}

function texts(value: unknown, name: string, mayBeEmpty = false): readonly string[] {
  if (!Array.isArray(value)) throw new TypeError(`${name} must be a list of strings`)
  if (value.length === 0 && !mayBeEmpty) throw new TypeError(`${name} is empty`)
  return value.map(item => text(item, name))
}

function oneOrMore(value: unknown, name: string): string | readonly string[] {
  return Array.isArray(value) ? texts(value, name) : text(value, name)
}

// An empty list would be taken for "any" by a careless reader of the code that checks it.
function expectations(value: unknown, name: string, isFlask: boolean): readonly string[] {
  if (!isFlask) return texts(typeof value === 'string' ? [value] : value, name)
  if (!Array.isArray(value)) return [text(value, name, true)]
  return value.map(item => text(item, name, true))
}

function positiveInteger(value: unknown, name: string): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value <= 0) {
    throw new TypeError(`${name} must be a whole number above 0`)
  }
  return value
}

function callable<Value>(value: Value, name: string): Exclude<Value, undefined> {
  if (typeof value !== 'function') throw new TypeError(`${name} must be a function`)
  return value as Exclude<Value, undefined>
}

function standardSchema(value: unknown, name: string): StandardSchema {
  if (isStandardSchema(value)) return value
  throw new TypeError(
    `${name} must be a schema that follows Standard Schema 1, such as z.object({ ... }) of zod 4, or one of valibot 1 or arktype 2`,
  )
}

function oneOf<const Known extends string>(value: unknown, known: readonly Known[], name: string): Known {
  const found = known.find(candidate => candidate === value)
  if (found === undefined) throw unknownValue(value, known, name)
  return found
}

function unknownValue(value: unknown, known: readonly string[], name: string): TypeError {
  const hint = suggest(typeof value === 'string' ? value : '', known)
  return new TypeError(`${name} cannot be ${JSON.stringify(value) ?? typeof value}; ${hint}`)
}

function headerName(value: unknown, name: string): string {
  const field = text(value, name)
  if (!/^[\w!#$%&'*+.^`|~-]+$/.test(field))
    throw new TypeError(`${name} is no name of a header (RFC 9110 section 5.6.2)`)
  return field
}

function cookieName(value: unknown, name: string): string {
  const cookie = text(value, name)
  if (isForbiddenName(cookie)) throw new TypeError(`${name} cannot be ${cookie}`)
  checkSetCookie(() => stringifySetCookie({ name: cookie, value: '' }), name)
  return cookie
}

function cookiePath(value: unknown, name: string): string {
  const path = text(value, name)
  checkSetCookie(() => stringifySetCookie({ name: 'n', value: '', path }), name)
  return path
}

function checkSetCookie(write: () => string, name: string): void {
  try {
    write()
  } catch (cause) {
    throw new TypeError(`${name} cannot be written into a cookie (RFC 6265 section 4.1.1)`, { cause })
  }
}

function origin(value: string): string {
  if (!URL.canParse(value) || new URL(value).origin !== value) {
    throw new TypeError(
      `csrf.trustedOrigins holds ${JSON.stringify(value)}: write an origin such as 'https://app.example.com'`,
    )
  }
  return value
}

function emitWarning(message: string): void {
  process.emitWarning(message, { code: 'JWT_EXTENDED' })
}

function keysOf<Name extends string>(names: Readonly<Record<Name, true>>): readonly Name[] {
  return Object.keys(names) as Name[]
}

function tellOnce(warn: (message: string) => void): (message: string) => void {
  const told = new Set<string>()
  return message => {
    if (!told.has(message)) warn(message)
    told.add(message)
  }
}
