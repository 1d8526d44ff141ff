import { JwtError, JwtManager } from 'jwt-extended/fetch'
import { type AdapterHarness, bindTools, type ContractRoute } from 'jwt-extended/testing'
import { serveFetch } from './serve-fetch.ts'

type Handler = (request: Request) => Promise<Response>

/** `fetch` handlers have no framework around them: here a table of paths and a catch are one. */
export const fetchHarness: AdapterHarness = {
  name: 'fetch',
  readsBodyOfGet: false,
  async start(options, routes, ready = []) {
    const jwt = new JwtManager(options)
    const protect = ({ requirements, handle }: ContractRoute): Handler => {
      const open: Handler = async request => {
        const headers = new Headers()
        const own = {
          appendHeader: (name: string, value: string) => headers.append(name, value),
          readJson: () => request.json(),
        }
        return Response.json(await handle(bindTools(jwt, { request, target: headers }, own)), { headers })
      }
      return requirements === undefined ? open : jwt.required(open, requirements)
    }
    const handlers = new Map(routes.map(route => [route.path, protect(route)]))
    for (const { path, handler } of ready) handlers.set(path, jwt.handlers[handler])
    return serveFetch(async request => {
      const handler = handlers.get(new URL(request.url).pathname)
      if (handler === undefined) return new Response(null, { status: 404 })
      return handler(request).catch((error: unknown) => {
        if (!(error instanceof JwtError)) return new Response(null, { status: 500 })
        return options.errors === 'throw'
          ? Response.json({ thrown: error.code }, { status: error.status })
          : error.getResponse()
      })
    })
  },
}
