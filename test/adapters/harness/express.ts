import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import express, { type ErrorRequestHandler, type Express } from 'express'
import { JwtError, JwtManager } from 'jwt-extended/express'
import { type AdapterHarness, bindTools } from 'jwt-extended/testing'
import multer from 'multer'

/** A body that cannot be parsed is no body. */
const forgiveBody: ErrorRequestHandler = (_error, _req, _res, next) => next()

/** What an application with `errors: 'throw'` might do. */
const showThrown: ErrorRequestHandler = (error, _req, res, _next) => {
  if (error instanceof JwtError) res.status(error.status).json({ thrown: error.code })
  else res.sendStatus(500)
}

export const expressHarness: AdapterHarness = {
  name: 'Express',
  readsBodyOfGet: true,
  async start(options, routes, ready = []) {
    const jwt = new JwtManager(options)
    const app = express()
    app.use(
      express.json({ strict: false, type: ['application/json', 'application/*+json'] }),
      express.urlencoded(),
      multer().none(),
      forgiveBody,
    )
    for (const { path, requirements, handle } of routes) {
      const guards = requirements === undefined ? [] : [jwt.required(requirements)]
      app.all(path, ...guards, async (req, res) => {
        const own = {
          appendHeader: (name: string, value: string) => void res.append(name, value),
          readJson: () => req.body,
        }
        res.json(await handle(bindTools(jwt, { request: req, target: res }, own)))
      })
    }
    for (const { path, handler } of ready) app.all(path, jwt.handlers[handler])
    if (options.errors !== 'throw') app.use(jwt.errorHandler())
    app.use(showThrown)
    return listen(app)
  },
}

function listen(app: Express): ReturnType<AdapterHarness['start']> {
  return new Promise((resolve, reject) => {
    const server: Server = app.listen(0, '127.0.0.1', error => {
      if (error) return reject(error)
      const { port } = server.address() as AddressInfo
      resolve({ port, close: () => new Promise(done => server.close(() => done())) })
    })
  })
}
