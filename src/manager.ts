import type { AnonymousContext, JwtContext, UnverifiedJwt, VerifiedJwt } from './context.ts'
import { JwtError } from './errors.ts'
import { type JwtOptions, type ResolvedOptions, resolveOptions } from './options.ts'
import { finishRefusal } from './request/answer.ts'
import { authenticate } from './request/authenticate.ts'
import { CurrentContext } from './request/current.ts'
import { isExempt } from './request/exempt.ts'
import type { JwtRequest } from './request/request.ts'
import { anonymousContext } from './request/request-context.ts'
import { type Requirements, resolveRequirements } from './request/requirements.ts'
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
  protected readonly contexts: CurrentContext<JwtContext<User, Extra> | AnonymousContext> = new CurrentContext()

  /** @throws TypeError at an option that is wrong, unknown or contradicts another, with the remedy */
  constructor(options: JwtOptions<User, Extra>) {
    this.config = resolveOptions(options as JwtOptions)
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
  async verifyToken(token: string, options: VerifyOptions = {}): Promise<VerifiedJwt<Extra>> {
    const { verified, header, claims } = await this.answering(verifyToken(token, options, this.config))
    return { verified, header, claims: claims as VerifiedJwt<Extra>['claims'] }
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
    return this.answering(readCsrfValue(token, this.config))
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
    return (await this.answering(authenticate(read, resolved, this.config))) as ContextFor<Route, User, Extra>
  }

  /**
   * The context of the request that is being handled. On an optional route pass `{ optional: true }`, for there the
   * context may be anonymous: no identity, no user, empty claims.
   *
   * @throws Error outside a protected request
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
    return this.answering(writeTokenCookies('access', token, options, this.config))
  }

  /** The `Set-Cookie` values which put a refresh token, and its CSRF value, into cookies. */
  refreshCookies(token: string, options: SetCookiesOptions = {}): Promise<string[]> {
    return this.answering(writeTokenCookies('refresh', token, options, this.config))
  }

  /** The `Set-Cookie` values which remove the access cookies. */
  removedAccessCookies(options: UnsetCookiesOptions = {}): string[] {
    return writeRemovedCookies('access', options, this.config)
  }

  /** The `Set-Cookie` values which remove the refresh cookies. */
  removedRefreshCookies(options: UnsetCookiesOptions = {}): string[] {
    return writeRemovedCookies('refresh', options, this.config)
  }

  /** What the core sees of a request; adapters say how. */
  protected readRequest(request: Request): JwtRequest {
    return request as JwtRequest
  }

  /**
   * Gives refusals their final answer: the application's own, or the configured words and statuses.
   *
   * @internal
   */
  protected async answering<Result>(work: Promise<Result>): Promise<Result> {
    try {
      return await work
    } catch (error) {
      throw error instanceof JwtError ? await finishRefusal(error, this.config) : error
    }
  }
}

/** The resolved options of a manager, for other parts of this package: applications have the options themselves. */
export function configOf(manager: AnyJwtManager): ResolvedOptions {
  return readConfig(manager)
}
