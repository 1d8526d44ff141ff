import { Hono } from 'hono'
import { deleteCookie } from 'hono/cookie'
import { JwtError, JwtManager } from 'jwt-extended/hono'
import { describe, expect, test } from 'vitest'
import { secretKey } from '../request/support.ts'

const jwt = new JwtManager({ secretKey, tokenLocation: 'cookies', implicitRefresh: { within: '1h' } })

/** The names of the cookies that get a value: those which are removed get none. */
async function renewedBy(app: Hono, path = '/logout'): Promise<[number, string[]]> {
  const cookie = `access_token_cookie=${await jwt.createAccessToken('alice')}`
  const { status, headers } = await app.request(path, { headers: { cookie } })
  const named = headers.getSetCookie().filter(value => /^[^=]+=[^;]/.test(value))
  return [status, named.map(value => value.split('=')[0] ?? '')]
}

const fail = (): never => {
  throw new Error('a mistake of the handler')
}

describe('a token that is about to expire is not renewed in Hono', () => {
  test("where the handler logs out and fails, and the application's onError answers", async () => {
    for (const failure of [new Error('a mistake'), new JwtError('user_not_found', 'User not found')]) {
      const app = new Hono().get('/logout', jwt.required(), c => {
        jwt.unsetJwtCookies(c)
        throw failure
      })
      app.onError((error, c) => (error instanceof JwtError ? error.getResponse() : c.text('own', 500)))
      expect(await renewedBy(app)).toEqual([failure instanceof JwtError ? 401 : 500, []])
    }
  })

  test('where the onError of a mounted application answers', async () => {
    const inner = new Hono().get('/logout', jwt.required(), c => {
      jwt.unsetJwtCookies(c)
      return fail()
    })
    inner.onError(() => new Response('own', { status: 500 }))
    expect(await renewedBy(new Hono().route('/inner', inner), '/inner/logout')).toEqual([500, []])
  })

  test("where the handler removes the cookie by Hono's own means, and fails", async () => {
    const app = new Hono().get('/logout', jwt.required(), c => {
      deleteCookie(c, 'access_token_cookie')
      return fail()
    })
    app.onError(() => new Response('own', { status: 500 }))
    expect(await renewedBy(app)).toEqual([500, []])
  })

  test('where the handler logs out and answers by a response that takes no headers along', async () => {
    const app = new Hono()
    app.get('/logout', jwt.required(), c => {
      jwt.unsetJwtCookies(c)
      return new Response('bye')
    })
    app.get('/nowhere', jwt.required(), c => {
      jwt.unsetAccessCookies(c)
      return c.notFound()
    })
    app.notFound(() => new Response('nothing here', { status: 404 }))
    expect(await renewedBy(app)).toEqual([200, []])
    expect(await renewedBy(app, '/nowhere')).toEqual([404, []])
  })
})

test('a token that is about to expire is renewed in Hono whatever response the handler makes', async () => {
  const app = new Hono()
  app.get('/own', jwt.required(), () => new Response('own'))
  app.get('/nowhere', jwt.required(), c => c.notFound())
  app.get('/refresh', jwt.required(), c => {
    jwt.unsetRefreshCookies(c)
    return c.text('done')
  })
  const renewed = ['access_token_cookie', 'csrf_access_token']
  expect(await renewedBy(app, '/own')).toEqual([200, renewed])
  expect(await renewedBy(app, '/nowhere')).toEqual([404, renewed])
  expect(await renewedBy(app, '/refresh')).toEqual([200, renewed])
})
