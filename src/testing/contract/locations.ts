import assert from 'node:assert/strict'
import type { TestRunner } from '../adapter-contract.ts'
import type { AdapterHarness } from '../harness.ts'
import { bearer, readBody, summarize, whoRoute, withApplication } from './application.ts'

const json: [string, string] = ['Content-Type', 'application/json']

/** Where a token can be. */
export function testLocations(harness: AdapterHarness, { describe, test }: TestRunner): void {
  describe('locations', () => {
    test('compares the scheme of the header without regard to case', () =>
      withApplication(harness, {}, async ({ get, createToken }) => {
        const token = await createToken('access')
        assert.equal((await get('/who', [['authorization', `bEARER ${token}`]])).status, 200)
        assert.equal(summarize(await get('/who', [['Authorization', `Basic ${token}`]])).code, 'token_missing')
      }))

    test('answers a malformed header with 400', () =>
      withApplication(harness, {}, async ({ get }) => {
        const refused = summarize(await get('/who', [['Authorization', 'Bearer one two']]))
        assert.deepEqual([refused.status, refused.code], [400, 'header_malformed'])
        assert.match(String(refused.challenge), /error="invalid_request"/)
      }))

    test('is not slowed down by a header of commas', () =>
      withApplication(harness, {}, async ({ get }) => {
        const timeOf = async (value: string): Promise<number> => {
          const start = performance.now()
          await get('/who', [['Authorization', value]])
          return performance.now() - start
        }
        await timeOf('warm up')
        let [ordinary, hostile] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]
        // The quickest of several, for the machine may be busy with something else.
        for (let times = 0; times < 5; times++) {
          ordinary = Math.min(ordinary, await timeOf('a'.repeat(14_000)))
          hostile = Math.min(hostile, await timeOf(`a${','.repeat(14_000)}b`))
        }
        // A quadratic search takes hundreds of milliseconds here.
        assert.ok(hostile < 20 * ordinary + 50, `${hostile} ms against ${ordinary} ms`)
      }))

    test('sees both of two Authorization lines, and refuses them', () =>
      withApplication(harness, {}, async ({ get, createToken }) => {
        const [token, other] = [
          bearer(await createToken('access')),
          bearer(await createToken('access', { identity: 'bob' })),
        ]
        assert.deepEqual([400, 'duplicate_value'], statusAndCode(await get('/who', [token, other])))
        assert.deepEqual([400, 'duplicate_value'], statusAndCode(await get('/who', [token, token])))
        assert.equal((await get('/who', [['Authorization', 'Basic eDp5'], token])).status, 200)
      }))

    test('finds a token in the query, once', () =>
      withApplication(harness, { options: { tokenLocation: 'query' } }, async ({ get, createToken }) => {
        const [token, other] = [await createToken('access'), await createToken('access', { identity: 'bob' })]
        assert.equal(readBody(await get(`/who?jwt=${token}`))['location'], 'query')
        assert.equal((await get(`/who?a=1&jwt=${token}&b=%ZZ`)).status, 200)
        assert.deepEqual(statusAndCode(await get(`/who?jwt=${token}&jwt=${other}`)), [400, 'duplicate_value'])
        assert.deepEqual(statusAndCode(await get(`/who?jwt[]=${token}`)), [401, 'token_missing'])
        assert.deepEqual(statusAndCode(await get('/who?jwt=%FF%FE')), [401, 'token_invalid'])
      }))

    test('finds a token in a JSON body, which the handler can still read', () => {
      const routes = [{ path: '/who', requirements: {}, handle: (tools: { readJson(): unknown }) => tools.readJson() }]
      return withApplication(
        harness,
        { options: { tokenLocation: ['json'] }, routes },
        async ({ send, createToken }) => {
          const body = JSON.stringify({ access_token: await createToken('access'), note: 'kept' })
          const reply = await send({ method: 'POST', path: '/who', headers: [json], body })
          assert.equal(readBody(reply)['note'], 'kept')
        },
      )
    })

    test('never answers a body with a 5xx', () =>
      withApplication(harness, { options: { tokenLocation: ['json'] } }, async ({ send }) => {
        const bodies = [
          '',
          '{',
          'null',
          '0',
          '[]',
          '[{"access_token":"x"}]',
          '"text"',
          '{"access_token":null}',
          '{"__proto__":{"access_token":"x"}}',
          '\u0000',
        ]
        for (const body of bodies) {
          assert.deepEqual(
            statusAndCode(await send({ method: 'POST', path: '/who', headers: [json], body })),
            [401, 'token_missing'],
            body,
          )
        }
        for (const value of ['7', '["x"]', '{"a":1}', 'true', '"a.b.c"']) {
          const body = `{"access_token":${value}}`
          assert.deepEqual(
            statusAndCode(await send({ method: 'POST', path: '/who', headers: [json], body })),
            [401, 'token_invalid'],
            body,
          )
        }
        const form: [string, string] = ['Content-Type', 'application/x-www-form-urlencoded']
        assert.equal(
          summarize(await send({ method: 'POST', path: '/who', headers: [form], body: 'access_token=x' })).code,
          'token_missing',
        )
        assert.equal(summarize(await send({ method: 'POST', path: '/who' })).code, 'token_missing')
      }))

    test('reads the refresh token of a JSON body under a key of its own', () =>
      withApplication(
        harness,
        { options: { tokenLocation: ['json'] }, routes: [whoRoute({ refresh: true })] },
        async ({ send, createToken }) => {
          const body = JSON.stringify({ refresh_token: await createToken('refresh') })
          assert.equal((await send({ method: 'POST', path: '/who', headers: [json], body })).status, 200)
        },
      ))

    test('looks in the places of the route rather than in those of the manager', () => {
      const routes = [whoRoute(), whoRoute({ locations: ['query', 'headers'] }, '/both')]
      return withApplication(
        harness,
        { options: { tokenLocation: ['headers'] }, routes },
        async ({ get, createToken }) => {
          const token = await createToken('access')
          assert.equal((await get(`/who?jwt=${token}`)).status, 401)
          assert.equal(readBody(await get(`/both?jwt=${token}`))['location'], 'query')
          assert.equal(readBody(await get('/both', [bearer(token)]))['location'], 'headers')
          const missing =
            "Missing JWT in query_string or headers (Missing 'jwt' query paramater; Missing Authorization Header)"
          assert.equal(readBody(await get('/both'))['msg'], missing)
        },
      )
    })

    test('lets the first place with a token decide', () =>
      withApplication(harness, { options: { tokenLocation: ['headers', 'query'] } }, async ({ get, createToken }) => {
        const token = await createToken('access')
        assert.equal(summarize(await get(`/who?jwt=${token}`, [bearer('forged')])).code, 'token_invalid')
      }))
  })
}

function statusAndCode(reply: Parameters<typeof summarize>[0]): [number, unknown] {
  const { status, code } = summarize(reply)
  return [status, code]
}
