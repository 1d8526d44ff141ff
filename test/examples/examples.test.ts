import { existsSync, readdirSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { testSecret } from '../../src/testing/contract/application.ts'
import { ApiClient, bearer } from './api-client.ts'
import { runBounded } from './pool.ts'
import { type RunningExample, runExample, startExample } from './run-example.ts'

const folder = new URL('../../examples/', import.meta.url)
const names = readdirSync(folder).filter(
  name => name !== 'quickstart' && existsSync(new URL(`${name}/main.ts`, folder)),
)

/** All of them started at once would keep a small machine busy for longer than one after the other. */
const limit = 3
const starting = runBounded(
  names.map(name => () => startExample(name, { JWT_SECRET_KEY: testSecret })),
  limit,
)
const started = new Map<string, Promise<RunningExample>>(names.map((name, index) => [name, starting[index] as never]))

afterAll(async () => {
  for (const result of await Promise.allSettled(starting)) if (result.status === 'fulfilled') await result.value.stop()
})

test('there are examples', () => {
  expect(names).toEqual(expect.arrayContaining(['express', 'fetch', 'graphql', 'hono', 'websocket']))
})

describe.each(names)('the example %s', name => {
  let api: ApiClient

  beforeAll(async () => {
    const { origin, output } = (await started.get(name)) as RunningExample
    expect(output.toLowerCase()).toContain(`the ${name} example is on ${origin}`)
    api = new ApiClient(origin)
  }, 60_000)

  describe.each(['/login', '/cookies/login'])('POST %s', path => {
    test.each([
      [{ username: 'test', password: 'testpass' }],
      [{ username: 'nobody', password: 'x' }],
      [{ username: ['test'], password: 'test' }],
      [{ username: null, password: null }],
      [{ username: '__proto__' }],
      [{}],
      [[]],
    ])('refuses %j', async body => {
      const { status, body: answer, setCookies } = await api.postJson(path, body)
      expect({ status, answer, setCookies }).toEqual({
        status: 401,
        answer: { msg: 'Bad username or password' },
        setCookies: [],
      })
    })

    test('refuses a request without a body, and one with a broken one', async () => {
      expect((await api.post(path)).status).toBe(401)
      const broken = await api.call('POST', path, { 'Content-Type': 'application/json' }, '{"username":')
      expect([400, 401]).toContain(broken.status)
    })
  })

  test('gives tokens which open what is protected, and nothing else does', async () => {
    const { access, refresh } = await api.logIn()
    expect(await api.get('/protected', bearer(access))).toMatchObject({ status: 200, body: { logged_in_as: 'test' } })
    expect(await api.get('/protected')).toMatchObject({
      status: 401,
      challenge: 'Bearer',
      body: { code: 'token_missing' },
    })
    expect((await api.get('/protected', bearer(`${access}x`))).body['code']).toBe('token_invalid')
    expect((await api.get('/protected', bearer(refresh))).body['code']).toBe('token_wrong_type')
  })

  test('renews an access token by the refresh token, and the new one is not fresh', async () => {
    const { access, refresh } = await api.logIn()
    expect((await api.post('/refresh', bearer(access))).body['code']).toBe('token_wrong_type')
    const { status, body } = await api.post('/refresh', bearer(refresh))
    expect([status, Object.keys(body)]).toEqual([200, ['access_token']])
    const renewed = String(body['access_token'])
    expect((await api.get('/protected', bearer(renewed))).status).toBe(200)
    expect(await api.post('/password', bearer(renewed))).toMatchObject({
      status: 401,
      challenge: expect.stringContaining('insufficient_user_authentication'),
      body: { code: 'fresh_token_required' },
    })
    expect(await api.post('/password', bearer(access))).toMatchObject({
      status: 200,
      body: { msg: 'Your password would be changed now' },
    })
  })

  test('revokes the token that logs out, of either kind', async () => {
    const { access, refresh } = await api.logIn()
    expect((await api.post('/logout', bearer(access))).body).toEqual({ msg: 'access token revoked' })
    expect((await api.get('/protected', bearer(access))).body['code']).toBe('token_revoked')
    expect((await api.post('/refresh', bearer(refresh))).status).toBe(200)
    expect((await api.post('/logout', bearer(refresh))).body).toEqual({ msg: 'refresh token revoked' })
    expect((await api.post('/refresh', bearer(refresh))).body['code']).toBe('token_revoked')
    expect((await api.post('/logout')).status).toBe(401)
  })

  test('does the same with cookies, where a change needs the CSRF value', async () => {
    const login = await api.postJson('/cookies/login', { username: 'test', password: 'test' })
    expect(login).toMatchObject({ status: 200, body: { login: true } })
    expect(login.setCookies.filter(text => text.includes('HttpOnly'))).toHaveLength(2)
    const jar = await api.logInByCookies()
    expect(jar.names).toEqual([
      'access_token_cookie',
      'csrf_access_token',
      'csrf_refresh_token',
      'refresh_token_cookie',
    ])
    expect((await api.get('/protected', jar.headers)).body).toEqual({ logged_in_as: 'test' })
    expect((await api.post('/password', jar.headers)).body['code']).toBe('csrf_missing')
    expect((await api.post('/password', jar.headersWithCsrf('refresh'))).body['code']).toBe('csrf_mismatch')
    expect((await api.post('/password', jar.headersWithCsrf())).status).toBe(200)
    const foreign = { ...jar.headersWithCsrf(), Origin: 'https://attacker.example' }
    expect(await api.post('/password', foreign)).toMatchObject({ status: 403, body: { code: 'csrf_cross_site' } })
  })

  test('renews the access cookies by the refresh cookie, out of reach of scripts', async () => {
    const jar = await api.logInByCookies()
    const before = jar.get('access_token_cookie')
    expect((await api.post('/refresh', jar.headers)).body['code']).toBe('csrf_missing')
    const reply = await api.post('/refresh', jar.headersWithCsrf('refresh'))
    expect([reply.status, reply.body, reply.setCookies.length]).toEqual([200, { refresh: true }, 2])
    jar.take(reply)
    expect(jar.get('access_token_cookie')).not.toBe(before)
    expect((await api.get('/protected', jar.headers)).status).toBe(200)
    expect((await api.post('/password', jar.headersWithCsrf())).body['code']).toBe('fresh_token_required')
  })

  test('removes the cookies at logout, and the token that was in them is worth nothing', async () => {
    const jar = await api.logInByCookies()
    const kept = jar.headers
    expect((await api.post('/logout', jar.headers)).body['code']).toBe('csrf_missing')
    const reply = await api.post('/logout', jar.headersWithCsrf())
    expect(reply).toMatchObject({ status: 200, body: { msg: 'access token revoked' } })
    expect(jar.take(reply).names).toEqual([])
    expect((await api.get('/protected', kept)).body['code']).toBe('token_revoked')
  })
})

describe('without a secret', () => {
  const running = new Map<string, Promise<Awaited<ReturnType<typeof runExample>>>>()

  beforeAll(async () => {
    await Promise.allSettled(starting)
    const runs = runBounded(
      names.map(name => () => runExample(name)),
      limit,
    )
    for (const [index, name] of names.entries()) running.set(name, runs[index] as never)
  }, 60_000)

  test.each(names)('the example %s does not start, and says why', { timeout: 60_000 }, async name => {
    const { status, output } = (await running.get(name)) ?? {}
    expect(status).not.toBe(0)
    expect(output).toContain('TypeError: secretKey is missing')
    expect(output).not.toContain('http://127.0.0.1')
  })
})
