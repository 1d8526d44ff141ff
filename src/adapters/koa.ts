import type { ExtendableContext, Middleware, Next } from 'koa'
import { type JwtAnswer, JwtError } from '../errors.ts'
import type { ContextFor } from '../manager.ts'
import type { JwtRequest } from '../request/request.ts'
import type { Requirements } from '../request/requirements.ts'
import { AdapterManager, type PassedRequest, type Respond } from './adapter-manager.ts'
import { beforeHeaders } from './before-headers.ts'
import { nodeRequest, parsedBody, readSetCookies } from './node.ts'

export * from '../index.ts'

/** JWT authentication for Koa 3. Bodies are read by `@koa/bodyparser` and the like, mounted before. */
export class JwtManager<User = never, Extra extends object = object> extends AdapterManager<
  User,
  Extra,
  ExtendableContext,
  ExtendableContext,
  Middleware
> {
  /**
   * Protects what is mounted behind it: `ctx.state.jwt` and `current()` tell there who is asking.
   *
   * @throws TypeError at requirements that are wrong
   */
  required<const Route extends Requirements = Record<never, never>>(
    requirements?: Route,
  ): Middleware<{ jwt: ContextFor<Route, User, Extra> }> {
    const guard = this.guard(requirements ?? {})
    return async (ctx, next) =>
      guard<unknown>(ctx, {
        refuse: error => answer(error, ctx),
        pass: passed => {
          if (passed === undefined) return next()
          ctx.state.jwt = passed.context as ContextFor<Route, User, Extra>
          return this.#run(passed, ctx, next)
        },
      })
  }

  /**
   * Answers a `JwtError` that middleware behind it throws, as `required()` answers its own. Mount it before all else
   * that may answer or log errors: Koa itself would send status and headers, but the message as plain text.
   */
  errorHandler(): Middleware {
    return async (ctx, next) => {
      try {
        return await next()
      } catch (error) {
        // What the application writes by itself (`ctx.respond = false`) is ended by Koa alone.
        if (!(error instanceof JwtError) || ctx.headerSent || ctx.respond === false) throw error
        answer(error, ctx)
      }
    }
  }

  protected override toHandler(respond: Respond<ExtendableContext>): Middleware {
    return async ctx => {
      const { cookies, ...refusal } = await respond(ctx)
      this.writeCookies(ctx, cookies)
      answer(refusal, ctx)
    }
  }

  protected override appendCookies(ctx: ExtendableContext, cookies: readonly string[]): void {
    // Koa would drop them without a word, and a logout with them.
    if (ctx.headerSent)
      throw new Error('The headers have been sent: set and unset cookies before ctx.flushHeaders() and the body')
    ctx.append('Set-Cookie', [...cookies])
  }

  protected override readRequest(ctx: ExtendableContext): JwtRequest {
    return nodeRequest(ctx.req, {
      protocol: () => ctx.protocol,
      ip: () => ctx.ip,
      // The types of Koa know of a body only beside those of a body parser.
      body: () => parsedBody(ctx.req, (ctx.request as { readonly body?: unknown }).body, () => this.warn(unparsedBody)),
    })
  }

  // Cookies are renewed when the headers go out, for only then it is known what has been set. Where the handler fails
  // nothing is renewed: Koa drops the headers set so far, and with them perhaps a logout.
  async #run(
    { context, renewedCookies }: PassedRequest<User, Extra>,
    ctx: ExtendableContext,
    next: Next,
  ): Promise<unknown> {
    if (renewedCookies.length === 0) return this.runWith(context, next)
    let due = renewedCookies
    let set: readonly string[] = []
    beforeHeaders(ctx.res, present => this.addRenewedCookies(ctx, due, [...set, ...present]))
    try {
      const result: unknown = await this.runWith(context, next)
      set = readSetCookies(ctx.res)
      return result
    } catch (error) {
      due = []
      throw error
    }
  }
}

const unparsedBody =
  'ctx.request.body is undefined: mount bodyParser() of @koa/bodyparser (or the like) before required(), for all methods in use (parsedMethods)'

function answer({ status, headers, body }: JwtAnswer, ctx: ExtendableContext & { body: unknown }): void {
  ctx.status = status
  ctx.type = 'json'
  ctx.set({ ...headers })
  // Koa would send a text as text/plain.
  ctx.body = JSON.stringify(body)
}
