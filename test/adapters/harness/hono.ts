import { Hono } from 'hono'
import { JwtError, JwtManager } from 'jwt-extended/hono'
import { type AdapterHarness, bindTools } from 'jwt-extended/testing'
import { serveFetch } from './serve-fetch.ts'

export const honoHarness: AdapterHarness = {
  name: 'Hono',
  readsBodyOfGet: false,
  async start(options, routes, ready = []) {
    const jwt = new JwtManager(options)
    const app = new Hono()
    for (const { path, requirements, handle } of routes) {
      if (requirements !== undefined) app.use(path, jwt.required(requirements))
      app.all(path, async c => {
        const own = {
          appendHeader: (name: string, value: string) => c.header(name, value, { append: true }),
          readJson: () => c.req.json(),
        }
        return c.json((await handle(bindTools(jwt, { request: c, target: c }, own))) as object)
      })
    }
    for (const { path, handler } of ready) app.all(path, jwt.handlers[handler])
    app.onError(error => {
      if (!(error instanceof JwtError)) return new Response(null, { status: 500 })
      return options.errors === 'throw'
        ? Response.json({ thrown: error.code }, { status: error.status })
        : error.getResponse()
    })
    return serveFetch(app.fetch)
  },
}
