import type { AddressInfo } from 'node:net'
import formbody from '@fastify/formbody'
import multipart from '@fastify/multipart'
import fastify, { type FastifyInstance, type FastifyRequest } from 'fastify'
import { JwtError, JwtManager } from 'jwt-extended/fastify'
import { type AdapterHarness, bindTools, type ContractRoute } from 'jwt-extended/testing'

export const fastifyHarness: AdapterHarness = {
  name: 'Fastify',
  readsBodyOfGet: false,
  async start(options, routes, ready = []) {
    const jwt = new JwtManager(options)
    const app = fastify({ exposeHeadRoutes: false })
    readBodies(app)
    await app.register(jwt.plugin())
    if (options.errors === 'throw') showThrown(app)
    for (const route of routes) addRoute(app, jwt, route)
    for (const { path, handler } of ready) app.all(path, jwt.handlers[handler])
    await app.listen({ port: 0, host: '127.0.0.1' })
    return { port: (app.server.address() as AddressInfo).port, close: () => app.close() }
  },
}

function addRoute(app: FastifyInstance, jwt: JwtManager<unknown>, { path, requirements, handle }: ContractRoute): void {
  const config = requirements === undefined ? {} : { jwt: requirements }
  app.all(path, { config }, async (request, reply) => {
    const own = {
      appendHeader: (name: string, value: string) => void reply.header(name, value),
      readJson: () => request.body,
    }
    return JSON.stringify(await handle(bindTools(jwt, { request, target: reply.type('application/json') }, own)))
  })
}

/** A body that cannot be parsed is no body, and one of an unknown type neither. */
function readBodies(app: FastifyInstance): void {
  app.removeContentTypeParser('application/json')
  app.addContentTypeParser(
    /^application\/(.+\+)?json/,
    { parseAs: 'string' },
    async (_request: FastifyRequest, text: string) => {
      try {
        return JSON.parse(text)
      } catch {
        return undefined
      }
    },
  )
  app.addContentTypeParser('*', { parseAs: 'string' }, async () => undefined)
  app.register(formbody)
  app.register(multipart, { attachFieldsToBody: 'keyValues' })
}

/** What an application with `errors: 'throw'` might do. */
function showThrown(app: FastifyInstance): void {
  app.setErrorHandler((error, _request, reply) => {
    if (error instanceof JwtError) reply.code(error.status).send({ thrown: error.code })
    else reply.code(500).send({})
  })
}
