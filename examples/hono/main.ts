import { serve } from '@hono/node-server'
import { type Context, Hono } from 'hono'
import { JwtManager } from 'jwt-extended/hono'
import { isRevoked, revoke } from '../shared/blocklist.ts'
import { isPasswordRight } from '../shared/users.ts'

const { JWT_SECRET_KEY: secretKey, PORT: port = '5000' } = process.env

const jwt = new JwtManager({
  secretKey,
  tokenLocation: ['headers', 'cookies'],
  // The example runs on plain http; in production leave `secure` alone.
  cookies: { secure: false },
  tokenInBlocklist: (_header, { jti }) => isRevoked(jti),
})

const app = new Hono()

/** The name of the user whose password the body holds; undefined where it holds none, or is no JSON at all. */
async function checkPassword(c: Context): Promise<string | undefined> {
  const { username, password } = (await c.req.json().catch(() => undefined)) ?? {}
  return isPasswordRight(username, password) ? username : undefined
}

app.post('/login', async c => {
  const username = await checkPassword(c)
  if (username === undefined) return c.json({ msg: 'Bad username or password' }, 401)
  return c.json({
    access_token: await jwt.createAccessToken(username, { fresh: true }),
    refresh_token: await jwt.createRefreshToken(username),
  })
})

app.post('/cookies/login', async c => {
  const username = await checkPassword(c)
  if (username === undefined) return c.json({ msg: 'Bad username or password' }, 401)
  await jwt.setAccessCookies(c, await jwt.createAccessToken(username, { fresh: true }))
  await jwt.setRefreshCookies(c, await jwt.createRefreshToken(username))
  return c.json({ login: true })
})

app.get('/protected', jwt.required(), c => c.json({ logged_in_as: c.var.jwt.identity }))

app.post('/password', jwt.required({ fresh: true }), c => c.json({ msg: 'Your password would be changed now' }))

// Whoever sends the token in a cookie gets the new one in a cookie, out of reach of scripts.
app.post('/refresh', jwt.required({ refresh: true }), async c => {
  const { identity, location } = c.var.jwt
  const token = await jwt.createAccessToken(identity)
  if (location !== 'cookies') return c.json({ access_token: token })
  await jwt.setAccessCookies(c, token)
  return c.json({ refresh: true })
})

// Either kind of token logs itself out: call it with both to end both.
app.post('/logout', jwt.required({ verifyType: false }), c => {
  const { claims } = c.var.jwt
  revoke(claims)
  jwt.unsetJwtCookies(c)
  return c.json({ msg: `${claims.type} token revoked` })
})

serve({ fetch: app.fetch, port: Number(port), hostname: '127.0.0.1' }, address => {
  console.log(`The hono example is on http://127.0.0.1:${address.port}`)
})
