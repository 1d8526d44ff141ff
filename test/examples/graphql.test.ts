import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { testSecret } from '../../src/testing/contract/application.ts'
import { ApiClient, bearer, type Headers, type Reply } from './api-client.ts'
import { type RunningExample, startExample } from './run-example.ts'

let example: RunningExample
let api: ApiClient

beforeAll(async () => {
  example = await startExample('graphql', { JWT_SECRET_KEY: testSecret })
  api = new ApiClient(example.origin)
}, 60_000)

afterAll(() => example.stop())

function ask(query: string, headers: Headers = {}): Promise<Reply> {
  return api.postJson('/graphql', { query }, headers)
}

function summarize({ status, body, challenge }: Reply): unknown {
  const [error] = (body['errors'] ?? []) as readonly { extensions: { code: string } }[]
  return { status, code: error?.extensions.code ?? null, challenge }
}

describe('the GraphQL endpoint', () => {
  test('greets guests and those with a token', async () => {
    expect((await ask('{ greeting }')).body).toEqual({ data: { greeting: 'Hello guest' } })
    const { access } = await api.logIn()
    expect((await ask('{ greeting me { name } }', bearer(access))).body).toEqual({
      data: { greeting: 'Hello test', me: { name: 'test' } },
    })
  })

  test('refuses a protected field to guests, with status and challenge', async () => {
    const reply = await ask('{ me { name } }')
    expect(summarize(reply)).toEqual({ status: 401, code: 'token_missing', challenge: 'Bearer' })
    expect(reply.body).toMatchObject({ data: null, errors: [{ path: ['me'] }] })
    expect(JSON.stringify(reply.body)).not.toContain('stack')
  })

  test('refuses a token that is wrong for whatever is asked', async () => {
    const { access, refresh } = await api.logIn()
    await api.post('/logout', bearer(access))
    for (const [token, code] of [
      ['x', 'token_invalid'],
      [access, 'token_revoked'],
      [refresh, 'token_wrong_type'],
    ] as const) {
      expect(summarize(await ask('{ greeting }', bearer(token)))).toEqual({
        status: 401,
        code,
        challenge: expect.stringContaining('error="invalid_token"'),
      })
    }
  })

  test('asks for a fresh token where it matters', async () => {
    const { access, refresh } = await api.logIn()
    expect((await ask('mutation { changePassword }', bearer(access))).body).toEqual({
      data: { changePassword: 'Your password would be changed now' },
    })
    const { body } = await api.post('/refresh', bearer(refresh))
    const stale = bearer(String(body['access_token']))
    expect((await ask('{ me { name } }', stale)).status).toBe(200)
    expect(summarize(await ask('mutation { changePassword }', stale))).toEqual({
      status: 401,
      code: 'fresh_token_required',
      challenge: expect.stringContaining('insufficient_user_authentication'),
    })
  })

  test('takes a cookie with its CSRF value, and for a query by GET without', async () => {
    const jar = await api.logInByCookies()
    const query = '{ me { name } }'
    expect(summarize(await ask(query, jar.headers))).toMatchObject({ status: 401, code: 'csrf_missing' })
    expect((await ask(query, jar.headersWithCsrf())).body).toEqual({ data: { me: { name: 'test' } } })
    expect((await ask('mutation { changePassword }', jar.headersWithCsrf())).status).toBe(200)
    const accept = { Accept: 'application/json' }
    const read = await api.get(`/graphql?query=${encodeURIComponent(query)}`, { ...jar.headers, ...accept })
    expect(read.body).toEqual({ data: { me: { name: 'test' } } })
    const changed = await api.get('/graphql?query=mutation{changePassword}', { ...jar.headers, ...accept })
    expect(changed.status).toBe(405)
  })
})
