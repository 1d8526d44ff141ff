import express, { type Express, type RequestHandler } from 'express'
import { JwtManager, type JwtOptions } from 'jwt-extended/express'
import { isPasswordRight } from '../shared/users.ts'

/** The demo API: sessions whose refresh tokens rotate, with tokens in headers, and under `/cookies` in cookies. */
export function createApp(options: Pick<JwtOptions, 'secretKey' | 'store'>): Express {
  const jwt = new JwtManager({
    ...options,
    tokenLocation: ['headers', 'cookies'],
    // The demo runs on plain http; in production leave `secure` alone.
    cookies: { secure: false },
  })
  // Somebody holds a refresh token that has been replaced: in production this is an alert.
  jwt.on('reuse_detected', ({ sessionId }) => console.warn(`A refresh token of session ${sessionId} was used again`))

  const app = express()
  app.use(express.json())

  const checkPassword: RequestHandler = (req, res, next) => {
    const { username, password } = req.body ?? {}
    if (isPasswordRight(username, password)) next()
    else res.status(401).json({ msg: 'Bad username or password' })
  }

  app.post('/login', checkPassword, async (req, res) => {
    res.json(await jwt.sessions.create(req.body.username, { fresh: true, device: req }))
  })

  app.post('/cookies/login', checkPassword, async (req, res) => {
    await jwt.setJwtCookies(res, await jwt.sessions.create(req.body.username, { fresh: true, device: req }))
    res.json({ login: true })
  })

  for (const [prefix, locations] of [
    ['', 'headers'],
    ['/cookies', 'cookies'],
  ] as const) {
    app.post(`${prefix}/refresh`, jwt.handlers.refresh)
    app.delete(`${prefix}/logout`, jwt.handlers.logout)
    app.post(`${prefix}/logout-everywhere`, jwt.handlers.logoutEverywhere)
    app.get(`${prefix}/sessions`, jwt.handlers.sessions)

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
