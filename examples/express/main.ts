import type { AddressInfo } from 'node:net'
import express, { type RequestHandler } from 'express'
import { JwtManager } from 'jwt-extended/express'
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

const app = express()
app.use(express.json())

const checkPassword: RequestHandler = (req, res, next) => {
  const { username, password } = req.body ?? {}
  if (isPasswordRight(username, password)) next()
  else res.status(401).json({ msg: 'Bad username or password' })
}

app.post('/login', checkPassword, async (req, res) => {
  res.json({
    access_token: await jwt.createAccessToken(req.body.username, { fresh: true }),
    refresh_token: await jwt.createRefreshToken(req.body.username),
  })
})

app.post('/cookies/login', checkPassword, async (req, res) => {
  await jwt.setAccessCookies(res, await jwt.createAccessToken(req.body.username, { fresh: true }))
  await jwt.setRefreshCookies(res, await jwt.createRefreshToken(req.body.username))
  res.json({ login: true })
})

app.get('/protected', jwt.required(), (_req, res) => {
  res.json({ logged_in_as: jwt.current().identity })
})

app.post('/password', jwt.required({ fresh: true }), (_req, res) => {
  res.json({ msg: 'Your password would be changed now' })
})

// Whoever sends the token in a cookie gets the new one in a cookie, out of reach of scripts.
app.post('/refresh', jwt.required({ refresh: true }), async (_req, res) => {
  const { identity, location } = jwt.current()
  const token = await jwt.createAccessToken(identity)
  if (location !== 'cookies') {
    res.json({ access_token: token })
    return
  }
  await jwt.setAccessCookies(res, token)
  res.json({ refresh: true })
})

// Either kind of token logs itself out: call it with both to end both.
app.post('/logout', jwt.required({ verifyType: false }), (_req, res) => {
  const { claims } = jwt.current()
  revoke(claims)
  jwt.unsetJwtCookies(res)
  res.json({ msg: `${claims.type} token revoked` })
})

// Answers a JwtError that a handler throws. Last.
app.use(jwt.errorHandler())

const server = app.listen(Number(port), '127.0.0.1', error => {
  if (error) throw error
  console.log(`The express example is on http://127.0.0.1:${(server.address() as AddressInfo).port}`)
})
