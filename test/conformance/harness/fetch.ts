import { JwtError, JwtManager, type JwtOptions } from '../../../src/adapters/fetch.ts'
import { type Application, type HttpRequest, type ManagerVerbs, type Route, toolsOf } from './application.ts'

/** No server: a handler from `Request` to `Response` is all that there is. */
export async function startFetch(options: JwtOptions, route: Route): Promise<Application> {
  const jwt = new JwtManager(options)
  const open = async (request: Request): Promise<Response> => {
    const headers = new Headers()
    const tools = toolsOf(jwt as unknown as ManagerVerbs<Request, Headers>, request, headers)
    return Response.json(await route.handle(tools), { headers })
  }
  const handler = route.requirements === undefined ? open : jwt.required(open, route.requirements)
  return {
    async send(request) {
      const response = await handler(toRequest(request)).catch((error: unknown) => {
        return error instanceof JwtError ? error.getResponse() : new Response(null, { status: 500 })
      })
      return { status: response.status, text: await response.text(), setCookies: response.headers.getSetCookie() }
    },
    async close() {},
  }
}

function toRequest({ method, path, headers, body }: HttpRequest): Request {
  const fields = new Headers()
  for (const [name, value] of headers) fields.append(name, value)
  // A GET with a body cannot be made at all.
  const mayHaveBody = method !== 'GET' && method !== 'HEAD'
  return new Request(`http://127.0.0.1${path}`, {
    method,
    headers: fields,
    ...(body !== undefined && mayHaveBody && { body }),
  })
}
