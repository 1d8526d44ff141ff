import { type CanActivate, type ExecutionContext, Inject, Injectable, Optional } from '@nestjs/common'
import { HttpAdapterHost } from '@nestjs/core'
import { JwtError } from '../../errors.ts'
import type { Requirements } from '../../request/requirements.ts'
import type { PassedRequest } from '../adapter-manager.ts'
import { accessOf, anyAccessToken } from './access.ts'
import { JwtException } from './jwt-exception.ts'
import { JwtManager } from './jwt-manager.ts'
import type { NestRequest, NestResponse } from './platform.ts'
import { checkRequest, type GetRequest, getHttpRequest } from './request-of.ts'
import { findSeen, keepSeen } from './seen-contexts.ts'

type Passed = PassedRequest<unknown, object>

/** Under which `JwtModule` provides its `getRequest`. */
export const getRequestToken: unique symbol = Symbol('jwt-extended:get-request')

/**
 * Lets through who has a token that fulfils `@JwtRequired()`, or any access token where a handler does not say.
 * As `APP_GUARD` it protects every handler but those with `@Public()`.
 */
export class JwtGuard implements CanActivate {
  readonly #manager: JwtManager<unknown>
  readonly #host: HttpAdapterHost
  readonly #getRequest: GetRequest

  /** @throws TypeError where the manager has no key to verify with */
  constructor(manager: JwtManager<unknown>, host: HttpAdapterHost, getRequest: GetRequest = getHttpRequest) {
    this.#manager = manager
    this.#host = host
    this.#getRequest = getRequest
    manager.guardFor(anyAccessToken)
  }

  /** @throws JwtException at a request that is refused; the JwtError itself where `errors` says `'throw'` */
  async canActivate(context: ExecutionContext): Promise<boolean> {
    const access = accessOf(context, this)
    if (access === 'public' || this.#hasPassed(context)) return true
    const passed = await this.#check(context, access)
    if (passed === undefined) return true
    keepSeen(context, { manager: this.#manager, context: passed.context, checkedBy: this.#checker })
    if (context.getType() === 'http') {
      this.#manager.fillScope(passed.context)
      this.#manager.renewOn(context.switchToHttp().getResponse<NestResponse>(), passed.renewedCookies)
    }
    return true
  }

  /** Where the token of a call stands: override it for transports other than HTTP and GraphQL. */
  getRequest(context: ExecutionContext): NestRequest {
    return this.#getRequest(context)
  }

  // A guard may stand before a handler twice. A call that is no HTTP request may share its carrier with later ones.
  #hasPassed(context: ExecutionContext): boolean {
    if (context.getType() !== 'http') return false
    const seen = findSeen(context)
    return seen !== undefined && seen.manager === this.#manager && seen.checkedBy === this.#checker
  }

  // What a subclass reads may depend on the object: no other guard has made its check.
  get #checker(): unknown {
    return this.getRequest === JwtGuard.prototype.getRequest ? this.#getRequest : this
  }

  async #check(context: ExecutionContext, access: Requirements): Promise<Passed | undefined> {
    try {
      const request = checkRequest(this.getRequest(context), context.getType())
      return await this.#manager.guardFor(access)<Passed | undefined>(request, {
        pass: passed => passed,
        refuse: error => {
          throw new JwtException(error)
        },
      })
    } catch (thrown) {
      const refusal = thrown instanceof JwtException ? thrown.error : thrown
      if (refusal instanceof JwtError && context.getType() === 'http')
        this.#setHeaders(refusal.headers, context.switchToHttp().getResponse())
      throw thrown
    }
  }

  // Here, for neither the filter of Nest nor one that answers every HttpException knows of challenges.
  #setHeaders(headers: Readonly<Record<string, string>>, response: unknown): void {
    for (const [name, value] of Object.entries(headers)) this.#host.httpAdapter.setHeader(response, name, value)
  }
}

Injectable()(JwtGuard)
Inject(JwtManager)(JwtGuard, undefined, 0)
Inject(HttpAdapterHost)(JwtGuard, undefined, 1)
Optional()(JwtGuard, undefined, 2)
Inject(getRequestToken)(JwtGuard, undefined, 2)
