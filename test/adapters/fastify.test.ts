import fastify, { type FastifyInstance, type FastifyPluginAsync, type FastifyPluginCallback } from 'fastify'
import { JwtManager } from 'jwt-extended/fastify'
import { describe, expect, test } from 'vitest'
import { secretKey } from '../request/support.ts'
import { bearer, codeOf, start } from './fastify-support.ts'

type OtherPlugin = FastifyPluginCallback<{ secret: string }>

// By a name that the compiler does not follow: its types claim `fastify.jwt`, too.
const otherName = '@fastify/jwt'
const { default: otherJwt } = (await import(otherName)) as { default: OtherPlugin }

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
    const other = { secret: secretKey }
    const first = fastify()
    await first.register(otherJwt, other)
    await expect(first.register(new JwtManager({ secretKey }).plugin()).then()).rejects.toThrow(clash)
    const { app: second } = await start()
    await expect(second.register(otherJwt, other).then()).rejects.toThrow(clash)
    const { app: late } = await start()
    late.register(otherJwt, other)
    await expect(late.listen({ port: 0, host: '127.0.0.1' })).rejects.toThrow(clash)
    const { app: outer } = await start()
    outer.register((inner, _options, done) => {
      inner.register(otherJwt, other)
      done()
    })
    await expect(outer.ready()).rejects.toThrow(clash)
  })

  test('keeps the name from the application itself, too', async () => {
    const { app } = await start()
    app.decorate('jwt', {} as never)
    await expect(app.ready()).rejects.toThrow('fastify.jwt: jwt-extended is registered already')
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

  /** A scope with the plugin, and one without that has a route with the option. */
  const plugged: FastifyPluginAsync = async scope => {
    await scope.register(new JwtManager({ secretKey }).plugin())
    scope.get('/inside', { config: { jwt: true } }, async () => done)
  }
  const unplugged: FastifyPluginAsync = async scope => {
    scope.get('/secret', { config: { jwt: true } }, async () => done)
    scope.get('/open', async () => done)
  }

  async function expectClosed(app: FastifyInstance): Promise<void> {
    const headers = await bearer(new JwtManager({ secretKey }))
    const refused = await app.inject({ url: '/secret', headers })
    expect([refused.statusCode, refused.json().message]).toEqual([
      500,
      expect.stringContaining('/secret has config.jwt'),
    ])
    expect((await app.inject({ method: 'HEAD', url: '/secret' })).statusCode).toBe(500)
    expect((await app.inject('/open')).statusCode).toBe(200)
    expect((await app.inject('/inside')).statusCode).toBe(401)
    expect((await app.inject({ url: '/inside', headers })).statusCode).toBe(200)
    expect((await app.inject('/nowhere')).statusCode).toBe(404)
  }

  test('opens no route in a scope beside that of the plugin, whichever comes first', async () => {
    await expectClosed(fastify().register(plugged).register(unplugged))
    await expectClosed(fastify().register(unplugged).register(plugged))
    const app = fastify()
    await app.register(unplugged)
    await app.register(plugged)
    await expectClosed(app)
  })

  test('opens no route in a scope around that of the plugin, near or far', async () => {
    const around = fastify()
    await around.register(plugged)
    await unplugged(around, {})
    await expectClosed(around)
    const far = fastify()
    await far.register(async outer => {
      await outer.register(async inner => {
        await inner.register(plugged)
      })
    })
    await far.register(unplugged)
    await expectClosed(far)
  })

  test('opens no route in a scope registered before the plugin of the whole application', async () => {
    const app = fastify()
    await app.register(unplugged)
    await app.register(new JwtManager({ secretKey }).plugin())
    app.get('/inside', { config: { jwt: true } }, async () => done)
    await expectClosed(app)
  })

  test('opens no route whose hooks are replaced after they have been added', async () => {
    const { jwt, app } = await start()
    app.addHook('onRoute', route => {
      if (route.url === '/replaced') delete route.onRequest
    })
    app.get('/replaced', { config: { jwt: true } }, async () => done)
    const reply = await app.inject({ url: '/replaced', headers: await bearer(jwt) })
    expect([reply.statusCode, reply.json().message]).toEqual([500, expect.stringContaining('/replaced has config.jwt')])
  })

  test('protects a route that takes over the options of another', async () => {
    const { jwt, app } = await start({}, { exposeHeadRoutes: false })
    app.addHook('onRoute', route => {
      if (route.url !== '/me') return
      app.route({ ...route, url: '/all' })
      app.route({ method: 'GET', url: '/config', config: { ...route.config }, handler: route.handler })
    })
    app.get('/me', { config: { jwt: true } }, async () => done)
    for (const url of ['/me', '/all', '/config']) {
      expect((await app.inject(url)).statusCode).toBe(401)
      expect((await app.inject({ url, headers: await bearer(jwt) })).statusCode).toBe(200)
    }
  })

  test('opens no route that takes over the option of another into a scope without the plugin', async () => {
    const jwt = new JwtManager({ secretKey })
    const app = fastify({ exposeHeadRoutes: false })
    await app.register(async scope => {
      await scope.register(jwt.plugin())
      scope.addHook('onRoute', ({ config = {}, handler }) => {
        app.route({ method: 'GET', url: '/taken', config, handler })
      })
      scope.get('/me', { config: { jwt: true } }, async () => done)
    })
    const headers = await bearer(jwt)
    expect((await app.inject({ url: '/me', headers })).statusCode).toBe(200)
    expect((await app.inject({ url: '/taken', headers })).statusCode).toBe(500)
  })

  test('lets OPTIONS pass, and a guest where the route is open to guests', async () => {
    const { app } = await start()
    app.options('/me', { config: { jwt: true } }, async () => done)
    app.get('/me', { config: { jwt: { optional: true } } }, async () => done)
    expect((await app.inject({ method: 'OPTIONS', url: '/me' })).json()).toEqual(done)
    expect((await app.inject('/me')).json()).toEqual(done)
  })
})
