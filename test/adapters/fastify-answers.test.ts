import { once } from 'node:events'
import { Agent, get as getRaw, type IncomingMessage } from 'node:http'
import { JwtError } from 'jwt-extended/fastify'
import { describe, expect, test } from 'vitest'
import { bearer, start } from './fastify-support.ts'

const missing = { msg: 'Missing Authorization Header', code: 'token_missing' }

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
