import fastify from 'fastify'
import { JwtManager } from 'jwt-extended/fastify'
import { describe, expect, test } from 'vitest'
import { secretKey } from '../request/support.ts'
import { bearer, codeOf, start } from './fastify-support.ts'

const done = { done: true }

describe('required() as a hook', () => {
  test('protects a scope and nothing outside of it, with the plugin and without', async () => {
    for (const hasPlugin of [true, false]) {
      const jwt = new JwtManager({ secretKey })
      const app = fastify()
      if (hasPlugin) await app.register(jwt.plugin())
      app.register(
        (admin, _options, done) => {
          admin.addHook('onRequest', jwt.required())
          admin.get('/stats', async request => ({ identity: request.jwt.identity, current: jwt.current().identity }))
          done()
        },
        { prefix: '/admin' },
      )
      app.get('/open', async () => ({ current: jwt.currentOrUndefined() ?? null }))
      expect(codeOf(await app.inject('/admin/stats'))).toEqual([401, 'token_missing'])
      const headers = await bearer(jwt)
      expect((await app.inject({ url: '/admin/stats', headers })).json()).toEqual({
        identity: 'alice',
        current: 'alice',
      })
      expect((await app.inject({ url: '/open', headers })).json()).toEqual({ current: null })
    }
  })

  test('protects a single route as onRequest, preValidation or preHandler', async () => {
    const { jwt, app } = await start()
    app.get('/a', { onRequest: jwt.required() }, async () => done)
    app.get('/b', { preValidation: [jwt.required()] }, async () => done)
    app.get('/c', { preHandler: jwt.required() }, async () => done)
    for (const url of ['/a', '/b', '/c']) {
      expect((await app.inject(url)).statusCode).toBe(401)
      expect((await app.inject({ url, headers: await bearer(jwt) })).json()).toEqual(done)
    }
  })

  test('lets OPTIONS pass, in the way of Flask without a context', async () => {
    for (const [compatibility, jwtOf] of [
      ['flask', null],
      [undefined, { claims: {}, header: {} }],
    ] as const) {
      const { jwt, app } = await start({ compatibility })
      app.options('/me', { onRequest: jwt.required() }, async request => ({ jwt: request.jwt }))
      expect((await app.inject({ method: 'OPTIONS', url: '/me' })).json()).toEqual({ jwt: jwtOf })
    }
  })

  test('says where it belongs, wherever it is out of place', async () => {
    const { jwt, app } = await start()
    const hook = jwt.required() as never
    app.get('/parsing', { preParsing: hook }, async () => done)
    app.get('/send', { onSend: hook }, async () => done)
    for (const url of ['/parsing', '/send']) {
      const reply = await app.inject({ url, headers: await bearer(jwt) })
      expect([reply.statusCode, reply.json().message]).toEqual([
        500,
        'required() is a hook for onRequest, preValidation or preHandler',
      ])
    }
  })

  test('is refused where the answer has gone out already, when the route is added', async () => {
    const { jwt, app } = await start()
    const hook = jwt.required() as never
    for (const options of [{ onResponse: hook }, { onTimeout: [() => {}, hook] }])
      expect(() => app.get('/late', options, async () => done)).toThrow('/late: required() is a hook for onRequest')
  })

  test('tells in the log that it protects nothing as onResponse of a scope', async () => {
    const lines: string[] = []
    const stream = { write: (line: string) => void lines.push(JSON.parse(line).err?.message) }
    const app = fastify({ logger: { level: 'error', stream } })
    app.addHook('onResponse', new JwtManager({ secretKey }).required() as never)
    app.get('/open', async () => done)
    expect((await app.inject('/open')).statusCode).toBe(200)
    expect(lines).toEqual(['required() is a hook for onRequest, preValidation or preHandler'])
  })

  test('stands before the handler for what does not exist, of the application or of a scope', async () => {
    const { jwt, app } = await start()
    app.register(
      (scope, _options, done) => {
        scope.addHook('onRequest', jwt.required())
        scope.setNotFoundHandler((_request, reply) => {
          reply.code(404).send({ current: jwt.current().identity })
        })
        done()
      },
      { prefix: '/scope' },
    )
    const { jwt: whole, app: all } = await start()
    all.addHook('onRequest', whole.required())
    for (const [server, url] of [
      [app, '/scope/nowhere'],
      [all, '/nowhere'],
    ] as const) {
      expect((await server.inject(url)).statusCode).toBe(401)
      expect((await server.inject({ url, headers: await bearer(jwt) })).statusCode).toBe(404)
    }
    expect((await app.inject('/nowhere')).statusCode).toBe(404)
  })

  test('sees every line of a header that is injected', async () => {
    const { jwt, app } = await start({ header: { name: 'X-Access' } })
    app.get('/me', { onRequest: jwt.required() }, async () => done)
    const lines = [`Bearer ${await jwt.createAccessToken('alice')}`, `Bearer ${await jwt.createAccessToken('bob')}`]
    expect(codeOf(await app.inject({ url: '/me', headers: { 'x-access': lines } }))).toEqual([400, 'duplicate_value'])
  })
})

describe('a token in the body', () => {
  const post = { method: 'POST', url: '/me' } as const

  test('is found by config.jwt, and by required() as preValidation', async () => {
    const { jwt, app } = await start({ tokenLocation: ['headers', 'json'] })
    app.post('/me', { config: { jwt: true } }, async request => ({ identity: request.jwt.identity }))
    app.post('/hook', { preValidation: jwt.required() }, async () => ({ identity: jwt.current().identity }))
    const payload = { access_token: await jwt.createAccessToken('alice') }
    for (const url of ['/me', '/hook']) {
      expect((await app.inject({ method: 'POST', url, payload })).json()).toEqual({ identity: 'alice' })
      expect((await app.inject({ method: 'POST', url, payload: {} })).statusCode).toBe(401)
      expect((await app.inject({ method: 'POST', url, headers: await bearer(jwt) })).statusCode).toBe(200)
    }
  })

  test('is out of reach for onRequest, which is said when the route is added', async () => {
    const { jwt, app } = await start({ tokenLocation: ['headers', 'json', 'cookies'], csrf: { checkForm: true } })
    const add = (onRequest: ReturnType<typeof jwt.required>) => () => app.post('/me', { onRequest }, async () => done)
    expect(add(jwt.required())).toThrow('/me: onRequest comes before the body is read')
    expect(add(jwt.required({ locations: 'json' }))).toThrow(TypeError)
    expect(add(jwt.required({ locations: 'cookies' }))).toThrow(TypeError)
    expect(add(jwt.required({ locations: 'headers' }))).not.toThrow()
    expect(() => app.get('/me', { onRequest: jwt.required() }, async () => done)).not.toThrow()
  })

  test('is not looked for in an onRequest hook of a scope, which is said once', async () => {
    const warnings: string[] = []
    const { jwt, app } = await start({
      tokenLocation: ['headers', 'json'],
      warn: message => warnings.push(message),
    })
    app.addHook('onRequest', jwt.required())
    app.post('/me', async () => done)
    const payload = { access_token: await jwt.createAccessToken('alice') }
    const json = { 'content-type': 'application/json' }
    expect((await app.inject({ ...post, headers: { ...json, ...(await bearer(jwt)) } })).statusCode).toBe(400)
    expect((await app.inject({ ...post, headers: json })).statusCode).toBe(401)
    expect(warnings).toEqual([])
    expect((await app.inject({ ...post, payload })).statusCode).toBe(401)
    expect((await app.inject({ ...post, payload })).statusCode).toBe(401)
    expect(warnings).toEqual([expect.stringContaining('use required() as preValidation')])
  })
})
