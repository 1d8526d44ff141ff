import { EventEmitter, once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import express, { type ErrorRequestHandler, type Express, type RequestHandler } from 'express'
import { JwtError, JwtManager, type JwtOptions } from 'jwt-extended/express'
import { refuseUpgrade } from 'jwt-extended/http'
import { memoryStore } from 'jwt-extended/stores'
import multer from 'multer'
import { WebSocketServer } from 'ws'
import { strongSecret } from '../support/configure.ts'
import { serve } from './web-server.ts'

export interface ApplicationOptions extends Pick<JwtOptions, 'cookies' | 'csrf'> {
  /** @default 'https' */
  readonly protocol?: 'https' | 'http'
  /** The origins whose pages may read the answers (CORS). @default [] */
  readonly corsOrigins?: readonly string[] | 'all'
}

/** A request as it reached the application, and how that answered it. A preflight that CORS answers is none. */
export interface Visit {
  readonly method: string
  /** Whether the access token came with it. */
  readonly byCookie: boolean
  /** `Sec-Fetch-Site`. */
  readonly site: string | undefined
  readonly origin: string | undefined
  readonly status: number
  /** The code that it was refused with. */
  readonly code: string | undefined
}

export interface Application {
  readonly jwt: JwtManager
  readonly origin: string
  /** How often something has been done in the name of the user. */
  readonly deeds: number
  /** The first visit of a visitor, who is the query parameter `visitor`, as soon as it has been answered. */
  visitOf(visitor: string): Promise<Visit>
  close(): Promise<void>
}

/** An application at app.test with its tokens in cookies: its pages, a deed, the ready handlers, and a WebSocket. */
export async function startApplication({
  protocol = 'https',
  corsOrigins = [],
  cookies = {},
  csrf = {},
}: ApplicationOptions = {}): Promise<Application> {
  const jwt = new JwtManager({
    secretKey: strongSecret,
    tokenLocation: 'cookies',
    cookies,
    csrf,
    store: memoryStore(),
    errors: 'throw',
    warn: () => {},
  })
  const visits = new VisitorBook()
  let deeds = 0
  const app = express()
  app.use(allowOrigins(corsOrigins), recordVisit(visits), express.urlencoded(), multer().none())
  addPages(app, jwt, cookies.prefix)
  app.post('/deed', jwt.required(), (_req, res) => {
    deeds += 1
    res.json({ done_by: jwt.current().identity })
  })
  app.all('/refresh', jwt.handlers.refresh)
  app.all('/logout', jwt.handlers.logout)
  app.use(noteCode, jwt.errorHandler())
  const { server, port, close } = await serve(protocol, app)
  const sockets = new WebSocketServer({ noServer: true })
  server.on('upgrade', (request, socket, head) => {
    jwt.authenticate(request).then(
      () => {
        deeds += 1
        visits.add(request, { status: 101, code: undefined })
        sockets.handleUpgrade(request, socket, head, opened => opened.close())
      },
      (error: JwtError) => {
        visits.add(request, { status: error.status, code: error.code })
        refuseUpgrade(socket, error)
      },
    )
  })
  return {
    jwt,
    origin: `${protocol}://app.test:${port}`,
    get deeds() {
      return deeds
    },
    visitOf: visitor => visits.of(visitor),
    close,
  }
}

function addPages(app: Express, jwt: JwtManager, prefix = ''): void {
  app.get('/', (_req, res) => {
    res.send('<!doctype html><title>Welcome</title><form method="post" action="/login"><button>Log in</button></form>')
  })
  app.post('/login', async (req, res) => {
    await jwt.setJwtCookies(res, await jwt.sessions.create('ada', { device: req }))
    res.redirect(303, '/account')
  })
  app.get('/account', jwt.required(), (_req, res) => {
    res.send(accountPage(jwt.current().claims.csrf, prefix))
  })
}

/** What the guide page about cookies shows: a script that sends the value in a header, and a form that has it. */
function accountPage(csrf: string | undefined, prefix: string): string {
  return `<!doctype html>
    <title>Account</title>
    <h1>The account of Ada</h1>
    <button onclick="send('/deed')">Do it by script</button>
    <button onclick="send('/refresh', 'csrf_refresh_token')">Refresh</button>
    <button onclick="send('/logout')">Log out</button>
    <form method="post" action="/deed"><input name="csrf_token" value="${csrf}"><button>Do it by form</button></form>
    <form method="post" action="/deed" enctype="multipart/form-data">
      <input name="csrf_token" value="${csrf}"><button>Do it by multipart form</button>
    </form>
    <output></output>
    <script>
      const readCookie = name =>
        document.cookie.split('; ').find(text => text.startsWith(name + '='))?.slice(name.length + 1)

      async function send(path, csrfCookie = 'csrf_access_token') {
        const headers = { 'X-CSRF-TOKEN': readCookie('${prefix}' + csrfCookie) }
        const answer = await fetch(path, { method: 'POST', headers })
        const { done_by, code } = await answer.json()
        document.querySelector('output').textContent = path + ': ' + (done_by ?? code ?? answer.status)
      }
    </script>`
}

class VisitorBook {
  readonly #visits = new Map<string, Visit>()
  readonly #arrivals = new EventEmitter()

  add({ method = '', url = '', headers }: IncomingMessage, answer: Pick<Visit, 'status' | 'code'>): void {
    const visitor = new URL(url, 'https://app.test').searchParams.get('visitor')
    if (visitor === null || this.#visits.has(visitor)) return
    const byCookie = headers.cookie?.includes('access_token_cookie=eyJ') ?? false
    const site = headers['sec-fetch-site'] as string | undefined
    this.#visits.set(visitor, { method, byCookie, site, origin: headers.origin, ...answer })
    this.#arrivals.emit(visitor)
  }

  async of(visitor: string): Promise<Visit> {
    if (!this.#visits.has(visitor)) await once(this.#arrivals, visitor)
    return this.#visits.get(visitor) as Visit
  }
}

function recordVisit(visits: VisitorBook): RequestHandler {
  return (req, res, next) => {
    res.once('finish', () => visits.add(req, { status: res.statusCode, code: res.locals['code'] }))
    next()
  }
}

const noteCode: ErrorRequestHandler = (error, _req, res, next) => {
  if (error instanceof JwtError) res.locals['code'] = error.code
  next(error)
}

function allowOrigins(origins: readonly string[] | 'all'): RequestHandler {
  return (req, res, next) => {
    const { origin } = req.headers
    if (origin === undefined || (origins !== 'all' && !origins.includes(origin))) return next()
    res.set({
      'Access-Control-Allow-Origin': origin,
      'Access-Control-Allow-Credentials': 'true',
      'Access-Control-Allow-Headers': 'X-CSRF-TOKEN',
    })
    if (req.method === 'OPTIONS') res.sendStatus(204)
    else next()
  }
}
