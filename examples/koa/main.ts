import type { AddressInfo } from 'node:net'
import { bodyParser } from '@koa/bodyparser'
import { Router } from '@koa/router'
import { JwtManager } from 'jwt-extended/koa'
import Koa, { type Context } from 'koa'
import { isRevoked, revoke } from '../shared/blocklist.ts'
import { isPasswordRight } from '../shared/users.ts'

const { JWT_SECRET_KEY: secretKey, PORT: port = '5000' } = process.env

const jwt = new JwtManager({
  secretKey,
  tokenLocation: ['headers', 'cookies'],
  // The demo runs on plain http; in production leave `secure` alone.
  cookies: { secure: false },
  tokenInBlocklist: (_header, { jti }) => isRevoked(jti),
})

const router = new Router()

/** The user whose password came with the request; another one is answered here. */
function checkPassword(ctx: Context): string | undefined {
  const { username, password } = (ctx.request.body ?? {}) as {
    readonly username?: unknown
    readonly password?: unknown
  }
  if (isPasswordRight(username, password)) return username
  ctx.status = 401
  ctx.body = { msg: 'Bad username or password' }
  return undefined
}

router.post('/login', async ctx => {
  const username = checkPassword(ctx)
  if (username === undefined) return
  ctx.body = {
    access_token: await jwt.createAccessToken(username, { fresh: true }),
    refresh_token: await jwt.createRefreshToken(username),
  }
})

router.post('/cookies/login', async ctx => {
  const username = checkPassword(ctx)
  if (username === undefined) return
  await jwt.setAccessCookies(ctx, await jwt.createAccessToken(username, { fresh: true }))
  await jwt.setRefreshCookies(ctx, await jwt.createRefreshToken(username))
  ctx.body = { login: true }
})

router.get('/protected', jwt.required(), ctx => {
  ctx.body = { logged_in_as: ctx.state.jwt.identity }
})

router.post('/password', jwt.required({ fresh: true }), ctx => {
  ctx.body = { msg: 'Your password would be changed now' }
})

// What came in a cookie goes back in a cookie.
router.post('/refresh', jwt.required({ refresh: true }), async ctx => {
  const { identity, location } = ctx.state.jwt
  const token = await jwt.createAccessToken(identity)
  if (location === 'cookies') await jwt.setAccessCookies(ctx, token)
  ctx.body = location === 'cookies' ? { refresh: true } : { access_token: token }
})

// Either kind of token logs itself out: call it with both to end both.
router.post('/logout', jwt.required({ verifyType: false }), ctx => {
  const { claims } = ctx.state.jwt
  revoke(claims)
  jwt.unsetJwtCookies(ctx)
  ctx.body = { msg: `${claims.type} token revoked` }
})

const app = new Koa()
app.use(jwt.errorHandler())
app.use(bodyParser())
app.use(router.routes())
app.use(router.allowedMethods())

const server = app.listen(Number(port), '127.0.0.1', () => {
  console.log(`The koa example is on http://127.0.0.1:${(server.address() as AddressInfo).port}`)
})
