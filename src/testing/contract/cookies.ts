import assert from 'node:assert/strict'
import type { TestRunner } from '../adapter-contract.ts'
import type { AdapterHarness, ContractRoute } from '../harness.ts'
import type { RawReply } from '../http-client.ts'
import { readBody, summarize, whoRoute, withApplication } from './application.ts'

const options = { tokenLocation: 'cookies' } as const

const logIn: ContractRoute = {
  path: '/login',
  async handle(tools) {
    await tools.setAccessCookies(await tools.createAccessToken('alice'))
    await tools.setRefreshCookies(await tools.createRefreshToken('alice'))
    return {}
  },
}

const logOut: ContractRoute = {
  path: '/logout',
  handle(tools) {
    tools.unsetJwtCookies()
    return {}
  },
}

/** Tokens in cookies, and what keeps other sites from using them. */
export function testCookies(harness: AdapterHarness, { describe, test }: TestRunner): void {
  describe('cookies', () => {
    test('sets cookies that scripts cannot read, and one that they can', () =>
      withApplication(harness, { options, routes: [logIn] }, async ({ get }) => {
        const { setCookies } = await get('/login')
        assert.deepEqual(setCookies.map(nameOf), [
          'access_token_cookie',
          'csrf_access_token',
          'refresh_token_cookie',
          'csrf_refresh_token',
        ])
        const [access = '', csrf = '', refresh = ''] = setCookies
        for (const attribute of ['Max-Age=900', 'Path=/', 'Secure', 'SameSite=Lax', 'HttpOnly'])
          assert.ok(access.includes(attribute), attribute)
        assert.ok(!csrf.includes('HttpOnly') && csrf.includes('Secure') && csrf.includes('SameSite=Lax'))
        assert.ok(refresh.includes('Max-Age=2592000'))
      }))

    test('carries a visitor from login to logout', () =>
      withApplication(harness, { options, routes: [logIn, logOut, whoRoute()] }, async ({ get, send }) => {
        const jar = jarOf(await get('/login'))
        const cookies: [string, string] = ['Cookie', headerOf(jar)]
        assert.equal(readBody(await get('/who', [cookies]))['location'], 'cookies')
        const csrf: [string, string] = ['X-CSRF-TOKEN', jar.get('csrf_access_token') ?? '']
        assert.equal((await send({ method: 'POST', path: '/who', headers: [cookies, csrf] })).status, 200)
        const gone = await get('/logout', [cookies])
        assert.deepEqual(gone.setCookies.map(nameOf), [...jar.keys()])
        assert.ok(gone.setCookies.every(cookie => /=;.*Expires=Thu, 01 Jan 1970/.test(cookie)))
      }))

    test('refuses an unsafe request without the CSRF value, or with another', () =>
      withApplication(harness, { options, routes: [logIn, whoRoute()] }, async ({ get, send }) => {
        const cookies: [string, string] = ['Cookie', headerOf(jarOf(await get('/login')))]
        for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
          const refused = summarize(await send({ method, path: '/who', headers: [cookies] }))
          assert.deepEqual([refused.status, refused.code], [401, 'csrf_missing'], method)
        }
        const wrong = await send({ method: 'POST', path: '/who', headers: [cookies, ['X-CSRF-TOKEN', 'wrong']] })
        assert.equal(summarize(wrong).code, 'csrf_mismatch')
        assert.equal((await get('/who', [cookies])).status, 200)
      }))

    test('refuses what another site started, unless its origin is trusted', () => {
      const trusting = { ...options, csrf: { trustedOrigins: ['https://app.example.com'] } }
      return withApplication(harness, { options: trusting, routes: [logIn, whoRoute()] }, async ({ get, send }) => {
        const jar = jarOf(await get('/login'))
        const good: [string, string][] = [
          ['Cookie', headerOf(jar)],
          ['X-CSRF-TOKEN', jar.get('csrf_access_token') ?? ''],
        ]
        const post = async (...headers: [string, string][]): Promise<number> =>
          (await send({ method: 'POST', path: '/who', headers: [...good, ...headers] })).status
        assert.equal(await post(['Sec-Fetch-Site', 'same-origin']), 200)
        assert.equal(await post(['Sec-Fetch-Site', 'none']), 200)
        assert.equal(await post(['Sec-Fetch-Site', 'cross-site']), 403)
        assert.equal(await post(['Sec-Fetch-Site', 'same-site'], ['Origin', 'https://evil.example.com']), 403)
        assert.equal(await post(['Sec-Fetch-Site', 'same-site'], ['Origin', 'https://app.example.com']), 200)
        assert.equal(await post(['Origin', 'https://evil.example.com']), 403)
        assert.equal(await post(['Origin', 'null']), 403)
        assert.equal(await post(), 200)
      })
    })

    test('takes the CSRF value from a form field where that is on', () => {
      const checking = { ...options, csrf: { checkForm: true } }
      return withApplication(harness, { options: checking, routes: [logIn, whoRoute()] }, async ({ get, send }) => {
        const jar = jarOf(await get('/login'))
        const headers: [string, string][] = [
          ['Cookie', headerOf(jar)],
          ['Content-Type', 'application/x-www-form-urlencoded'],
        ]
        const value = jar.get('csrf_access_token') ?? ''
        assert.equal(
          (await send({ method: 'POST', path: '/who', headers, body: `a=1&csrf_token=${value}` })).status,
          200,
        )
        assert.equal((await send({ method: 'POST', path: '/who', headers, body: 'csrf_token=wrong' })).status, 401)
      })
    })

    test('refuses two different cookies of one name', () =>
      withApplication(harness, { options, routes: [whoRoute()] }, async ({ get, createToken }) => {
        const [token, other] = [await createToken('access'), await createToken('access', { identity: 'bob' })]
        const name = 'access_token_cookie'
        const twice = summarize(await get('/who', [['Cookie', `${name}=${token}; ${name}=${other}`]]))
        assert.deepEqual([twice.status, twice.code], [400, 'duplicate_value'])
        const lines = await get('/who', [
          ['Cookie', `${name}=${token}`],
          ['Cookie', `${name}=${other}`],
        ])
        assert.equal(summarize(lines).code, 'duplicate_value')
        assert.equal((await get('/who', [['Cookie', `${name}=${token}; ${name}=${token}`]])).status, 200)
      }))

    test('uses names with __Host- where that prefix is on, and no others', () => {
      const prefixed = { ...options, cookies: { prefix: '__Host-' } } as const
      return withApplication(
        harness,
        { options: prefixed, routes: [logIn, whoRoute()] },
        async ({ get, createToken }) => {
          const jar = jarOf(await get('/login'))
          assert.deepEqual([...jar.keys()].slice(0, 2), ['__Host-access_token_cookie', '__Host-csrf_access_token'])
          assert.equal((await get('/who', [['Cookie', headerOf(jar)]])).status, 200)
          const bare = await get('/who', [['Cookie', `access_token_cookie=${await createToken('access')}`]])
          assert.equal(summarize(bare).code, 'token_missing')
        },
      )
    })
  })
}

function nameOf(setCookie: string): string {
  return setCookie.slice(0, setCookie.indexOf('='))
}

/** The cookies that a reply sets, as a browser would keep them. */
export function jarOf({ setCookies }: RawReply): Map<string, string> {
  return new Map(setCookies.map(cookie => [nameOf(cookie), cookie.slice(cookie.indexOf('=') + 1).split(';')[0] ?? '']))
}

export function headerOf(jar: ReadonlyMap<string, string>): string {
  return [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
}
