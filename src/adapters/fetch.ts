import { toResponse } from '../errors.ts'
import type { Awaitable } from '../internal/awaitable.ts'
import type { ContextFor } from '../manager.ts'
import type { JwtRequest } from '../request/request.ts'
import { anonymousContext } from '../request/request-context.ts'
import type { Requirements } from '../request/requirements.ts'
import { AdapterManager, type Respond } from './adapter-manager.ts'
import { readBody } from './read-body.ts'
import { readQuery } from './read-query.ts'

export * from '../index.ts'

/** JWT authentication for handlers from `Request` to `Response`: route handlers of Next and SvelteKit, Deno, Bun, ... */
export class JwtManager<User = never, Extra extends object = object> extends AdapterManager<
  User,
  Extra,
  Request,
  Headers,
  (request: Request) => Promise<Response>
> {
  /**
   * Protects a handler, which is told who is asking; further arguments are passed on. An `OPTIONS` request reaches the
   * handler unchecked, with an anonymous context.
   *
   * @throws TypeError at requirements that are wrong
   */
  required<Rest extends unknown[], const Route extends Requirements = Record<never, never>>(
    handler: (request: Request, jwt: ContextFor<Route, User, Extra>, ...rest: Rest) => Awaitable<Response>,
    requirements?: Route,
  ): (request: Request, ...rest: Rest) => Promise<Response> {
    const guard = this.guard(requirements ?? {})
    return async (request, ...rest) =>
      guard(request, {
        refuse: error => error.getResponse(),
        pass: async passed => {
          if (passed === undefined) return handler(request, anonymousContext as ContextFor<Route, User, Extra>, ...rest)
          const context = passed.context as ContextFor<Route, User, Extra>
          const response = await this.runWith(passed.context, () => handler(request, context, ...rest))
          return passed.renewedCookies.length === 0 ? response : this.#renew(response, passed.renewedCookies)
        },
      })
  }

  protected override toHandler(respond: Respond<Request>): (request: Request) => Promise<Response> {
    return async request => {
      const { cookies, ...answer } = await respond(request)
      const response = toResponse(answer)
      this.writeCookies(response.headers, cookies)
      return response
    }
  }

  protected override appendCookies(headers: Headers, cookies: readonly string[]): void {
    for (const cookie of cookies) headers.append('set-cookie', cookie)
  }

  protected override readRequest(request: Request): JwtRequest {
    return new FetchRequest(request)
  }

  // On a copy, for the headers of a response may be immutable.
  #renew(response: Response, cookies: readonly string[]): Response {
    // Neither `Response.error()` nor a protocol switch can be copied.
    if (response.status < 200) return response
    const copy = new Response(response.body, response)
    this.addRenewedCookies(copy.headers, cookies, copy.headers.getSetCookie())
    return copy
  }
}

/** Reads what it is asked for, and no more. */
class FetchRequest implements JwtRequest {
  readonly #request: Request

  constructor(request: Request) {
    this.#request = request
  }

  get method(): string {
    return this.#request.method
  }

  get protocol(): string {
    return new URL(this.#request.url).protocol.slice(0, -1)
  }

  header(name: string): string | undefined {
    return this.#request.headers.get(name) ?? undefined
  }

  query(name: string): string[] {
    return readQuery(this.#request.url, name)
  }

  body(): Promise<unknown> {
    // A clone, for a body can be read once and the handler may want it.
    const copy = (): Request => this.#request.clone()
    return readBody(this, { json: () => copy().json(), form: () => readFields(copy()) })
  }
}

/** As the form parsers of other frameworks have it: a list where a field came several times. */
async function readFields(request: Request): Promise<Record<string, unknown>> {
  const form = await request.formData()
  const fields = [...new Set(form.keys())].map(name => [name, form.getAll(name)] as const)
  return Object.fromEntries(fields.map(([name, values]) => [name, values.length === 1 ? values[0] : values]))
}
