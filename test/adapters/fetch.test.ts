import { JwtManager } from 'jwt-extended/fetch'
import { describe, expect, test } from 'vitest'
import { secretKey } from '../request/support.ts'

describe('the adapter for fetch', () => {
  test('passes further arguments on to the handler', async () => {
    const jwt = new JwtManager({ secretKey })
    const handler = jwt.required((_request, { identity }, params: { id: string }) =>
      Response.json({ identity, ...params }),
    )
    const headers = { Authorization: `Bearer ${await jwt.createAccessToken('alice')}` }
    const response = await handler(new Request('http://127.0.0.1/'), { id: '7' }).catch(() => undefined)
    expect(response?.status).toBe(401)
    const passed = await handler(new Request('http://127.0.0.1/', { headers }), { id: '7' })
    expect(await passed.json()).toEqual({ identity: 'alice', id: '7' })
  })

  test('adds renewed cookies to a copy, and leaves a response alone that cannot be copied', async () => {
    const jwt = new JwtManager({ secretKey, tokenLocation: 'cookies', implicitRefresh: { within: '1h' } })
    const headers = { Cookie: `access_token_cookie=${await jwt.createAccessToken('alice')}` }
    const request = new Request('http://127.0.0.1/', { headers })
    const redirect = await jwt.required(() => Response.redirect('http://127.0.0.1/next', 302))(request)
    expect([redirect.status, redirect.headers.getSetCookie().length]).toEqual([302, 2])
    const failed = await jwt.required(() => Response.error())(request)
    expect(failed.type).toBe('error')
  })
})
