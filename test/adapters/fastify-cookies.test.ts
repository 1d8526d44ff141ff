import { once } from 'node:events'
import { connect } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import fastify from 'fastify'
import { JwtManager } from 'jwt-extended/fastify'
import { describe, expect, test } from 'vitest'
import { secretKey } from '../request/support.ts'
import { namesOf, start } from './fastify-support.ts'

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
