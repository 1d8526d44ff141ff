import assert from 'node:assert/strict'
import { JwtError } from '../../errors.ts'
import type { TestRunner } from '../adapter-contract.ts'
import type { AdapterHarness, ContractRoute, HandlerTools } from '../harness.ts'
import { bearer, type ContractApplication, startTime, whoRoute, withApplication } from './application.ts'
import { jarOf } from './cookies.ts'

const options = {
  tokenLocation: ['cookies', 'headers'],
  accessTokenExpires: '1h',
  implicitRefresh: { within: '30m' },
} as const

const almostOver = startTime + 45 * 60

/** Tokens in cookies which are replaced before they expire. */
export function testImplicitRefresh(harness: AdapterHarness, { describe, test }: TestRunner): void {
  const cookieOf = async ({ createToken }: ContractApplication): Promise<[string, string]> => [
    'Cookie',
    `access_token_cookie=${await createToken('access', { fresh: true, claims: { role: 'admin' } })}`,
  ]
  const setCookiesOf = (route: ContractRoute, time = almostOver): Promise<readonly string[]> => {
    let set: readonly string[] = []
    return withApplication(harness, { options, routes: [route] }, async application => {
      const cookie = await cookieOf(application)
      application.setTime(time)
      set = (await application.get(route.path, [cookie])).setCookies
    }).then(() => set)
  }

  describe('implicit refresh', () => {
    test('replaces a token that is about to expire: the claims stay, but it is not fresh', () =>
      withApplication(harness, { options }, async application => {
        const cookie = await cookieOf(application)
        application.setTime(almostOver)
        const jar = jarOf(await application.get('/who', [cookie]))
        assert.deepEqual([...jar.keys()], ['access_token_cookie', 'csrf_access_token'])
        const claims = readClaims(jar.get('access_token_cookie') ?? '')
        const { sub, role, fresh, type, iat, exp, csrf } = claims
        assert.deepEqual(
          { sub, role, fresh, type, iat, exp },
          { sub: 'alice', role: 'admin', fresh: false, type: 'access', iat: almostOver, exp: almostOver + 3600 },
        )
        assert.equal(csrf, jar.get('csrf_access_token'))
        assert.equal(
          (await application.get('/who', [['Cookie', `access_token_cookie=${jar.get('access_token_cookie')}`]])).status,
          200,
        )
      }))

    test('leaves a token that lives long enough', async () => {
      assert.deepEqual(await setCookiesOf(whoRoute(), startTime + 29 * 60), [])
    })

    test('leaves a token that came in a header', () =>
      withApplication(harness, { options }, async ({ createToken, get, setTime }) => {
        const token = await createToken('access')
        setTime(almostOver)
        assert.deepEqual((await get('/who', [bearer(token)])).setCookies, [])
      }))

    test('renews nothing for a request that is refused', async () => {
      assert.deepEqual(await setCookiesOf(whoRoute({ refresh: true })), [])
    })

    test('renews nothing where the route did not check everything: what is renewed opens other routes', async () => {
      assert.deepEqual(await setCookiesOf(whoRoute({ skipRevocationCheck: true })), [])
      assert.deepEqual(await setCookiesOf(whoRoute({ verifyType: false })), [])
    })

    test('does not bring back a session that the handler logs out', async () => {
      const logOut: ContractRoute = {
        path: '/logout',
        requirements: {},
        handle(tools) {
          tools.unsetJwtCookies()
          return {}
        },
      }
      const set = await setCookiesOf(logOut)
      assert.equal(set.filter(cookie => cookie.startsWith('access_token_cookie=')).length, 1)
      assert.ok(set.every(cookie => /=;/.test(cookie)))
    })

    test('does not bring back a session that is logged out by a handler which then fails', async () => {
      const removals: ((tools: HandlerTools) => void)[] = [
        tools => tools.unsetJwtCookies(),
        tools => tools.unsetAccessCookies(),
        tools => tools.appendHeader('Set-Cookie', 'access_token_cookie=; Path=/; Max-Age=0'),
      ]
      const failures = [new Error('a mistake of the handler'), new JwtError('user_not_found', 'User not found')]
      for (const remove of removals) {
        for (const failure of failures) {
          const logOut: ContractRoute = {
            path: '/logout',
            requirements: {},
            handle(tools) {
              remove(tools)
              throw failure
            },
          }
          const set = await setCookiesOf(logOut)
          assert.deepEqual(
            set.filter(cookie => /^(access_token_cookie|csrf_access_token)=[^;]/.test(cookie)),
            [],
          )
        }
      }
    })

    test('does not replace a token that the handler sets', async () => {
      const logIn: ContractRoute = {
        path: '/login',
        requirements: {},
        async handle(tools) {
          await tools.setAccessCookies(await tools.createAccessToken('bob'))
          return {}
        },
      }
      const [token = '', ...others] = (await setCookiesOf(logIn)).filter(cookie =>
        cookie.startsWith('access_token_cookie='),
      )
      assert.deepEqual(others, [])
      assert.equal(readClaims(token.slice('access_token_cookie='.length))['sub'], 'bob')
    })

    test("sees a cookie that the handler removes by the framework's own means", async () => {
      const logOut: ContractRoute = {
        path: '/logout',
        requirements: {},
        handle(tools) {
          tools.appendHeader('Set-Cookie', 'access_token_cookie=; Path=/; Max-Age=0')
          return {}
        },
      }
      assert.deepEqual(await setCookiesOf(logOut), ['access_token_cookie=; Path=/; Max-Age=0'])
    })

    test('keeps other cookies that the handler sets', async () => {
      const theme: ContractRoute = {
        path: '/theme',
        requirements: {},
        handle(tools) {
          tools.appendHeader('Set-Cookie', 'theme=dark')
          return {}
        },
      }
      const names = (await setCookiesOf(theme)).map(cookie => cookie.split('=')[0])
      assert.deepEqual(names, ['theme', 'access_token_cookie', 'csrf_access_token'])
    })
  })
}

function readClaims(token: string): Record<string, unknown> {
  const [, payload = ''] = token.split('.')
  return JSON.parse(Buffer.from(payload, 'base64url').toString())
}
