import { AsyncLocalStorage } from 'node:async_hooks'
import { once } from 'node:events'
import { connect, createServer } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { bodyParser } from '@koa/bodyparser'
import { Router } from '@koa/router'
import { JwtError, JwtManager, type JwtOptions } from 'jwt-extended/koa'
import Koa, { type Middleware } from 'koa'
import { describe, expect, test } from 'vitest'
import { type RawReply, type RawRequest, sendRaw } from '../../src/testing/http-client.ts'
import { secretKey } from '../request/support.ts'
import { skip } from '../support/skip.ts'

type Header = [string, string]

const renewing = { secretKey, tokenLocation: 'cookies', implicitRefresh: { within: '1h' } } as const

async function ask(
  middleware: readonly Middleware[],
  request: RawRequest = {},
  app: Koa = new Koa(),
): Promise<RawReply> {
  app.silent = true
  for (const one of middleware) app.use(one)
  const server = app.listen(0, '127.0.0.1')
  await once(server, 'listening')
  try {
    return await sendRaw((server.address() as AddressInfo).port, request)
  } finally {
    server.close()
  }
}

async function bearer(jwt: Pick<JwtManager<unknown>, 'createAccessToken'>): Promise<Header> {
  return ['Authorization', `Bearer ${await jwt.createAccessToken('alice')}`]
}

async function accessCookie(jwt: Pick<JwtManager<unknown>, 'createAccessToken'>): Promise<Header> {
  return ['Cookie', `access_token_cookie=${await jwt.createAccessToken('alice')}`]
}

const tellIdentity =
  (jwt: Pick<JwtManager<unknown>, 'current'>): Middleware =>
  ctx => {
    ctx.body = { same: ctx.state['jwt'] === jwt.current(), identity: jwt.current().identity }
  }

/** Koa does so since 3.0.1. */
function takesAsyncLocalStorage(): boolean {
  const own = new AsyncLocalStorage<Koa.DefaultContext>()
  const isTaken = new Koa({ asyncLocalStorage: own }).ctxStorage === own
  return isTaken || skip('this version of Koa takes no AsyncLocalStorage of the application')
}

/** What a handler finds in the contexts of the package and of Koa after it has waited. */
async function tellContexts(app: Koa, contextOfKoa: () => unknown): Promise<unknown> {
  const jwt = new JwtManager({ secretKey })
  const tell: Middleware = async ctx => {
    await new Promise(resolve => setImmediate(resolve))
    ctx.body = { identity: jwt.current().identity, isKoas: contextOfKoa() === ctx }
  }
  return JSON.parse((await ask([jwt.required(), tell], { headers: [await bearer(jwt)] }, app)).text)
}

const namesOf = ({ setCookies }: RawReply): string[] => setCookies.map(cookie => cookie.split('=')[0] ?? '')

describe('the adapter for Koa', () => {
  test('puts the context into the state', async () => {
    const jwt = new JwtManager({ secretKey })
    const reply = await ask([jwt.required(), tellIdentity(jwt)], { headers: [await bearer(jwt)] })
    expect(JSON.parse(reply.text)).toEqual({ same: true, identity: 'alice' })
  })

  test('does not run what stands behind a guard that refuses', async () => {
    const seen: string[] = []
    const behind: Middleware = () => void seen.push('behind')
    const reply = await ask([new JwtManager({ secretKey }).required(), behind])
    expect([reply.status, reply.headers['content-type'], seen]).toEqual([401, 'application/json; charset=utf-8', []])
  })

  test("keeps its context beside Koa's own AsyncLocalStorage, whichever is asked", async () => {
    const app = new Koa({ asyncLocalStorage: true })
    expect(await tellContexts(app, () => app.currentContext)).toEqual({ identity: 'alice', isKoas: true })
  })

  test.runIf(takesAsyncLocalStorage())('keeps its context beside an AsyncLocalStorage that Koa is given', async () => {
    const own = new AsyncLocalStorage<Koa.DefaultContext>()
    const app = new Koa({ asyncLocalStorage: own })
    expect(await tellContexts(app, () => own.getStore())).toEqual({ identity: 'alice', isKoas: true })
  })

  test('protects the routers and applications that are mounted behind it, and no others', async () => {
    const jwt = new JwtManager({ secretKey })
    const inner = new Router().get('/who', tellIdentity(jwt))
    const protectedRouter = new Router().use('/area', jwt.required(), inner.routes())
    const open = new Router().get('/open', ctx => {
      ctx.body = { open: jwt.currentOrUndefined() === undefined && ctx.state['jwt'] === undefined }
    })
    const app = new Koa()
    app.use(protectedRouter.routes())
    app.use(open.routes())
    expect((await ask([], { path: '/area/who' }, app)).status).toBe(401)
    const reply = await ask([], { path: '/area/who', headers: [await bearer(jwt)] }, app)
    expect(JSON.parse(reply.text)).toEqual({ same: true, identity: 'alice' })
    expect(JSON.parse((await ask([], { path: '/open' }, app)).text)).toEqual({ open: true })
  })

  test('finds a token in the query below a mount that rewrites the path', async () => {
    const jwt = new JwtManager({ secretKey, tokenLocation: 'query' })
    // As koa-mount does it.
    const mount: Middleware = (ctx, next) => {
      ctx.path = ctx.path.replace('/api', '')
      return next()
    }
    const path = `/api/who?jwt=${await jwt.createAccessToken('alice')}`
    const reply = await ask([mount, jwt.required(), tellIdentity(jwt)], { path })
    expect(JSON.parse(reply.text)).toEqual({ same: true, identity: 'alice' })
  })

  describe('bodies', () => {
    const options: JwtOptions = { secretKey, tokenLocation: 'json' }
    const json: Header = ['Content-Type', 'application/json']

    test('are read where they are parsed, and a warning tells once where they are not', async () => {
      const warnings: string[] = []
      const jwt = new JwtManager({ ...options, warn: message => warnings.push(message) })
      const body = JSON.stringify({ access_token: await jwt.createAccessToken('alice') })
      const send = (middleware: Middleware[]): Promise<RawReply> =>
        ask([...middleware, tellIdentity(jwt)], { method: 'POST', headers: [json], body })
      expect((await send([bodyParser(), jwt.required()])).status).toBe(200)
      expect(warnings).toEqual([])
      expect((await send([jwt.required()])).status).toBe(401)
      expect((await send([jwt.required()])).status).toBe(401)
      expect(warnings).toEqual([expect.stringContaining('mount bodyParser()')])
    })

    test('that nobody sent are not missed', async () => {
      const warnings: string[] = []
      const jwt = new JwtManager({ ...options, warn: message => warnings.push(message) })
      expect((await ask([jwt.required()], { method: 'POST', headers: [json], body: '' })).status).toBe(401)
      expect(warnings).toEqual([])
    })
  })

  describe('errors', () => {
    const body = { msg: 'Missing Authorization Header', code: 'token_missing' }

    test('of a handler are answered by errorHandler() as required() answers its own', async () => {
      const jwt = new JwtManager({ secretKey })
      const check: Middleware = async () => void (await jwt.verifyToken('a.b.c'))
      const reply = await ask([jwt.errorHandler(), check])
      expect([reply.status, JSON.parse(reply.text).code]).toEqual([401, 'token_invalid'])
      expect(reply.headers['www-authenticate']).toContain('error="invalid_token"')
    })

    test('of a handler keep status and challenge, with the message as text, without errorHandler()', async () => {
      const jwt = new JwtManager({ secretKey })
      const check: Middleware = async () => void (await jwt.verifyToken('a.b.c'))
      const reply = await ask([check])
      expect([reply.status, reply.headers['content-type']]).toEqual([401, 'text/plain; charset=utf-8'])
      expect(reply.headers['www-authenticate']).toContain('error="invalid_token"')
      expect(reply.text).not.toBe('')
    })

    test("are answered by errorHandler() with errors: 'throw', too", async () => {
      const jwt = new JwtManager({ secretKey, errors: 'throw' })
      const reply = await ask([jwt.errorHandler(), jwt.required()])
      expect([reply.status, JSON.parse(reply.text)]).toEqual([401, body])
    })

    test('keep status and challenge in the error handling of Koa, where nothing else answers', async () => {
      const jwt = new JwtManager({ secretKey, errors: 'throw' })
      const reply = await ask([jwt.required()])
      expect([reply.status, reply.headers['www-authenticate'], reply.text]).toEqual([401, 'Bearer', body.msg])
    })

    test("reach the application's own middleware with errors: 'throw'", async () => {
      const jwt = new JwtManager({ secretKey, errors: 'throw' })
      const own: Middleware = (ctx, next) =>
        next().catch((error: unknown) => {
          ctx.body = { mine: error instanceof JwtError && error.code }
        })
      expect(JSON.parse((await ask([own, jwt.required()])).text)).toEqual({ mine: 'token_missing' })
    })

    test('of others pass errorHandler()', async () => {
      const fail: Middleware = ctx => ctx.throw(418, 'a teapot')
      const reply = await ask([new JwtManager({ secretKey }).errorHandler(), fail])
      expect([reply.status, reply.text]).toEqual([418, 'a teapot'])
    })

    test('do not leave a request open whose answer the handler wanted to write by itself', async () => {
      const jwt = new JwtManager({ secretKey })
      const check: Middleware = async ctx => {
        ctx.respond = false
        await jwt.verifyToken('a.b.c')
      }
      expect((await ask([jwt.errorHandler(), check])).status).toBe(401)
    })

    test('are told to Koa where the headers have gone out already', async () => {
      const jwt = new JwtManager({ secretKey })
      const told: unknown[] = []
      const app = new Koa().on('error', error => told.push(error))
      const check: Middleware = async ctx => {
        ctx.status = 200
        ctx.flushHeaders()
        ctx.res.end()
        await jwt.verifyToken('a.b.c')
      }
      expect((await ask([jwt.errorHandler(), check], {}, app)).status).toBe(200)
      expect(told).toEqual([expect.any(JwtError)])
    })

    test('are sent as JSON whatever the application words them as', async () => {
      const textOf = async (json: unknown): Promise<[number, unknown, string]> => {
        const jwt = new JwtManager({ secretKey, onUnauthorized: () => ({ status: 401, json }) })
        const reply = await ask([jwt.required()])
        return [reply.status, reply.headers['content-type'], reply.text]
      }
      const type = 'application/json; charset=utf-8'
      expect(await textOf('log in first')).toEqual([401, type, '"log in first"'])
      expect(await textOf(false)).toEqual([401, type, 'false'])
    })

    test("keep the content type of the application's own answer", async () => {
      const headers = { 'Content-Type': 'application/problem+json' }
      const jwt = new JwtManager({ secretKey, onUnauthorized: () => ({ status: 401, json: {}, headers }) })
      expect((await ask([jwt.required()])).headers['content-type']).toBe('application/problem+json')
    })
  })

  describe('cookies', () => {
    test('stand beside those of ctx.cookies, signed or not, set before and after', async () => {
      const jwt = new JwtManager({ secretKey, tokenLocation: 'cookies', csrf: false })
      const app = new Koa({ keys: ['a key for the cookies of Koa'] })
      const logIn: Middleware = async ctx => {
        ctx.cookies.set('before', '1', { signed: false })
        await jwt.setAccessCookies(ctx, await jwt.createAccessToken('alice'))
        ctx.cookies.set('after', '2', { signed: true })
        ctx.body = {}
      }
      const names = namesOf(await ask([logIn], {}, app))
      expect(names).toEqual(['before', 'access_token_cookie', 'after', 'after.sig'])
    })

    test('are not lost without a word when the headers have gone out', async () => {
      const jwt = new JwtManager({ secretKey, tokenLocation: 'cookies' })
      const told: unknown[] = []
      const app = new Koa().on('error', ({ message }: Error) => told.push(message))
      const logOut: Middleware = ctx => {
        ctx.status = 200
        ctx.flushHeaders()
        ctx.res.end()
        jwt.unsetJwtCookies(ctx)
      }
      expect((await ask([logOut], {}, app)).setCookies).toEqual([])
      expect(told).toEqual([expect.stringContaining('The headers have been sent')])
    })

    test('are renewed although the handler sends its headers early', async () => {
      const jwt = new JwtManager(renewing)
      const stream: Middleware = ctx => {
        ctx.status = 200
        ctx.respond = false
        ctx.flushHeaders()
        ctx.res.end('done')
      }
      const reply = await ask([jwt.required(), stream], { headers: [await accessCookie(jwt)] })
      expect([reply.text, namesOf(reply)]).toEqual(['done', ['access_token_cookie', 'csrf_access_token']])
    })

    test('are not renewed where middleware before the guard removes them afterwards', async () => {
      const jwt = new JwtManager(renewing)
      const logOut: Middleware = async (ctx, next) => {
        await next()
        jwt.unsetJwtCookies(ctx)
      }
      const reply = await ask([logOut, jwt.required(), tellIdentity(jwt)], { headers: [await accessCookie(jwt)] })
      expect(reply.status).toBe(200)
      expect(reply.setCookies).not.toEqual([])
      expect(reply.setCookies.filter(cookie => !/^\w+=;/.test(cookie))).toEqual([])
    })

    test('are not renewed after a logout whose headers Koa drops because something fails', async () => {
      const jwt = new JwtManager(renewing)
      const headers = [await accessCookie(jwt)]
      const fail = (): never => {
        throw new Error('after the logout')
      }
      const logOut: Middleware = ctx => jwt.unsetJwtCookies(ctx)
      const failInside: Middleware = ctx => {
        jwt.unsetJwtCookies(ctx)
        fail()
      }
      const failOutside: Middleware = (_ctx, next) => next().then(fail)
      for (const middleware of [
        [jwt.required(), failInside],
        [failOutside, jwt.required(), logOut],
      ]) {
        const reply = await ask(middleware, { headers })
        expect([reply.status, reply.setCookies]).toEqual([500, []])
      }
    })
  })

  test('learns from ctx.protocol that a page of plain http is another site than one of https: app.proxy counts', async () => {
    const jwt = new JwtManager({ secretKey, tokenLocation: 'cookies' })
    const token = await jwt.createAccessToken('alice')
    const headers: Header[] = [
      ['Cookie', `access_token_cookie=${token}`],
      ['X-CSRF-TOKEN', await jwt.getCsrfToken(token)],
      ['X-Forwarded-Proto', 'https'],
    ]
    const statusFor = async (app: Koa): Promise<number> => {
      const sameHost: Middleware = (ctx, next) => {
        ctx.req.rawHeaders.push('Origin', `http://${ctx.host}`)
        return next()
      }
      return (await ask([sameHost, jwt.required(), tellIdentity(jwt)], { method: 'POST', headers, body: '' }, app))
        .status
    }
    expect(await statusFor(new Koa())).toBe(200)
    expect(await statusFor(new Koa({ proxy: true }))).toBe(403)
  })

  test('serves HTTP/2: every line of a header counts, and :authority is the host', async () => {
    const jwt = new JwtManager(renewing)
    const app = new Koa().use(jwt.required()).use(tellIdentity(jwt))
    const server = createServer(app.callback()).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const session = connect(origin)
    try {
      const token = await jwt.createAccessToken('alice')
      const headers = {
        ':method': 'POST',
        cookie: `access_token_cookie=${token}`,
        'x-csrf-token': await jwt.getCsrfToken(token),
      }
      const send = async (own: Record<string, string | string[]>): Promise<Record<string, unknown>> => {
        const stream = session.request({ ...headers, ...own })
        const [answer] = (await once(stream, 'response')) as [Record<string, unknown>]
        stream.resume()
        return answer
      }
      const passed = await send({ origin })
      expect(passed[':status']).toBe(200)
      expect(passed['set-cookie']).toHaveLength(2)
      expect((await send({ origin: 'http://elsewhere.example' }))[':status']).toBe(403)
      expect((await send({ 'x-csrf-token': '' }))[':status']).toBe(401)
      expect((await send({ 'x-csrf-token': [headers['x-csrf-token'], 'another'] }))[':status']).toBe(401)
      expect((await send({ cookie: ['theme=dark', headers.cookie] }))[':status']).toBe(200)
    } finally {
      session.close()
      server.close()
    }
  })

  test('needs a key to verify with as soon as a route is protected', () => {
    const jwt = new JwtManager({ encodeKey: () => undefined })
    expect(() => jwt.required()).toThrow('required() needs a key to verify with')
  })

  test('refuses requirements that are wrong when the application is built', () => {
    const jwt = new JwtManager({ secretKey })
    // @ts-expect-error: misspelt requirement
    expect(() => jwt.required({ fesh: true })).toThrow(TypeError)
  })
})
