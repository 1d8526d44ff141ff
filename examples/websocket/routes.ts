import express, { type Express, type RequestHandler } from 'express'
import type { JwtManager } from 'jwt-extended/express'
import { revoke } from '../shared/blocklist.ts'
import { isPasswordRight } from '../shared/users.ts'

/** What is done by plain requests: a socket cannot set cookies, and a login needs no socket. */
export function createApp(jwt: JwtManager, tickets: JwtManager): Express {
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

  // For pages that keep the token in a variable: they cannot send a header with a WebSocket.
  app.post('/ticket', jwt.required(), async (_req, res) => {
    const { identity, claims } = jwt.current()
    res.json({
      ticket: await tickets.createAccessToken(identity, { claims: { session: claims.jti, until: claims.exp } }),
    })
  })

  app.use(jwt.errorHandler())
  return app
}
