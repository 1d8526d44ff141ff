import express, { type Express, type RequestHandler } from 'express'
import { JwtManager, type JwtOptions } from 'jwt-extended/express'
import { isRevoked, revoke } from '../shared/blocklist.ts'
import { isPasswordRight } from '../shared/users.ts'

/** The demo API: tokens in headers, and under `/cookies` the same with cookies and CSRF protection. */
export function createApp(secretKey: JwtOptions['secretKey']): Express {
  const jwt = new JwtManager({
    secretKey,
    tokenLocation: ['headers', 'cookies'],
    // The demo runs on plain http; in production leave `secure` alone.
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

  app.post('/refresh', jwt.required({ refresh: true, locations: 'headers' }), async (_req, res) => {
    res.json({ access_token: await jwt.createAccessToken(jwt.current().identity) })
  })

  app.post('/cookies/login', checkPassword, async (req, res) => {
    await jwt.setAccessCookies(res, await jwt.createAccessToken(req.body.username, { fresh: true }))
    await jwt.setRefreshCookies(res, await jwt.createRefreshToken(req.body.username))
    res.json({ login: true })
  })

  app.post('/cookies/refresh', jwt.required({ refresh: true, locations: 'cookies' }), async (_req, res) => {
    await jwt.setAccessCookies(res, await jwt.createAccessToken(jwt.current().identity))
    res.json({ refresh: true })
  })

  // Either kind of token logs itself out: call it with both to end both.
  app.delete('/logout', jwt.required({ verifyType: false, locations: 'headers' }), (_req, res) => {
    revoke(jwt.current().claims)
    res.json({ msg: `${jwt.current().claims.type} token revoked` })
  })

  app.delete('/cookies/logout', jwt.required({ locations: 'cookies' }), (_req, res) => {
    revoke(jwt.current().claims)
    jwt.unsetJwtCookies(res)
    res.json({ logout: true })
  })

  for (const [prefix, locations] of [
    ['', 'headers'],
    ['/cookies', 'cookies'],
  ] as const) {
    app.get(`${prefix}/protected`, jwt.required({ locations }), (_req, res) => {
      res.json({ logged_in_as: jwt.current().identity })
    })
    app.get(`${prefix}/profile`, jwt.required({ locations }), (_req, res) => {
      res.json({ message: 'Welcome to your profile!' })
    })
    app.post(`${prefix}/password`, jwt.required({ fresh: true, locations }), (_req, res) => {
      res.json({ msg: 'Your password would be changed now' })
    })
  }
  return app
}
