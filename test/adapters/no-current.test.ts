import { describe, expect, test } from 'vitest'
import { bearer, readBody, withApplication } from '../../src/testing/contract/application.ts'
import type { ContractRoute } from '../../src/testing/harness.ts'
import { harnesses } from './harness/index.ts'

const route: ContractRoute = {
  path: '/who',
  requirements: {},
  handle: async ({ authenticate, current, currentOrUndefined }) => {
    const { identity } = await authenticate()
    expect(current).toThrow('current() is turned off by the option context')
    return { identity, current: currentOrUndefined() ?? null }
  },
}

describe.each(Object.entries(harnesses))('the option context of %s', (_name, harness) => {
  test('protects routes as before where it is false, without current()', () =>
    withApplication(harness, { options: { context: false }, routes: [route] }, async ({ get, createToken }) => {
      expect((await get('/who', [])).status).toBe(401)
      const reply = await get('/who', [bearer(await createToken('access'))])
      expect([reply.status, readBody(reply)]).toEqual([200, { identity: 'alice', current: null }])
    }))
})
