import type { AddressInfo } from 'node:net'
import { serve } from '@hono/node-server'
import { type Context, Hono } from 'hono'
import { JwtError, JwtManager, type JwtOptions } from '../../../src/adapters/hono.ts'
import { type Application, type ManagerVerbs, type Route, toolsOf } from './application.ts'
import { sendHttp } from './http-client.ts'

export async function startHono(options: JwtOptions, route: Route): Promise<Application> {
  const jwt = new JwtManager(options)
  const app = new Hono()
  if (route.requirements !== undefined) app.use(jwt.required(route.requirements))
  app.all('*', async c => {
    const tools = toolsOf(jwt as unknown as ManagerVerbs<Context, Context>, c, c)
    return c.json((await route.handle(tools)) as object)
  })
  app.onError(error => (error instanceof JwtError ? error.getResponse() : new Response(null, { status: 500 })))
  const server = await new Promise<ReturnType<typeof serve>>(resolve => {
    const listening = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, () => resolve(listening))
  })
  const { port } = server.address() as AddressInfo
  return {
    send: request => sendHttp(port, request),
    close: () => new Promise(resolve => server.close(() => resolve())),
  }
}
