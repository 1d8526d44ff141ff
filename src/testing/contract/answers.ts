import assert from 'node:assert/strict'
import type { TestRunner } from '../adapter-contract.ts'
import type { AdapterHarness, HandlerTools } from '../harness.ts'
import { bearer, readBody, summarize, whoRoute, withApplication } from './application.ts'

/** What a refused request is answered. */
export function testAnswers(harness: AdapterHarness, { describe, test }: TestRunner): void {
  describe('answers', () => {
    test("sends the application's own answer, with its headers", () => {
      const onUnauthorized = async (
        message: string,
      ): Promise<{ status: number; json: unknown; headers: Record<string, string> }> => ({
        status: 418,
        json: { why: message },
        headers: { 'X-Tea': 'yes' },
      })
      return withApplication(harness, { options: { onUnauthorized } }, async ({ get }) => {
        const reply = await get('/who')
        assert.equal(reply.status, 418)
        assert.deepEqual(readBody(reply), { why: 'Missing Authorization Header' })
        assert.equal(reply.headers['x-tea'], 'yes')
        assert.equal(reply.headers['www-authenticate'], 'Bearer')
      })
    })

    test('names the member with the message as configured', () =>
      withApplication(harness, { options: { errorMessageKey: 'error' } }, async ({ get }) => {
        assert.deepEqual(readBody(await get('/who')), { error: 'Missing Authorization Header', code: 'token_missing' })
      }))

    test("hands the error to the framework with errors: 'throw'", () =>
      withApplication(harness, { options: { errors: 'throw' } }, async ({ get }) => {
        const reply = await get('/who')
        assert.equal(reply.status, 401)
        assert.deepEqual(readBody(reply), { thrown: 'token_missing' })
      }))

    test('answers an error of verifyToken in an open handler like its own', () => {
      const routes = [{ path: '/check', handle: (tools: HandlerTools) => tools.verifyToken('a.b.c') }]
      return withApplication(harness, { routes }, async ({ get }) => {
        const refused = summarize(await get('/check'))
        assert.deepEqual([refused.status, refused.code], [401, 'token_invalid'])
      })
    })

    test('leaves errors of the handler to the framework', () => {
      const fail = (): never => {
        throw new Error('a mistake of the handler')
      }
      const routes = [{ path: '/who', requirements: {}, handle: fail }]
      return withApplication(harness, { routes }, async ({ get, createToken }) => {
        assert.equal((await get('/who', [bearer(await createToken('access'))])).status, 500)
      })
    })

    test('protects a route twice, by the requirements of both', () => {
      const inner = {
        path: '/who',
        requirements: {},
        handle: (tools: HandlerTools) => tools.authenticate({ fresh: true }),
      }
      return withApplication(harness, { routes: [inner] }, async ({ get, createToken }) => {
        assert.equal(summarize(await get('/who', [bearer(await createToken('access'))])).code, 'fresh_token_required')
      })
    })

    test("sends the application's own answer without a body where its status has none", () => {
      const onUnauthorized = (): { status: number; json: unknown } => ({ status: 204, json: null })
      return withApplication(harness, { options: { onUnauthorized } }, async ({ get }) => {
        const reply = await get('/who')
        assert.deepEqual([reply.status, reply.text, reply.headers['content-type'] ?? null], [204, '', null])
      })
    })

    test('sends nothing of an answer that is no JSON, and opens no route', () => {
      const onUnauthorized = (): { status: number; json: unknown } => ({ status: 418, json: { amount: 1n } })
      return withApplication(harness, { options: { onUnauthorized } }, async ({ get }) => {
        assert.equal((await get('/who')).status, 500)
      })
    })

    test('answers HEAD as GET, without a body', () =>
      withApplication(harness, { routes: [whoRoute()] }, async ({ send }) => {
        const reply = await send({ method: 'HEAD', path: '/who' })
        assert.deepEqual([reply.status, reply.text, reply.headers['www-authenticate']], [401, '', 'Bearer'])
      }))

    test('never shows the token that it refuses', () =>
      withApplication(harness, {}, async ({ get, createToken }) => {
        const token = await createToken('access')
        const reply = await get('/who', [bearer(`${token}x`)])
        const shown = JSON.stringify([reply.text, reply.headers])
        assert.ok(token.split('.').every(segment => !shown.includes(segment)))
      }))
  })
}
