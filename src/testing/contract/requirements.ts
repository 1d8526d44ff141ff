import assert from 'node:assert/strict'
import type { TestRunner } from '../adapter-contract.ts'
import type { AdapterHarness } from '../harness.ts'
import { bearer, readBody, startTime, summarize, whoRoute, withApplication } from './application.ts'

/** What a route can ask of a token. */
export function testRequirements(harness: AdapterHarness, { describe, test }: TestRunner): void {
  describe('requirements', () => {
    test('answers a request without a token with 401 and a challenge without an error', () =>
      withApplication(harness, {}, async ({ get }) => {
        const reply = await get('/who')
        assert.deepEqual(summarize(reply), { status: 401, code: 'token_missing', challenge: 'Bearer' })
        assert.equal(readBody(reply)['msg'], 'Missing Authorization Header')
        assert.match(String(reply.headers['content-type']), /^application\/json/)
      }))

    test('tells the handler who is asking', () =>
      withApplication(harness, {}, async ({ get, createToken }) => {
        const reply = await get('/who', [bearer(await createToken('access', { claims: { role: 'admin' } }))])
        assert.equal(reply.status, 200)
        const { identity, location, claims, header } = readBody(reply)
        assert.deepEqual({ identity, location }, { identity: 'alice', location: 'headers' })
        assert.deepEqual(header, { alg: 'HS256', typ: 'JWT' })
        assert.equal((claims as Record<string, unknown>)['role'], 'admin')
      }))

    test('keeps the contexts of concurrent requests apart', () =>
      withApplication(harness, {}, async ({ get, createToken }) => {
        const names = Array.from({ length: 25 }, (_, index) => `user-${index}`)
        const tokens = await Promise.all(names.map(identity => createToken('access', { identity })))
        const replies = await Promise.all(tokens.map(token => get('/who', [bearer(token)])))
        assert.deepEqual(
          replies.map(reply => readBody(reply)['identity']),
          names,
        )
      }))

    test('refuses an expired token, and one with a foreign signature', () =>
      withApplication(harness, {}, async ({ get, createToken, setTime }) => {
        const token = await createToken('access')
        const forged = await createToken('access', { by: { secretKey: 'another-Secret-0f-4-Test-9x8y7z6w5v4u3t' } })
        const refused = summarize(await get('/who', [bearer(forged)]))
        assert.deepEqual([refused.status, refused.code], [401, 'token_invalid'])
        setTime(startTime + 900)
        const expired = summarize(await get('/who', [bearer(token)]))
        assert.deepEqual([expired.status, expired.code], [401, 'token_expired'])
        assert.match(String(expired.challenge), /^Bearer error="invalid_token"/)
      }))

    test('opens access routes to access tokens and refresh routes to refresh tokens alone', () => {
      const routes = [whoRoute(), whoRoute({ refresh: true }, '/refresh'), whoRoute({ verifyType: false }, '/any')]
      return withApplication(harness, { routes }, async ({ get, createToken }) => {
        const [access, refresh] = [bearer(await createToken('access')), bearer(await createToken('refresh'))]
        assert.equal(summarize(await get('/who', [refresh])).code, 'token_wrong_type')
        assert.equal(summarize(await get('/refresh', [access])).code, 'token_wrong_type')
        assert.equal((await get('/refresh', [refresh])).status, 200)
        assert.equal((await get('/any', [refresh])).status, 200)
        assert.equal((await get('/any', [access])).status, 200)
      })
    })

    test('asks for a fresh token where the route does', () =>
      withApplication(harness, { routes: [whoRoute({ fresh: true })] }, async ({ get, createToken }) => {
        const stale = summarize(await get('/who', [bearer(await createToken('access'))]))
        assert.deepEqual([stale.status, stale.code], [401, 'fresh_token_required'])
        assert.match(String(stale.challenge), /error="insufficient_user_authentication"/)
        assert.equal((await get('/who', [bearer(await createToken('access', { fresh: true }))])).status, 200)
        assert.equal((await get('/who', [bearer(await createToken('access', { fresh: '5m' }))])).status, 200)
      }))

    test('lets an optional route be asked anonymously, but not with a bad token', () =>
      withApplication(harness, { routes: [whoRoute({ optional: true })] }, async ({ get, createToken, setTime }) => {
        const token = await createToken('access')
        assert.deepEqual(readBody(await get('/who')), { identity: null, location: null, claims: {}, header: {} })
        assert.equal(readBody(await get('/who', [bearer(token)]))['identity'], 'alice')
        assert.equal(summarize(await get('/who', [bearer('nonsense')])).code, 'token_invalid')
        setTime(startTime + 900)
        assert.equal(summarize(await get('/who', [bearer(token)])).code, 'token_expired')
      }))

    test("takes an expired token for none with optional: 'lenient', but no revoked or forged one", () => {
      const options = { tokenInBlocklist: (_: unknown, claims: { readonly sub?: string }) => claims.sub === 'mallory' }
      return withApplication(
        harness,
        { options, routes: [whoRoute({ optional: 'lenient' })] },
        async ({ get, createToken, setTime }) => {
          const [token, revoked] = [await createToken('access'), await createToken('access', { identity: 'mallory' })]
          setTime(startTime + 900)
          assert.equal(readBody(await get('/who', [bearer(token)]))['identity'], null)
          assert.equal(summarize(await get('/who', [bearer(revoked)])).code, 'token_revoked')
          assert.equal(summarize(await get('/who', [bearer(`${token.slice(0, -4)}AAAA`)])).code, 'token_invalid')
        },
      )
    })

    test('refuses a revoked token, unless the route skips the check', () => {
      const routes = [whoRoute(), whoRoute({ skipRevocationCheck: true }, '/skip')]
      return withApplication(
        harness,
        { options: { tokenInBlocklist: async () => true }, routes },
        async ({ get, createToken }) => {
          const token = bearer(await createToken('access'))
          assert.equal(summarize(await get('/who', [token])).code, 'token_revoked')
          assert.equal((await get('/skip', [token])).status, 200)
        },
      )
    })

    test('answers 503 and when to come again where revocation cannot be checked', () => {
      const options = { tokenInBlocklist: () => Promise.reject(new Error('the store is down')) }
      return withApplication(harness, { options }, async ({ get, createToken }) => {
        const reply = await get('/who', [bearer(await createToken('access'))])
        assert.deepEqual([reply.status, readBody(reply)['code']], [503, 'store_unavailable'])
        assert.equal(reply.headers['retry-after'], '1')
      })
    })

    test('loads the user, and refuses a token of nobody', () => {
      const userLookup = async (_: unknown, { sub }: { readonly sub?: string }): Promise<object | undefined> =>
        sub === 'alice' ? { name: 'Alice' } : undefined
      const routes = [
        { path: '/who', requirements: {}, handle: (tools: { current(): { user: unknown } }) => tools.current().user },
      ]
      return withApplication(harness, { options: { userLookup }, routes }, async ({ get, createToken }) => {
        assert.deepEqual(readBody(await get('/who', [bearer(await createToken('access'))])), { name: 'Alice' })
        const unknown = await get('/who', [bearer(await createToken('access', { identity: 'bob' }))])
        assert.deepEqual([unknown.status, readBody(unknown)['code']], [401, 'user_not_found'])
      })
    })

    test('refuses claims that the application rejects', () =>
      withApplication(harness, { options: { verifyClaims: async () => false } }, async ({ get, createToken }) => {
        const refused = summarize(await get('/who', [bearer(await createToken('access'))]))
        assert.deepEqual([refused.status, refused.code], [403, 'claims_rejected'])
      }))

    test('opens no route to a function of the application that throws undefined, or a text', async () => {
      for (const thrown of [undefined, null, '', 'route']) {
        const options = { verifyClaims: () => Promise.reject(thrown) }
        await withApplication(harness, { options }, async ({ get, createToken }) => {
          assert.equal((await get('/who', [bearer(await createToken('access'))])).status, 500, String(thrown))
        })
      }
    })

    test('lets OPTIONS pass without a token, anonymously', () =>
      withApplication(harness, {}, async ({ send, createToken }) => {
        const anonymous = { identity: null, location: null, claims: {}, header: {} }
        assert.deepEqual(readBody(await send({ method: 'OPTIONS', path: '/who' })), anonymous)
        const headers = [bearer(await createToken('access'))]
        assert.deepEqual(readBody(await send({ method: 'OPTIONS', path: '/who', headers })), anonymous)
      }))

    test('checks OPTIONS that asks for another protocol, for that is no preflight', () =>
      withApplication(harness, {}, async ({ send, createToken }) => {
        const request = { method: 'OPTIONS', path: '/who' }
        const upgrade = ['Upgrade', 'websocket'] as const
        assert.equal(summarize(await send({ ...request, headers: [upgrade] })).code, 'token_missing')
        const headers = [upgrade, bearer(await createToken('access'))]
        assert.equal(readBody(await send({ ...request, headers }))['identity'], 'alice')
      }))

    test('refuses requirements that are wrong when the route is defined', async () => {
      const wrong = { fesh: true } as object
      await assert.rejects(
        withApplication(harness, { routes: [whoRoute(wrong)] }, async () => {}),
        /did you mean fresh/,
      )
      const nowhere = { locations: ['elsewhere'] } as object
      await assert.rejects(
        withApplication(harness, { routes: [whoRoute(nowhere)] }, async () => {}),
        TypeError,
      )
    })

    test('verifies in an open handler, too', () => {
      const routes = [
        {
          path: '/who',
          handle: async (tools: { authenticate(r: { fresh: boolean }): Promise<object> }) =>
            tools.authenticate({ fresh: true }),
        },
      ]
      return withApplication(harness, { routes }, async ({ get, createToken }) => {
        assert.equal(summarize(await get('/who', [bearer(await createToken('access'))])).code, 'fresh_token_required')
        assert.equal(
          readBody(await get('/who', [bearer(await createToken('access', { fresh: true }))]))['identity'],
          'alice',
        )
      })
    })
  })
}
