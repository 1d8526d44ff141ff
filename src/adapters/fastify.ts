import type { ServerResponse } from 'node:http'
import type { FastifyPluginAsync } from 'fastify'
import type { RegisteredContext } from '../context.ts'
import { orElse, whenReady } from '../internal/awaitable.ts'
import type { ResolvedOptions } from '../options.ts'
import type { JwtRequest } from '../request/request.ts'
import { type Requirements, resolveRequirements } from '../request/requirements.ts'
import { AdapterManager, type PassedRequest, type Respond } from './adapter-manager.ts'
import { beforeHeaders } from './before-headers.ts'
import { ReadyAnswer } from './fastify-answer.ts'
import { buildPlugin } from './fastify-plugin.ts'
import { wrongPhase } from './fastify-routes.ts'
import type { CookieTarget, GuardedReply, GuardedRequest, JwtHandler, JwtHook } from './fastify-types.ts'
import { hasBody, nodeRequest, plainBody } from './node.ts'

export * from '../index.ts'
export type {
  CookieTarget,
  GuardedReply,
  GuardedRequest,
  JwtHandler,
  JwtHook,
  RegisteredManager,
} from './fastify-types.ts'

/** JWT authentication for Fastify 5. */
export class JwtManager<User = never, Extra extends object = object> extends AdapterManager<
  User,
  Extra,
  GuardedRequest,
  CookieTarget,
  JwtHandler
> {
  /** The hooks, and whether they may have to read the body. */
  readonly #hooks = new WeakMap<object, boolean>()

  /**
   * A hook that protects the routes it stands before: `request.jwt` and `current()` tell there who is asking. Use it as
   * `onRequest`, or as `preValidation` where the token or its CSRF value may be in the body. Needs no plugin.
   *
   * @throws TypeError at requirements that are wrong
   */
  required(requirements: Requirements = {}): JwtHook {
    const guard = this.guard(requirements)
    const hook: JwtHook = (request, reply, done) => {
      if (typeof done !== 'function' || reply.sent) throw new TypeError(wrongPhase)
      const finish = orElse(
        () =>
          guard<() => void>(request, {
            refuse: error => {
              const answer = new ReadyAnswer(error)
              return () => answer.send(reply)
            },
            pass: passed => () => this.#letPass(passed, { request, reply, done }),
          }),
        error => () => done(error as Error),
      )
      // Outside of the guard: `done` runs the handler, whose errors are not for this hook.
      void whenReady(finish, run => run())
    }
    this.#hooks.set(hook, mayNeedBody(requirements, this.config))
    return hook
  }

  /**
   * The plugin that brings `config: { jwt: ... }` of routes, `fastify.jwt`, `request.jwt` and the cookie verbs of
   * `reply`, and answers each `JwtError` that a handler throws where the application has no error handler of its own.
   * Register it before the routes.
   */
  plugin(): FastifyPluginAsync {
    return buildPlugin({
      manager: this,
      protect: requirements => this.required(requirements),
      tryAnswer: error => (this.isAnswered(error) ? new ReadyAnswer(error) : undefined),
      isHook: hook => this.#hooks.has(hook as object),
      readsBody: hook => this.#hooks.get(hook as object) === true,
    })
  }

  protected override toHandler(respond: Respond<GuardedRequest>): JwtHandler {
    return async (request, reply) => {
      const { cookies, ...answer } = await respond(request)
      this.writeCookies(reply, cookies)
      new ReadyAnswer(answer).send(reply)
      return reply
    }
  }

  protected override appendCookies(target: CookieTarget, cookies: readonly string[]): void {
    target.header('set-cookie', [...cookies])
  }

  protected override readRequest(request: GuardedRequest): JwtRequest {
    const read: JwtRequest = nodeRequest(request.raw, {
      protocol: () => request.protocol,
      ip: () => request.ip,
      body: () => {
        this.#warnOfUnread(request)
        return plainBody(read, request.body)
      },
    })
    return read
  }

  #letPass(
    passed: PassedRequest<User, Extra> | undefined,
    { request, reply, done }: { request: GuardedRequest; reply: GuardedReply; done: () => void },
  ): void {
    if (passed === undefined) {
      done()
      return
    }
    request.jwt = passed.context as object as RegisteredContext
    if (passed.renewedCookies.length > 0) this.#renew(reply.raw, passed.renewedCookies)
    this.runWith(passed.context, () => done())
  }

  #warnOfUnread({ raw, body }: GuardedRequest): void {
    // Fastify never reads the body of these two.
    if (raw.method === 'GET' || raw.method === 'HEAD' || body !== undefined || raw.readableDidRead) return
    if (hasBody(raw)) this.warn(unreadBody)
  }

  // On the raw response, for when its headers go out those of the reply have been copied.
  #renew(raw: GuardedReply['raw'], cookies: readonly string[]): void {
    const target: CookieTarget = { header: (name, values) => raw.appendHeader(name, values) }
    beforeHeaders(raw as ServerResponse, present => this.addRenewedCookies(target, cookies, present))
  }
}

const unreadBody =
  'request.body is not read yet: use required() as preValidation where a token or a CSRF value may be in the body'

/** Whether the token, or the CSRF value that comes with it, may be in the body. */
function mayNeedBody(requirements: Requirements, config: ResolvedOptions): boolean {
  const { locations } = resolveRequirements(requirements, config)
  const hasFormField = config.csrf !== false && config.csrf.checkForm
  return locations.includes('json') || (locations.includes('cookies') && hasFormField)
}
