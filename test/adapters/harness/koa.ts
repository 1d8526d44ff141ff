import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { bodyParser } from '@koa/bodyparser'
import multer from '@koa/multer'
import { Router } from '@koa/router'
import { JwtError, JwtManager } from 'jwt-extended/koa'
import { type AdapterHarness, bindTools } from 'jwt-extended/testing'
import Koa, { type Middleware } from 'koa'

const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']

/** A body that cannot be parsed is no body. */
const parseFields: Middleware = async (ctx, next) => {
  await multer()
    .none()(ctx, async () => {})
    .catch(() => {})
  return next()
}

/** What an application with `errors: 'throw'` might do. */
const showThrown: Middleware = async (ctx, next) => {
  try {
    await next()
  } catch (error) {
    ctx.status = error instanceof JwtError ? error.status : 500
    ctx.body = error instanceof JwtError ? { thrown: error.code } : { failed: true }
  }
}

export const koaHarness: AdapterHarness = {
  name: 'Koa',
  readsBodyOfGet: true,
  async start(options, routes, ready = []) {
    const jwt = new JwtManager(options)
    const app = new Koa()
    app.use(options.errors === 'throw' ? showThrown : jwt.errorHandler())
    app.use(bodyParser({ parsedMethods: methods, jsonStrict: false, onError: () => {} }))
    app.use(parseFields)
    const router = new Router()
    for (const { path, requirements, handle } of routes) {
      const guards = requirements === undefined ? [] : [jwt.required(requirements)]
      router.all(path, ...guards, async ctx => {
        const own = {
          appendHeader: (name: string, value: string) => ctx.append(name, value),
          readJson: () => ctx.request.body,
        }
        ctx.body = await handle(bindTools(jwt, { request: ctx, target: ctx }, own))
      })
    }
    for (const { path, handler } of ready) router.all(path, jwt.handlers[handler])
    app.use(router.routes())
    app.silent = true
    return listen(app)
  },
}

function listen(app: Koa): ReturnType<AdapterHarness['start']> {
  return new Promise((resolve, reject) => {
    const server: Server = app.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      resolve({ port, close: () => new Promise(done => server.close(() => done())) })
    })
    server.once('error', reject)
  })
}
