/** The JOSE header of a token (RFC 7515 section 4). */
export interface JwtHeader {
  readonly alg: string
  readonly typ?: string | null
  readonly kid?: string
  readonly [name: string]: unknown
}

/** The claims that this package writes and reads, as they stand in a verified token. */
export interface RegisteredClaims {
  /** The identity, unless `identityClaim` names another claim. */
  readonly sub?: string
  /** `access` or `refresh`. */
  readonly type: string
  /** Whether the token came from a login: a boolean, or the time in seconds since 1970 until which it counts as fresh. */
  readonly fresh: boolean | number
  /** The token's id; null in a token of another issuer that has none. */
  readonly jti: string | null
  /** Seconds since 1970. */
  readonly iat?: number
  /** Seconds since 1970. */
  readonly nbf?: number
  /** Seconds since 1970; absent in a token that never expires. */
  readonly exp?: number
  /** The value that a request by cookie has to send back in a header. */
  readonly csrf?: string
  readonly aud?: string | readonly string[]
  readonly iss?: string
}

/** The claims of a verified token: the registered ones, the additional ones, and whatever else it holds, unknown. */
export type Claims<Extra extends object = object> = RegisteredClaims &
  Readonly<Extra> & { readonly [name: string]: unknown }

/** Where a token was found. */
export type TokenLocation = 'headers' | 'cookies' | 'query' | 'json'

/** What a token says before anything about it has been checked. Choose a key by it, and trust it with nothing else. */
export interface UnverifiedJwt {
  readonly verified: false
  readonly header: Readonly<Record<string, unknown>>
  readonly claims: Readonly<Record<string, unknown>>
}

/** A token whose signature and registered claims have been verified. */
export interface VerifiedJwt<Extra extends object = object> {
  readonly verified: true
  readonly header: JwtHeader
  readonly claims: Claims<Extra>
}

/** Who is asking: what a protected handler sees, by `jwt.current()` or on the request of the framework. */
export interface JwtContext<User = unknown, Extra extends object = object> {
  /** The identity that the token was made for. */
  readonly identity: string
  readonly claims: Claims<Extra>
  readonly header: JwtHeader
  /** Where the token was found. */
  readonly location: TokenLocation
  /** The session that the token belongs to; undefined where it belongs to none. */
  readonly sessionId: string | undefined
  /**
   * What `userLookup` returned.
   *
   * @throws TypeError where there is no `userLookup`
   */
  readonly user: User
}

/** What an optional route sees of a request without a token. */
export interface AnonymousContext {
  readonly identity: undefined
  readonly claims: Readonly<Record<string, undefined>>
  readonly header: Readonly<Record<string, undefined>>
  readonly location: undefined
  readonly sessionId: undefined
  readonly user: undefined
}

/**
 * Tells frameworks with one global request type which manager the application has, so that `req.jwt` is typed:
 *
 * ```
 * declare module 'jwt-extended' {
 *   interface Register { jwt: typeof jwt }
 * }
 * ```
 *
 * With `openRoutes: true` beside it the type of `req.jwt` (of `request.jwt` in Fastify) also says that there is nobody on an open route, and maybe an
 * anonymous one on an optional route; `jwt.current()` then is the shorter way on protected ones.
 */
// biome-ignore lint/suspicious/noEmptyInterface: declaration merging needs an interface
export interface Register {}

/**
 * What the global request type says of `req.jwt`, which is `Nobody` on an open route. A framework with one type for all
 * requests cannot know the route.
 */
export type RegisteredRequestContext<Nobody = undefined> = Register extends { openRoutes: true }
  ? RegisteredContext | AnonymousContext | Nobody
  : RegisteredContext

/** The context type of the registered manager, or the general one. */
export type RegisteredContext = Register extends { jwt: { current(): infer Context } } ? Context : JwtContext
