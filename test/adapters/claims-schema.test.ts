import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import {
  bearer,
  readBody,
  startTime,
  summarize,
  whoRoute,
  withApplication,
} from '../../src/testing/contract/application.ts'
import { harnesses } from './harness/index.ts'

const claimsSchema = z.strictObject({
  role: z.string().refine(async role => role === 'admin'),
  plan: z.string().default('free'),
})

describe.each(Object.entries(harnesses))('claimsSchema with %s', (_name, harness) => {
  test('lets a token pass that fits, and shows its handler what the schema puts out', () =>
    withApplication(harness, { options: { claimsSchema } }, async ({ get, createToken }) => {
      const token = await createToken('access', { claims: { role: 'admin' } })
      const reply = await get('/who', [bearer(token)])
      expect(reply.status).toBe(200)
      expect(readBody(reply)['claims']).toMatchObject({ sub: 'alice', role: 'admin', plan: 'free', iat: startTime })
    }))

  test.each([{}, { optional: true }, { optional: 'lenient' }, { verifyType: false }] as const)(
    'refuses a token that does not fit on a route with %j',
    requirements =>
      withApplication(
        harness,
        { options: { claimsSchema }, routes: [whoRoute(requirements)] },
        async ({ get, createToken }) => {
          const token = await createToken('access', { claims: { role: 'root' } })
          expect(summarize(await get('/who', [bearer(token)]))).toEqual({
            status: 401,
            code: 'claims_invalid',
            challenge: 'Bearer error="invalid_token", error_description="Invalid claims: role"',
          })
        },
      ),
  )

  test('hands the refusal to the framework where that is asked for', () =>
    withApplication(harness, { options: { claimsSchema, errors: 'throw' } }, async ({ get, createToken }) => {
      const reply = await get('/who', [bearer(await createToken('access'))])
      expect([reply.status, readBody(reply)]).toEqual([401, { thrown: 'claims_invalid' }])
    }))

  test('answers 500 where the schema throws, and lets nobody pass', () => {
    const throwing = z.object({}).refine(() => {
      throw new RangeError('no such table')
    })
    return withApplication(harness, { options: { claimsSchema: throwing } }, async ({ get, createToken }) => {
      expect((await get('/who', [bearer(await createToken('access'))])).status).toBe(500)
    })
  })
})
