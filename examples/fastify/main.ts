import type { AddressInfo } from 'node:net'
import fastify from 'fastify'
import { JwtManager } from 'jwt-extended/fastify'
import { isRevoked, revoke } from '../shared/blocklist.ts'
import { isPasswordRight } from '../shared/users.ts'

const jwt = new JwtManager({
  secretKey: process.env['JWT_SECRET_KEY'],
  tokenLocation: ['headers', 'cookies'],
  // The example runs on plain http; in production leave `secure` alone.
  cookies: { secure: false },
  tokenInBlocklist: (_header, { jti }) => isRevoked(jti),
})

const app = fastify()
await app.register(jwt.plugin())

/** The user who logs in, or undefined where name and password do not fit, whatever was sent. */
function readLogin(body: unknown): string | undefined {
  const { username, password } = Object(body) as Record<string, unknown>
  return isPasswordRight(username, password) ? username : undefined
}

const badLogin = { msg: 'Bad username or password' }

app.post('/login', async (request, reply) => {
  const username = readLogin(request.body)
  if (username === undefined) return reply.code(401).send(badLogin)
  return {
    access_token: await jwt.createAccessToken(username, { fresh: true }),
    refresh_token: await jwt.createRefreshToken(username),
  }
})

app.post('/cookies/login', async (request, reply) => {
  const username = readLogin(request.body)
  if (username === undefined) return reply.code(401).send(badLogin)
  await reply.setAccessCookies(await jwt.createAccessToken(username, { fresh: true }))
  await reply.setRefreshCookies(await jwt.createRefreshToken(username))
  return { login: true }
})

app.get('/protected', { config: { jwt: true } }, async request => ({ logged_in_as: request.jwt.identity }))

app.post('/password', { config: { jwt: { fresh: true } } }, async () => ({
  msg: 'Your password would be changed now',
}))

app.post('/refresh', { config: { jwt: { refresh: true } } }, async (request, reply) => {
  const token = await jwt.createAccessToken(request.jwt.identity)
  if (request.jwt.location === 'headers') return { access_token: token }
  await reply.setAccessCookies(token)
  return { refresh: true }
})

// Either kind of token logs itself out: call it with both to end both.
app.post('/logout', { config: { jwt: { verifyType: false } } }, async (request, reply) => {
  revoke(request.jwt.claims)
  reply.unsetJwtCookies()
  return { msg: `${request.jwt.claims.type} token revoked` }
})

await app.listen({ port: Number(process.env['PORT'] ?? 5000), host: '127.0.0.1' })
console.log(`The Fastify example is on http://127.0.0.1:${(app.server.address() as AddressInfo).port}`)
