import fastify, { type FastifyInstance } from 'fastify'
import { JwtManager } from 'jwt-extended/fastify'
import { describe, expect, test } from 'vitest'
import { secretKey } from '../request/support.ts'
import { bearer, codeOf, start } from './fastify-support.ts'

type OtherPlugin = (app: FastifyInstance, options: { secret: string }, done: (error?: Error) => void) => void

// By a name that the compiler does not follow: its types claim `fastify.jwt`, too.
const otherName = '@fastify/jwt'
const { default: otherJwt } = (await import(otherName)) as { default: OtherPlugin }

/** @fastify/jwt throws where it is called, which would end the process: here it rejects. */
const loadOther = Object.assign(
  (app: FastifyInstance): Promise<void> =>
    new Promise((resolve, reject) => {
      otherJwt(app, { secret: secretKey }, error => (error ? reject(error) : resolve()))
    }),
  { [Symbol.for('skip-override')]: true, [Symbol.for('plugin-meta')]: { name: '@fastify/jwt' } },
)

const done = { done: true }

describe('the plugin for Fastify', () => {
  test('brings request.jwt, fastify.jwt and the manager by current()', async () => {
    const { jwt, app } = await start()
    app.get('/open', async request => ({ jwt: request.jwt, manager: app.jwt === (jwt as unknown) }))
    app.get('/me', { config: { jwt: true } }, async request => ({
      same: request.jwt === jwt.current(),
      identity: request.jwt.identity,
    }))
    expect((await app.inject('/open')).json()).toEqual({ jwt: null, manager: true })
    expect((await app.inject({ url: '/me', headers: await bearer(jwt) })).json()).toEqual({
      same: true,
      identity: 'alice',
    })
    expect(app.hasPlugin('jwt-extended')).toBe(true)
  })

  test('is refused twice, in its scope and inside of it, with the remedy', async () => {
    const again = /jwt-extended is registered already: register its plugin once/
    const { jwt, app } = await start()
    await expect(app.register(jwt.plugin()).then()).rejects.toThrow(again)
    const { app: outer } = await start()
    outer.register((inner, _options, done) => {
      inner.register(new JwtManager({ secretKey }).plugin())
      done()
    })
    await expect(outer.ready()).rejects.toThrow(again)
  })

  test('is refused beside @fastify/jwt, whichever comes first', async () => {
    const clash = /jwt-extended and @fastify\/jwt cannot stand side by side/
    const first = fastify()
    await first.register(loadOther)
    await expect(first.register(new JwtManager({ secretKey }).plugin()).then()).rejects.toThrow(clash)
    const { app: second } = await start()
    await expect(second.register(loadOther).then()).rejects.toThrow(clash)
    const { app: outer } = await start()
    outer.register((inner, _options, done) => {
      inner.register(loadOther)
      done()
    })
    await expect(outer.ready()).rejects.toThrow(clash)
  })

  test('is refused where the name is taken, and leaves every other name free', async () => {
    const app = fastify()
    app.decorateRequest('jwt', null as never)
    await expect(app.register(new JwtManager({ secretKey }).plugin()).then()).rejects.toThrow(
      /another plugin has taken the name/,
    )
    const { app: free } = await start()
    free.decorate('mailer', done)
    expect(Reflect.get(free, 'mailer')).toBe(done)
  })

  test('stays inside the scope that registers it, so that two scopes can have a manager each', async () => {
    const app = fastify()
    const managers = [new JwtManager({ secretKey }), new JwtManager({ secretKey, header: { type: 'JWT' } })]
    managers.forEach((jwt, index) => {
      app.register(
        async scope => {
          await scope.register(jwt.plugin())
          scope.get('/me', { config: { jwt: true } }, async request => ({ identity: request.jwt.identity }))
        },
        { prefix: `/${index}` },
      )
    })
    app.get('/open', async (request, reply) => ['jwt' in app, 'jwt' in request, 'setAccessCookies' in reply])
    expect((await app.inject('/open')).json()).toEqual([false, false, false])
    const headers = { authorization: `JWT ${await managers[1]?.createAccessToken('alice')}` }
    expect((await app.inject({ url: '/0/me', headers })).statusCode).toBe(401)
    expect((await app.inject({ url: '/1/me', headers })).statusCode).toBe(200)
  })
})

describe('config.jwt of a route', () => {
  test('asks what it says', async () => {
    const { jwt, app } = await start()
    app.get('/fresh', { config: { jwt: { fresh: true } } }, async () => done)
    expect(codeOf(await app.inject('/fresh'))).toEqual([401, 'token_missing'])
    expect(codeOf(await app.inject({ url: '/fresh', headers: await bearer(jwt) }))).toEqual([
      401,
      'fresh_token_required',
    ])
    expect((await app.inject({ url: '/fresh', headers: await bearer(jwt, { fresh: true }) })).json()).toEqual(done)
  })

  test('protects HEAD, and the route of a prefix with and without its slash', async () => {
    const { jwt, app } = await start()
    app.register(
      async scope => {
        scope.get('/', { config: { jwt: true } }, async () => done)
      },
      { prefix: '/scope' },
    )
    for (const url of ['/scope', '/scope/']) {
      for (const method of ['GET', 'HEAD'] as const) {
        expect((await app.inject({ method, url })).statusCode).toBe(401)
        expect((await app.inject({ method, url, headers: await bearer(jwt) })).statusCode).toBe(200)
      }
    }
  })

  test('stands after the hooks of the scope, such as that of CORS, and before those of the route', async () => {
    const { jwt, app } = await start()
    app.addHook('onRequest', async (_request, reply) => {
      reply.header('access-control-allow-origin', 'https://app.example.com')
    })
    const seen: unknown[] = []
    const onRequest = async (request: { jwt: { identity?: string } }): Promise<void> => {
      seen.push(request.jwt.identity)
    }
    app.get('/me', { onRequest, config: { jwt: true } }, async () => done)
    const refused = await app.inject('/me')
    expect([refused.statusCode, refused.headers['access-control-allow-origin']]).toEqual([
      401,
      'https://app.example.com',
    ])
    await app.inject({ url: '/me', headers: await bearer(jwt) })
    expect(seen).toEqual(['alice'])
  })

  test('is refused at once where it is wrong', async () => {
    const { app } = await start()
    const add = (options: object) => () => app.get('/me', options, async () => done)
    expect(add({ config: { jwt: { fesh: true } } })).toThrow('did you mean fresh')
    for (const wrong of [false, null, 'required', [], new Map()])
      expect(add({ config: { jwt: wrong } })).toThrow('/me: config.jwt must be true, or requirements')
    expect(add({ jwt: { fresh: true } })).toThrow('/me: write config: { jwt: ... } rather than jwt: ...')
  })

  test('opens no route that was added before the plugin had loaded', async () => {
    const jwt = new JwtManager({ secretKey })
    const app = fastify()
    app.register(jwt.plugin())
    const errors: unknown[] = []
    app.addHook('onError', async (_request, _reply, error) => {
      errors.push(error.message)
    })
    app.get('/early', { config: { jwt: true } }, async () => done)
    app.get('/open', async () => done)
    app.register(async scope => {
      scope.get('/late', { config: { jwt: true } }, async () => done)
    })
    const headers = await bearer(jwt)
    expect((await app.inject({ url: '/early', headers })).statusCode).toBe(500)
    expect(errors).toEqual([expect.stringContaining('write await app.register(jwt.plugin()) before the routes')])
    expect((await app.inject('/open')).statusCode).toBe(200)
    expect((await app.inject('/late')).statusCode).toBe(401)
    expect((await app.inject({ url: '/late', headers })).statusCode).toBe(200)
    expect((await app.inject('/nowhere')).statusCode).toBe(404)
  })
})
