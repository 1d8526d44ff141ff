import type { AnonymousContext, Claims, JwtContext, UnverifiedJwt, VerifiedJwt } from './context.ts'
import type { JwtEvents } from './events.ts'
import { type Awaitable, isPromise, promised, whenReady } from './internal/awaitable.ts'
import { checkNames, type JwtOptions, type ResolvedOptions, resolveOptions } from './options.ts'
import { answering } from './request/answer.ts'
import { authenticate } from './request/authenticate.ts'
import { CurrentContext } from './request/current.ts'
import { isExempt } from './request/exempt.ts'
import type { JwtRequest } from './request/request.ts'
import { anonymousContext } from './request/request-context.ts'
import { type Requirements, resolveRequirements } from './request/requirements.ts'
import { invalidateAccess, requireStore, revokeEverythingBefore, revokeToken } from './revocation/revoke.ts'
import { Sessions } from './sessions/sessions.ts'
import {
  readCsrfValue,
  type SetCookiesOptions,
  type UnsetCookiesOptions,
  writeRemovedCookies,
  writeTokenCookies,
} from './tokens/cookies.ts'
import { type CreateAccessTokenOptions, type CreateTokenOptions, createToken } from './tokens/create.ts'
import { decodeUnverified } from './tokens/decode.ts'
import { type VerifyOptions, verifyToken } from './tokens/verify.ts'

/** Anything but undefined: what may be passed as an identity. */
export type Identity = NonNullable<unknown> | null

/** The context that a route with these requirements has. */
export type ContextFor<Route extends Requirements, User, Extra extends object> = 'optional' extends keyof Route
  ? Route['optional'] extends false | undefined
    ? JwtContext<User, Extra>
    : JwtContext<User, Extra> | AnonymousContext
  : JwtContext<User, Extra>

/** A manager of any adapter, whatever its users and claims. */
export type AnyJwtManager = JwtManager<unknown, object, never>

let readConfig: (manager: AnyJwtManager) => ResolvedOptions

/**
 * Issues tokens, carries them, checks them on each request. One for an application, made when it starts.
 *
 * ```ts
 * const jwt = new JwtManager({ secretKey: process.env.JWT_SECRET_KEY })
 * ```
 *
 * The adapters (`jwt-extended/express` and so on) export a class of the same name with the verbs of their framework.
 */
export class JwtManager<User = never, Extra extends object = object, Request = JwtRequest> {
  static {
    readConfig = manager => manager.config
  }

  /** @internal */
  protected readonly config: ResolvedOptions
  /** @internal */
  protected readonly contexts: CurrentContext<JwtContext<User, Extra> | AnonymousContext>

  #sessions: Sessions<Request> | undefined

  /** @throws TypeError at an option that is wrong, unknown or contradicts another, with the remedy */
  constructor(options: JwtOptions<User, Extra>) {
    this.config = resolveOptions(options as JwtOptions)
    this.contexts = new CurrentContext(this.config.hasCurrent)
  }

  /**
   * Makes an access token. `identity` is what identifies the user, or whatever `userIdentity` makes that of.
   *
   * @throws TypeError where the identity, a claim or a lifetime is unfit
   */
  createAccessToken(identity: Identity, options: CreateAccessTokenOptions = {}): Promise<string> {
    return createToken('access', identity, options, this.config)
  }

  /**
   * Makes a refresh token, which opens nothing but routes with `{ refresh: true }`.
   *
   * @throws TypeError where the identity, a claim or a lifetime is unfit
   */
  createRefreshToken(identity: Identity, options: CreateTokenOptions = {}): Promise<string> {
    return createToken('refresh', identity, options, this.config)
  }

  /**
   * Verifies a token that did not come with a request: signature, registered claims and `claimsSchema`, but not type,
   * freshness or revocation.
   *
   * @throws JwtError `token_invalid`, `csrf_mismatch`, `claims_invalid` or `token_expired`
   */
  verifyToken(token: string, options: VerifyOptions = {}): Promise<VerifiedJwt<Extra>> {
    return promised(() => this.#verify(token, options))
  }

  /**
   * The same at once: for code that cannot wait, where there is nothing to wait for.
   *
   * @throws JwtError as `verifyToken`; TypeError where `decodeKey`, `claimsSchema`, or the function that words the answer
   * to a refusal, returns a promise
   */
  verifyTokenSync(token: string, options: VerifyOptions = {}): VerifiedJwt<Extra> {
    const verified = this.#verify(token, options)
    if (!isPromise(verified)) return verified
    verified.then(undefined, () => {})
    throw new TypeError(
      'verifyTokenSync cannot wait for decodeKey, claimsSchema or onInvalid and the like: use verifyToken',
    )
  }

  /**
   * What a token says, without any check of who made it. Never trust it.
   *
   * @throws JwtError `token_invalid` where it is no token at all
   */
  decodeUnverified(token: string): UnverifiedJwt {
    return decodeUnverified(token, this.config.maxTokenSize)
  }

  /**
   * The id of a token, which is verified first.
   *
   * @throws JwtError `token_invalid`, `claims_invalid` or `token_expired`
   */
  async getJti(token: string): Promise<string | null> {
    return (await this.verifyToken(token)).claims.jti
  }

  /**
   * The CSRF value of a token, which is verified first.
   *
   * @throws JwtError `token_invalid` or `token_expired`
   */
  getCsrfToken(token: string): Promise<string> {
    return this.#promise(() => readCsrfValue(token, this.config))
  }

  /**
   * Finds and checks the token of a request, by all the rules of a protected route. `OPTIONS` passes without a token,
   * as CORS needs it, unless it asks for an upgrade.
   *
   * @throws JwtError with the whole answer to send
   */
  async authenticate<const Route extends Requirements = Record<never, never>>(
    request: Request,
    requirements?: Route,
  ): Promise<ContextFor<Route, User, Extra>> {
    const resolved = resolveRequirements(requirements ?? {}, this.config)
    const read = this.readRequest(request)
    if (isExempt(read)) return anonymousContext as ContextFor<Route, User, Extra>
    return (await this.answering(() => authenticate(read, resolved, this.config))) as ContextFor<Route, User, Extra>
  }

  /**
   * The context of the request that is being handled. On an optional route pass `{ optional: true }`, for there the
   * context may be anonymous: no identity, no user, empty claims.
   *
   * @throws Error outside a protected request, or with the option `context: false`
   */
  current(options: { readonly optional: true }): JwtContext<User, Extra> | AnonymousContext
  // Last, for `Register` infers from the last overload.
  current(): JwtContext<User, Extra>
  current(): JwtContext<User, Extra> | AnonymousContext {
    return this.contexts.get()
  }

  /** The context of the request that is being handled, or undefined outside a protected one: for logs, for instance. */
  currentOrUndefined(): JwtContext<User, Extra> | AnonymousContext | undefined {
    return this.contexts.find()
  }

  /** The `Set-Cookie` values which put an access token, and its CSRF value, into cookies. */
  accessCookies(token: string, options: SetCookiesOptions = {}): Promise<string[]> {
    return this.#promise(() => writeTokenCookies('access', token, options, this.config))
  }

  /** The `Set-Cookie` values which put a refresh token, and its CSRF value, into cookies. */
  refreshCookies(token: string, options: SetCookiesOptions = {}): Promise<string[]> {
    return this.#promise(() => writeTokenCookies('refresh', token, options, this.config))
  }

  /** The `Set-Cookie` values which remove the access cookies. */
  removedAccessCookies(options: UnsetCookiesOptions = {}): string[] {
    return writeRemovedCookies('access', options, this.config)
  }

  /** The `Set-Cookie` values which remove the refresh cookies. */
  removedRefreshCookies(options: UnsetCookiesOptions = {}): string[] {
    return writeRemovedCookies('refresh', options, this.config)
  }

  /**
   * Login sessions, whose refresh tokens rotate with reuse detection.
   *
   * @throws TypeError where the manager has no `store`
   */
  get sessions(): Sessions<Request> {
    this.#sessions ??= this.#openSessions()
    return this.#sessions
  }

  /**
   * Takes one token back, until it would have expired: the token itself, or its claims, as `current().claims` has them.
   * The refresh token of a session is the session: it ends.
   *
   * @throws JwtError `token_invalid` at what is no token of this manager, `store_unavailable`; TypeError where the manager
   * has no `store`, or the token no id
   */
  async revoke(tokenOrClaims: string | Claims<Extra>): Promise<void> {
    const claims =
      typeof tokenOrClaims === 'string'
        ? (await this.verifyToken(tokenOrClaims, { allowExpired: true })).claims
        : tokenOrClaims
    await this.answering(() => revokeToken(claims, this.config))
  }

  /**
   * Refuses every access token that a user has by now, so that the next one has what has changed: another role, for
   * instance. Sessions go on. `identity` is that of the tokens, or the user object.
   *
   * @throws JwtError `store_unavailable`; TypeError where the manager has no `store`
   */
  invalidateAccess(identity: Identity): Promise<void> {
    return this.#promise(() => invalidateAccess(identity, this.config))
  }

  /**
   * Refuses every token of every user that was issued by a point in time, and ends every session that began by then:
   * after a leak.
   *
   * @throws JwtError `store_unavailable`; TypeError at a time that lies ahead, or where the manager has no `store`
   */
  revokeEverythingBefore(time: Date): Promise<void> {
    return this.#promise(() => revokeEverythingBefore(time, this.config))
  }

  /**
   * Listens to what happens to sessions, for alerts and logs. No token is ever in an event.
   *
   * @returns the function that removes the listener
   */
  on<Name extends keyof JwtEvents>(name: Name, listener: (event: JwtEvents[Name]) => void): () => void {
    return this.config.events.on(name, listener)
  }

  /** What the core sees of a request; adapters say how. */
  protected readRequest(request: Request): JwtRequest {
    return request as JwtRequest
  }

  #openSessions(): Sessions<Request> {
    requireStore(this.config)
    return new Sessions({
      config: this.config,
      read: request => this.readRequest(request),
      currentSid: () => this.contexts.find()?.sessionId,
      answering: work => this.answering(work),
    })
  }

  #promise<Result>(work: () => Awaitable<Result>): Promise<Result> {
    return promised(() => this.answering(work))
  }

  #verify(token: string, options: VerifyOptions): Awaitable<VerifiedJwt<Extra>> {
    checkNames(options, ['csrf', 'allowExpired'], 'the options of verifyToken')
    return whenReady(
      this.answering(() => verifyToken(token, options, this.config)),
      ({ verified, header, claims }) => ({ verified, header, claims: claims as VerifiedJwt<Extra>['claims'] }),
    )
  }

  /**
   * Does some work, at once where it need not wait, and gives its refusals their final answer: the application's own, or
   * the configured words and statuses.
   *
   * @internal
   */
  protected answering<Result>(work: () => Awaitable<Result>): Awaitable<Result> {
    return answering(work, this.config)
  }
}

/** The resolved options of a manager, for other parts of this package: applications have the options themselves. */
export function configOf(manager: AnyJwtManager): ResolvedOptions {
  return readConfig(manager)
}
