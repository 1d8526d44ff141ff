import type { AnonymousContext, JwtContext } from '../context.ts'
import { JwtError } from '../errors.ts'
import { type Awaitable, orElse, whenReady } from '../internal/awaitable.ts'
import { JwtManager } from '../manager.ts'
import { authenticate } from '../request/authenticate.ts'
import { isExempt } from '../request/exempt.ts'
import { renewAccessCookies, touchesAccessCookies } from '../request/implicit-refresh.ts'
import { anonymousContext, VerifiedContext } from '../request/request-context.ts'
import { type Requirements, type ResolvedRequirements, resolveRequirements } from '../request/requirements.ts'
import { requireStore } from '../revocation/revoke.ts'
import {
  type HandlerAnswer,
  type SessionHandler,
  type SessionHandlerName,
  sessionHandlers,
} from '../sessions/handlers.ts'
import type { TokenPair } from '../sessions/token-pair.ts'
import type { SetCookiesOptions, UnsetCookiesOptions } from '../tokens/cookies.ts'

/** What an adapter is told of a request that may pass. */
export interface PassedRequest<User, Extra extends object> {
  readonly context: JwtContext<User, Extra> | AnonymousContext
  /** `Set-Cookie` values for the response, unless it touches the access cookies by itself. */
  readonly renewedCookies: readonly string[]
}

/** How an adapter ends a request that has been checked. */
export interface Outcomes<User, Extra extends object, Result> {
  /** Lets it on to the handler. Undefined is an `OPTIONS` request, unchecked, of which nobody is to be told. */
  pass(passed: PassedRequest<User, Extra> | undefined): Awaitable<Result>
  /** Answers it. Not called where the application asked for `errors: 'throw'`. */
  refuse(error: JwtError): Awaitable<Result>
}

/** Checks a request, at once where it need not wait, and throws whatever the adapter does not answer itself. */
export type Guard<User, Extra extends object, Request> = <Result>(
  request: Request,
  outcomes: Outcomes<User, Extra, Result>,
) => Awaitable<Result>

/** Ready handlers in the shape of a framework: see `sessionHandlers`. */
export type SessionHandlers<Handler> = Readonly<Record<SessionHandlerName, Handler>>

/** Says what to answer to a request. */
export type Respond<Request> = (request: Request) => Promise<HandlerAnswer>

/**
 * What all adapters have in common. A framework's own `JwtManager` extends it by `required()`, and says how its requests
 * are read, where its responses take cookies (`Target`: the response, a context, headers), and what a handler is.
 */
export abstract class AdapterManager<
  User,
  Extra extends object,
  Request,
  Target extends object,
  Handler,
> extends JwtManager<User, Extra, Request> {
  readonly #decided = new WeakSet<Target>()
  #handlers: SessionHandlers<Handler> | undefined

  /**
   * Ready handlers for the life of a session, to be mounted as routes: `refresh`, `logout` and `logoutEverywhere` with
   * `POST`, `sessions` with `GET`. Tokens that come in cookies go out in cookies, and CSRF is checked as everywhere.
   *
   * @throws TypeError where the manager has no `store`
   */
  get handlers(): SessionHandlers<Handler> {
    this.#handlers ??= this.#buildHandlers()
    return this.#handlers
  }

  /** Puts both tokens of a session, and their CSRF values, into cookies of the response. */
  async setJwtCookies(target: Target, pair: TokenPair, options: SetCookiesOptions = {}): Promise<void> {
    this.writeCookies(target, await pair.cookies(options))
  }

  /** Puts an access token, and its CSRF value, into cookies of the response. */
  async setAccessCookies(target: Target, token: string, options: SetCookiesOptions = {}): Promise<void> {
    this.writeCookies(target, await this.accessCookies(token, options))
  }

  /** Puts a refresh token, and its CSRF value, into cookies of the response. */
  async setRefreshCookies(target: Target, token: string, options: SetCookiesOptions = {}): Promise<void> {
    this.appendCookies(target, await this.refreshCookies(token, options))
  }

  /** Removes the access cookies. */
  unsetAccessCookies(target: Target, options: UnsetCookiesOptions = {}): void {
    this.writeCookies(target, this.removedAccessCookies(options))
  }

  /** Removes the refresh cookies. */
  unsetRefreshCookies(target: Target, options: UnsetCookiesOptions = {}): void {
    this.appendCookies(target, this.removedRefreshCookies(options))
  }

  /** Removes the access and the refresh cookies. */
  unsetJwtCookies(target: Target, options: UnsetCookiesOptions = {}): void {
    this.unsetAccessCookies(target, options)
    this.unsetRefreshCookies(target, options)
  }

  /** Makes a handler of the framework, which answers with a status, headers, cookies and JSON. */
  protected abstract toHandler(respond: Respond<Request>): Handler

  /** Adds `Set-Cookie` values to a response; those that it has stay. */
  protected abstract appendCookies(target: Target, cookies: readonly string[]): void

  /**
   * The heart of `required()`: checks the requirements once, then each request against them, and lets it pass or refuses
   * it. `OPTIONS` that asks for no upgrade passes without a check, anonymously; in Flask-JWT-Extended without any context.
   *
   * @throws TypeError at requirements that are wrong
   */
  protected guard(requirements: Requirements): Guard<User, Extra, Request> {
    const resolved = resolveRequirements(requirements, this.config)
    const { keyRing, loaders } = this.config
    if (keyRing.verificationKeys.size === 0 && loaders.decodeKey === undefined) {
      throw new TypeError('required() needs a key to verify with: set publicKey (or decodeKey)')
    }
    return (request, { pass, refuse }) =>
      whenReady(
        orElse(
          () => this.#check(request, resolved),
          error => {
            if (!this.isAnswered(error)) throw toError(error)
            return error
          },
        ),
        passed => (passed instanceof JwtError ? refuse(passed) : pass(passed)),
      )
  }

  #check(request: Request, requirements: ResolvedRequirements): Awaitable<PassedRequest<User, Extra> | undefined> {
    const read = this.readRequest(request)
    if (isExempt(read)) return this.config.isFlask ? undefined : { context: anonymousContext, renewedCookies: [] }
    return whenReady(
      this.answering(() => authenticate(read, requirements, this.config)),
      found => {
        const context = found as JwtContext<User, Extra> | AnonymousContext
        if (!(found instanceof VerifiedContext) || this.config.implicitRefresh === undefined)
          return { context, renewedCookies: [] }
        return renewAccessCookies(found, requirements, this.config).then(renewedCookies => ({
          context,
          renewedCookies,
        }))
      },
    )
  }

  /** Adds cookies that touch the access cookies, so that none are renewed. */
  protected writeCookies(target: Target, cookies: readonly string[]): void {
    if (cookies.length === 0) return
    this.#decided.add(target)
    this.appendCookies(target, cookies)
  }

  /** The answer of a ready handler to a request that it refuses. */
  protected answerOf({ status, headers, body }: JwtError): HandlerAnswer {
    return { status, headers, body, cookies: [] }
  }

  #buildHandlers(): SessionHandlers<Handler> {
    // At the start of the application, and not at its first request.
    requireStore(this.config)
    const build = (handler: SessionHandler): Handler => this.toHandler(request => this.#respond(request, handler))
    return {
      refresh: build(sessionHandlers.refresh),
      logout: build(sessionHandlers.logout),
      logoutEverywhere: build(sessionHandlers.logoutEverywhere),
      sessions: build(sessionHandlers.sessions),
    }
  }

  async #respond(request: Request, handler: SessionHandler): Promise<HandlerAnswer> {
    try {
      return await this.answering(() => handler(this.readRequest(request), this.config))
    } catch (error) {
      if (this.isAnswered(error)) return this.answerOf(error)
      throw toError(error)
    }
  }

  /** Runs what stands behind `required()`: there, and in all that it calls and awaits, `current()` tells who is asking. */
  protected runWith<Result>(context: PassedRequest<User, Extra>['context'], callback: () => Result): Result {
    return this.contexts.run(context, callback)
  }

  /** Tells a mistake of the application by its option `warn`, each message once. */
  protected warn(message: string): void {
    this.config.warn(message)
  }

  /**
   * Adds renewed cookies, unless the handler has set or removed the access cookies: by the verbs, although an error may
   * have dropped the headers since, or by the framework's own means (`present`: what the response has).
   */
  protected addRenewedCookies(target: Target, renewed: readonly string[], present: readonly string[]): void {
    if (renewed.length === 0 || this.#decided.has(target) || touchesAccessCookies(present, this.config)) return
    this.appendCookies(target, renewed)
  }

  /** Whether the adapter answers an error by itself. */
  protected isAnswered(error: unknown): error is JwtError {
    return error instanceof JwtError && this.config.errors === 'answer'
  }
}

/** Frameworks take undefined for "no error" and texts for commands: a loader that throws such a value must not open a route. */
function toError(thrown: unknown): unknown {
  if (typeof thrown === 'object' && thrown !== null) return thrown
  return new Error('A function of the application threw something that is no error', { cause: thrown })
}
