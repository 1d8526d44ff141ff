import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import express, { type ErrorRequestHandler, type Request, type Response } from 'express'
import multer from 'multer'
import { JwtManager, type JwtOptions } from '../../../src/adapters/express.ts'
import { type Application, type ManagerVerbs, type Route, toolsOf } from './application.ts'
import { sendHttp } from './http-client.ts'

/** A body that cannot be parsed is no body, as it is in Flask. */
const forgiveBody: ErrorRequestHandler = (_error, _req, _res, next) => next()

export async function startExpress(options: JwtOptions, route: Route): Promise<Application> {
  const jwt = new JwtManager(options)
  const app = express()
  app.use(
    express.json({ strict: false, type: ['application/json', 'application/*+json'] }),
    express.urlencoded(),
    multer().none(),
    forgiveBody,
  )
  const guards = route.requirements === undefined ? [] : [jwt.required(route.requirements)]
  app.all('/{*path}', ...guards, async (req, res) => {
    const tools = toolsOf(jwt as unknown as ManagerVerbs<Request, Response>, req, res)
    res.json(await route.handle(tools))
  })
  app.use(jwt.errorHandler())
  app.use(((_error, _req, res, _next) => {
    res.sendStatus(500)
  }) as ErrorRequestHandler)
  const server = await new Promise<Server>((resolve, reject) => {
    const listening: Server = app.listen(0, '127.0.0.1', error => (error ? reject(error) : resolve(listening)))
  })
  const { port } = server.address() as AddressInfo
  return {
    send: request => sendHttp(port, request),
    close: () => new Promise(resolve => server.close(() => resolve())),
  }
}
