import type { Context, MiddlewareHandler } from 'hono'
import type { ContextFor } from '../manager.ts'
import type { JwtRequest } from '../request/request.ts'
import type { Requirements } from '../request/requirements.ts'
import { AdapterManager, type Respond } from './adapter-manager.ts'
import { serializeBody } from './node.ts'
import { readBody } from './read-body.ts'
import { readQuery } from './read-query.ts'

export * from '../index.ts'

/** JWT authentication for Hono 4. */
export class JwtManager<User = never, Extra extends object = object> extends AdapterManager<
  User,
  Extra,
  Context,
  Context,
  (c: Context) => Promise<Response>
> {
  /**
   * Protects the routes behind it: `c.var.jwt` and `current()` tell there who is asking.
   *
   * @throws TypeError at requirements that are wrong
   */
  required<const Route extends Requirements = Record<never, never>>(
    requirements?: Route,
  ): MiddlewareHandler<{ Variables: { jwt: ContextFor<Route, User, Extra> } }> {
    const guard = this.guard(requirements ?? {})
    return async (c, next) =>
      guard<Response | undefined>(c, {
        refuse: error => error.getResponse(),
        pass: async passed => {
          if (passed === undefined) return void (await next())
          c.set('jwt', passed.context as ContextFor<Route, User, Extra>)
          await this.runWith(passed.context, next)
          // Not without need: on Node the response has no headers of its own until somebody asks for them. What answers an
          // error need not have the headers set so far, and with them perhaps a logout.
          if (passed.renewedCookies.length > 0 && c.error === undefined)
            this.addRenewedCookies(c, passed.renewedCookies, c.res.headers.getSetCookie())
        },
      })
  }

  protected override toHandler(respond: Respond<Context>): (c: Context) => Promise<Response> {
    return async c => {
      const { cookies, ...answer } = await respond(c)
      this.writeCookies(c, cookies)
      return c.newResponse(serializeBody(answer) ?? null, answer.status as 200, {
        'content-type': 'application/json',
        ...answer.headers,
      })
    }
  }

  protected override appendCookies(c: Context, cookies: readonly string[]): void {
    if (c.finalized) appendToFinished(c, cookies)
    else for (const cookie of cookies) c.header('Set-Cookie', cookie, { append: true })
  }

  protected override readRequest({ req }: Context): JwtRequest {
    return new HonoRequest(req)
  }
}

/** Reads what it is asked for, and no more. */
class HonoRequest implements JwtRequest {
  readonly #req: Context['req']

  constructor(req: Context['req']) {
    this.#req = req
  }

  get method(): string {
    return this.#req.method
  }

  get protocol(): string {
    const { url } = this.#req
    return url.slice(0, url.indexOf(':'))
  }

  header(name: string): string | undefined {
    return this.#req.header(name)
  }

  query(name: string): string[] {
    // Not `req.queries()`, which throws in Hono 4.0 at what is no percent-encoding.
    return readQuery(this.#req.url, name)
  }

  body(): Promise<unknown> {
    // Hono keeps what it has parsed, so that the handler can read the body again.
    return readBody(this, { json: () => this.#req.json(), form: () => this.#req.parseBody({ all: true }) })
  }
}

// On a copy, for the headers of a response may be immutable, and older Hono 4 adds a value twice where `c.header()` is
// called before the response and after it.
function appendToFinished(c: Context, cookies: readonly string[]): void {
  // A protocol switch cannot be copied.
  if (c.res.status < 200) return
  const copy = new Response(c.res.body, c.res)
  for (const cookie of cookies) copy.headers.append('set-cookie', cookie)
  // Or Hono would put the cookies of the former response in their place.
  c.res = undefined
  c.res = copy
}
