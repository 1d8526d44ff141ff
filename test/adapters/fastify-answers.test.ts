import { once } from 'node:events'
import { Agent, get as getRaw, type IncomingMessage } from 'node:http'
import { connect } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import fastify, { type FastifyInstance, type FastifyServerOptions } from 'fastify'
import { JwtError, JwtManager, type JwtOptions } from 'jwt-extended/fastify'
import { describe, expect, test } from 'vitest'
import { secretKey } from '../request/support.ts'

interface Started {
  readonly jwt: JwtManager<unknown>
  readonly app: FastifyInstance
}

async function start(options: Partial<JwtOptions> = {}, server: FastifyServerOptions = {}): Promise<Started> {
  const jwt = new JwtManager<unknown>({ secretKey, ...options })
  const app: FastifyInstance = fastify(server)
  await app.register(jwt.plugin())
  return { jwt, app }
}

async function bearer(jwt: JwtManager<unknown>): Promise<{ authorization: string }> {
  return { authorization: `Bearer ${await jwt.createAccessToken('alice')}` }
}

const missing = { msg: 'Missing Authorization Header', code: 'token_missing' }
const namesOf = (cookies: unknown): string[] => [cookies ?? []].flat().map(cookie => String(cookie).split('=')[0] ?? '')

describe('an answer of the adapter for Fastify', () => {
  test('loses nothing to a response schema of the route', async () => {
    const { app } = await start()
    const schema = { response: { 401: { type: 'object', required: ['error'], properties: { error: {} } } } }
    app.get('/me', { schema, config: { jwt: true } }, async () => 'passed')
    const reply = await app.inject('/me')
    expect([reply.statusCode, reply.json(), reply.headers['www-authenticate']]).toEqual([401, missing, 'Bearer'])
  })

  test('passes the onSend hooks of the application, and not those for content', async () => {
    const { app } = await start()
    app.addHook('preSerialization', async (_request, _reply, payload) => ({ data: payload }))
    app.addHook('onSend', async (_request, reply) => {
      reply.header('x-seen', 'yes')
    })
    app.get('/me', { config: { jwt: true } }, async () => 'passed')
    const reply = await app.inject('/me')
    expect([reply.json(), reply.headers['x-seen']]).toEqual([missing, 'yes'])
  })

  test("is left to Fastify where the application's own is no JSON", async () => {
    const { app } = await start({ onUnauthorized: () => ({ status: 401, json: { big: 1n } }) })
    app.get('/me', { config: { jwt: true } }, async () => 'passed')
    expect((await app.inject('/me')).statusCode).toBe(500)
  })

  test("has status and challenge with errors: 'throw', too, where the application answers nothing", async () => {
    const { app } = await start({ errors: 'throw' })
    app.get('/me', { config: { jwt: true } }, async () => 'passed')
    const reply = await app.inject('/me')
    expect([reply.statusCode, reply.headers['www-authenticate']]).toEqual([401, 'Bearer'])
    expect(reply.json()).toEqual({
      statusCode: 401,
      code: 'token_missing',
      error: 'Unauthorized',
      message: missing.msg,
    })
  })
})

describe('a JwtError that a handler throws', () => {
  test('is answered as the adapter answers its own, and told to onError hooks once', async () => {
    const { jwt, app } = await start()
    const told: unknown[] = []
    app.addHook('onError', async (_request, _reply, error) => {
      told.push(error.message)
    })
    app.get('/check', async request => jwt.authenticate(request))
    app.get('/fail', async () => {
      throw new Error('a mistake')
    })
    const reply = await app.inject('/check')
    expect([reply.statusCode, reply.json(), reply.headers['www-authenticate']]).toEqual([401, missing, 'Bearer'])
    const failed = await app.inject('/fail')
    expect([failed.statusCode, failed.json().message]).toEqual([500, 'a mistake'])
    expect(told).toEqual([missing.msg, 'a mistake'])
  })

  test('belongs to the error handler of the application where there is one', async () => {
    const { jwt, app } = await start()
    const seen: unknown[] = []
    app.setErrorHandler((error, _request, reply) => {
      seen.push(error instanceof JwtError)
      reply.code(418).send({ by: 'scope' })
    })
    app.get('/check', async request => jwt.authenticate(request))
    app.get('/own', { errorHandler: (_error, _request, reply) => reply.code(419).send() }, async request =>
      jwt.authenticate(request),
    )
    app.get('/guarded', { config: { jwt: true } }, async () => 'passed')
    expect((await app.inject('/check')).json()).toEqual({ by: 'scope' })
    expect((await app.inject('/own')).statusCode).toBe(419)
    expect(seen).toEqual([true])
    expect((await app.inject('/guarded')).json()).toEqual(missing)
  })
})

describe('current()', () => {
  test('follows the request through body parsing, hooks and the handler, and ends with it', async () => {
    const { jwt, app } = await start()
    const seen: string[] = []
    const note = (place: string): void => {
      seen.push(`${place} ${jwt.currentOrUndefined()?.identity}`)
    }
    app.addHook('preParsing', async () => note('preParsing'))
    app.addHook('preValidation', async () => note('preValidation'))
    app.addHook('preHandler', (_request, _reply, done) => {
      note('preHandler')
      setImmediate(done)
    })
    app.addHook('preSerialization', async () => note('preSerialization'))
    app.addHook('onSend', async () => note('onSend'))
    app.post('/me', { config: { jwt: true } }, async () => {
      await new Promise(resolve => setImmediate(resolve))
      note('handler')
      return { current: jwt.current().identity }
    })
    const reply = await app.inject({ method: 'POST', url: '/me', headers: await bearer(jwt), payload: { a: 1 } })
    expect(reply.json()).toEqual({ current: 'alice' })
    const places = ['preParsing', 'preValidation', 'preHandler', 'handler', 'preSerialization', 'onSend']
    expect(seen).toEqual(places.map(place => `${place} alice`))
    expect(jwt.currentOrUndefined()).toBeUndefined()
  })

  test('does not follow into the next request of the connection', async () => {
    const { jwt, app } = await start()
    const tell = async (): Promise<object> => ({ current: jwt.currentOrUndefined()?.identity ?? null })
    app.get('/me', { config: { jwt: true } }, tell)
    app.get('/open', tell)
    const address = await app.listen({ port: 0, host: '127.0.0.1' })
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    const ask = async (path: string, headers = {}): Promise<unknown> => {
      const [incoming] = (await once(getRaw(address + path, { agent, headers }), 'response')) as [IncomingMessage]
      return JSON.parse((await incoming.setEncoding('utf8').toArray()).join(''))
    }
    const headers = await bearer(jwt)
    expect(await ask('/me', headers)).toEqual({ current: 'alice' })
    expect(await ask('/open', headers)).toEqual({ current: null })
    agent.destroy()
    await app.close()
  })
})

describe('the cookie verbs of reply', () => {
  test('add to the cookies that are there', async () => {
    const { jwt, app } = await start({ tokenLocation: 'cookies' })
    app.get('/login', async (_request, reply) => {
      reply.header('set-cookie', 'theme=dark')
      await reply.setAccessCookies(await jwt.createAccessToken('alice'), { maxAge: 60 })
      await reply.setRefreshCookies(await jwt.createRefreshToken('alice'))
      return {}
    })
    app.get('/logout', async (_request, reply) => {
      reply.unsetJwtCookies({ domain: 'example.com' })
      return {}
    })
    app.get('/half', async (_request, reply) => {
      reply.unsetRefreshCookies()
      reply.unsetAccessCookies()
      return {}
    })
    const access = ['access_token_cookie', 'csrf_access_token']
    const refresh = ['refresh_token_cookie', 'csrf_refresh_token']
    const login = (await app.inject('/login')).headers['set-cookie']
    expect(namesOf(login)).toEqual(['theme', ...access, ...refresh])
    expect(login?.[1]).toContain('Max-Age=60')
    const logout = (await app.inject('/logout')).headers['set-cookie']
    expect(namesOf(logout)).toEqual([...access, ...refresh])
    expect(logout?.[0]).toContain('Domain=example.com')
    expect(namesOf((await app.inject('/half')).headers['set-cookie'])).toEqual([...refresh, ...access])
  })

  test('go out beside a renewed token, which sees what onSend hooks and the raw response have set', async () => {
    const { jwt, app } = await start({ tokenLocation: 'cookies', implicitRefresh: { within: '1h' } })
    const config = { jwt: true } as const
    // As @fastify/cookie does it.
    app.addHook('onSend', async (request, reply) => {
      if (request.url === '/late') reply.header('set-cookie', 'access_token_cookie=; Path=/')
    })
    app.get('/late', { config }, async () => ({}))
    app.get('/other', { config }, async (_request, reply) => reply.header('set-cookie', 'theme=dark').send({}))
    app.get('/stream', { config }, async (_request, reply) => reply.send(Readable.from(['a', 'b'])))
    app.get('/raw', { config }, (_request, reply) => {
      reply.hijack()
      reply.raw.setHeader('set-cookie', 'theme=dark')
      reply.raw.end('raw')
    })
    const headers = { cookie: `access_token_cookie=${await jwt.createAccessToken('alice')}` }
    const cookiesOf = async (url: string): Promise<string[]> =>
      namesOf((await app.inject({ url, headers })).headers['set-cookie'])
    const renewed = ['access_token_cookie', 'csrf_access_token']
    expect(await cookiesOf('/late')).toEqual(['access_token_cookie'])
    expect(await cookiesOf('/other')).toEqual(['theme', ...renewed])
    expect(await cookiesOf('/stream')).toEqual(renewed)
    expect(await cookiesOf('/raw')).toEqual(['theme', ...renewed])
  })

  test('take CSRF values from form fields', async () => {
    const { jwt, app } = await start({ tokenLocation: 'cookies', csrf: { checkForm: true } })
    await app.register(import('@fastify/formbody'))
    await app.register(import('@fastify/multipart'), { attachFieldsToBody: 'keyValues' })
    app.post('/me', { config: { jwt: true } }, async request => ({ identity: request.jwt.identity }))
    const token = await jwt.createAccessToken('alice')
    const csrf = await jwt.getCsrfToken(token)
    const post = (payload: string | FormData, headers = {}): Promise<number> =>
      app
        .inject({
          method: 'POST',
          url: '/me',
          payload,
          headers: { cookie: `access_token_cookie=${token}`, ...headers },
        })
        .then(({ statusCode }) => statusCode)
    const urlencoded = { 'content-type': 'application/x-www-form-urlencoded' }
    expect(await post(`csrf_token=${csrf}`, urlencoded)).toBe(200)
    expect(await post('csrf_token=wrong', urlencoded)).toBe(401)
    const form = new FormData()
    expect(await post(form)).toBe(401)
    form.append('csrf_token', csrf)
    expect(await post(form)).toBe(200)
  })
})

describe('behind a proxy, and over HTTP/2', () => {
  test('the protocol is that which a trusted proxy names', async () => {
    for (const [trustProxy, status] of [
      [true, 403],
      [false, 200],
    ] as const) {
      const { jwt, app } = await start({ tokenLocation: 'cookies' }, { trustProxy })
      app.post('/me', { config: { jwt: true } }, async () => ({}))
      const token = await jwt.createAccessToken('alice')
      const headers = {
        host: 'app.example.com',
        origin: 'http://app.example.com',
        'x-forwarded-proto': 'https',
        'x-csrf-token': await jwt.getCsrfToken(token),
        cookie: `access_token_cookie=${token}`,
      }
      expect((await app.inject({ method: 'POST', url: '/me', headers })).statusCode).toBe(status)
    }
  })

  test('HTTP/2 is served as HTTP/1 is', async () => {
    const jwt = new JwtManager({ secretKey, tokenLocation: ['headers', 'cookies'], implicitRefresh: { within: '1h' } })
    const app = fastify({ http2: true })
    await app.register(jwt.plugin())
    app.addHook('onRequest', jwt.required())
    app.all('/me', { config: { jwt: true } }, async request => ({ identity: request.jwt.identity }))
    await app.listen({ port: 0, host: '127.0.0.1' })
    const session = connect(`http://127.0.0.1:${(app.server.address() as AddressInfo).port}`)
    const ask = async (headers: Record<string, string | string[]>): Promise<[unknown, unknown]> => {
      const stream = session.request({ ':path': '/me', ...headers })
      const [reply] = (await once(stream.end(), 'response')) as [Record<string, unknown>]
      await stream.resume().toArray()
      return [reply[':status'], reply['set-cookie']]
    }
    const token = await jwt.createAccessToken('alice')
    expect(await ask({})).toEqual([401, undefined])
    expect(await ask({ authorization: `Bearer ${token}` })).toEqual([200, undefined])
    const unsafe = {
      ':method': 'POST',
      ':authority': 'app.example.com',
      cookie: [`a=1`, `access_token_cookie=${token}`],
      'x-csrf-token': await jwt.getCsrfToken(token),
    }
    const [status, cookies] = await ask({ ...unsafe, origin: 'https://app.example.com' })
    expect([status, namesOf(cookies).length]).toEqual([200, 2])
    expect(await ask({ ...unsafe, origin: 'https://evil.example.com' })).toEqual([403, undefined])
    session.close()
    await app.close()
  })
})
