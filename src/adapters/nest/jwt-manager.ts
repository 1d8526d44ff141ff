import type { AnonymousContext, JwtContext } from '../../context.ts'
import { JwtError } from '../../errors.ts'
import { type Awaitable, orElse } from '../../internal/awaitable.ts'
import type { JwtRequest } from '../../request/request.ts'
import type { Requirements } from '../../request/requirements.ts'
import { AdapterManager, type Guard, type Respond } from '../adapter-manager.ts'
import { beforeHeaders } from '../before-headers.ts'
import { JwtException } from './jwt-exception.ts'
import { leaveToApplication } from './jwt-exception-filter.ts'
import {
  appendSetCookies,
  type NestRequest,
  type NestResponse,
  rawResponse,
  readNestRequest,
  writeHead,
  writeHeaders,
} from './platform.ts'

/** What a method of a controller calls, with what `@Req()` and `@Res({ passthrough: true })` give; it returns the body. */
export type NestHandler = (request: NestRequest, response: NestResponse) => Promise<unknown>

type Context<User, Extra extends object> = JwtContext<User, Extra> | AnonymousContext

/**
 * JWT authentication for NestJS 11 and 12, on its Express and its Fastify platform. `JwtModule` makes one and provides
 * it; cookies go to the response of the platform, which `@Res({ passthrough: true })` gives to a handler.
 */
export class JwtManager<User = never, Extra extends object = object> extends AdapterManager<
  User,
  Extra,
  NestRequest,
  NestResponse,
  NestHandler
> {
  readonly #guards = new WeakMap<Requirements, Guard<User, Extra, NestRequest>>()

  /**
   * The guard of a route, made once for the same object of requirements.
   *
   * @internal
   * @throws TypeError at requirements that are wrong
   */
  guardFor(requirements: Requirements): Guard<User, Extra, NestRequest> {
    const known = this.#guards.get(requirements)
    if (known !== undefined) return known
    const guard = this.guard(requirements)
    this.#guards.set(requirements, guard)
    return guard
  }

  /** @internal Opens the scope of a request, which its guard will fill. */
  openScope<Result>(callback: () => Result): Result {
    return this.contexts.run(undefined, callback)
  }

  /** @internal Fills the scope of the running request. */
  fillScope(context: Context<User, Extra>): void {
    this.contexts.fill(context)
  }

  /** @internal Calls back with a current context. */
  override runWith<Result>(context: Context<User, Extra>, callback: () => Result): Result {
    return this.contexts.run(context, callback)
  }

  /** @internal Adds renewed cookies when the headers go out, for only then it is known what the handler has set. */
  renewOn(response: NestResponse, cookies: readonly string[]): void {
    if (cookies.length === 0) return
    const raw = rawResponse(response)
    beforeHeaders(raw, present => this.addRenewedCookies(raw, cookies, present))
  }

  /** @internal Whether the module leaves errors to the application. */
  get throwsErrors(): boolean {
    return this.config.errors === 'throw'
  }

  protected override toHandler(respond: Respond<NestRequest>): NestHandler {
    return async (request, response) => {
      const { status, headers, body, cookies } = await respond(request).catch((error: unknown) => {
        // Here, for a filter of the application that answers every HttpException knows nothing of challenges.
        const refusal = error instanceof JwtException ? error.error : error
        if (refusal instanceof JwtError) writeHeaders(response, refusal.headers)
        throw error
      })
      this.writeCookies(response, cookies)
      writeHead(response, status, headers)
      return body
    }
  }

  // The filter of the module, or one of the application, answers it.
  protected override answerOf(error: JwtError): never {
    throw new JwtException(error)
  }

  protected override appendCookies(response: NestResponse, cookies: readonly string[]): void {
    appendSetCookies(response, cookies)
  }

  protected override readRequest(request: NestRequest): JwtRequest {
    return readNestRequest(request)
  }

  /** @internal */
  protected override answering<Result>(work: () => Awaitable<Result>): Awaitable<Result> {
    return orElse<Result, never>(
      () => super.answering(work),
      error => {
        if (this.throwsErrors && error instanceof JwtError) leaveToApplication(error)
        throw error
      },
    )
  }
}
