import fastify, { type FastifyInstance, type LightMyRequestResponse } from 'fastify'
import { JwtManager, type JwtOptions } from 'jwt-extended/fastify'
import { describe, expect, test } from 'vitest'
import { secretKey } from '../request/support.ts'

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

async function start(options: Partial<JwtOptions> = {}): Promise<{ jwt: JwtManager<unknown>; app: FastifyInstance }> {
  const jwt = new JwtManager<unknown>({ secretKey, ...options })
  const app = fastify()
  await app.register(jwt.plugin())
  return { jwt, app }
}

async function bearer(jwt: JwtManager<unknown>, options = {}): Promise<{ authorization: string }> {
  return { authorization: `Bearer ${await jwt.createAccessToken('alice', options)}` }
}

function codeOf(reply: LightMyRequestResponse): [number, unknown] {
  return [reply.statusCode, reply.json().code]
}

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
    outer.register(async inner => {
      await inner.register(new JwtManager({ secretKey }).plugin())
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
    outer.register(async inner => {
      await inner.register(loadOther)
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
    expect(free.getDecorator('mailer')).toBe(done)
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

describe('required() as a hook', () => {
  test('protects a scope and nothing outside of it, with the plugin and without', async () => {
    for (const hasPlugin of [true, false]) {
      const jwt = new JwtManager({ secretKey })
      const app = fastify()
      if (hasPlugin) await app.register(jwt.plugin())
      app.register(
        async admin => {
          admin.addHook('onRequest', jwt.required())
          admin.get('/stats', async request => ({ identity: request.jwt.identity, current: jwt.current().identity }))
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

  test('refuses requests for routes that do not exist, where it protects them all', async () => {
    const { jwt, app } = await start()
    app.addHook('onRequest', jwt.required())
    expect((await app.inject('/nowhere')).statusCode).toBe(401)
    expect((await app.inject({ url: '/nowhere', headers: await bearer(jwt) })).statusCode).toBe(404)
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
