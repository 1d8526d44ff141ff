import { serve } from '@hono/node-server'
import { JwtManager } from 'jwt-extended/fetch'
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

/** The name of the user whose password the body holds; undefined where it holds none, or is no JSON at all. */
async function checkPassword(request: Request): Promise<string | undefined> {
  const body = (await request.json().catch(() => undefined)) as Record<string, unknown> | null | undefined
  const { username, password } = body ?? {}
  return isPasswordRight(username, password) ? username : undefined
}

function refusePassword(): Response {
  return Response.json({ msg: 'Bad username or password' }, { status: 401 })
}

async function login(request: Request): Promise<Response> {
  const username = await checkPassword(request)
  if (username === undefined) return refusePassword()
  return Response.json({
    access_token: await jwt.createAccessToken(username, { fresh: true }),
    refresh_token: await jwt.createRefreshToken(username),
  })
}

async function loginByCookies(request: Request): Promise<Response> {
  const username = await checkPassword(request)
  if (username === undefined) return refusePassword()
  const response = Response.json({ login: true })
  await jwt.setAccessCookies(response.headers, await jwt.createAccessToken(username, { fresh: true }))
  await jwt.setRefreshCookies(response.headers, await jwt.createRefreshToken(username))
  return response
}

// Whoever sends the token in a cookie gets the new one in a cookie, out of reach of scripts.
const refresh = jwt.required(
  async (_request, { identity, location }) => {
    const token = await jwt.createAccessToken(identity)
    if (location !== 'cookies') return Response.json({ access_token: token })
    const response = Response.json({ refresh: true })
    await jwt.setAccessCookies(response.headers, token)
    return response
  },
  { refresh: true },
)

// Either kind of token logs itself out: call it with both to end both.
const logout = jwt.required(
  (_request, { claims }) => {
    revoke(claims)
    const response = Response.json({ msg: `${claims.type} token revoked` })
    jwt.unsetJwtCookies(response.headers)
    return response
  },
  { verifyType: false },
)

// What a framework would do: a handler for each method and path.
const routes = new Map<string, (request: Request) => Promise<Response>>([
  ['POST /login', login],
  ['POST /cookies/login', loginByCookies],
  ['GET /protected', jwt.required((_request, { identity }) => Response.json({ logged_in_as: identity }))],
  ['POST /password', jwt.required(() => Response.json({ msg: 'Your password would be changed now' }), { fresh: true })],
  ['POST /refresh', refresh],
  ['POST /logout', logout],
])

async function fetch(request: Request): Promise<Response> {
  const route = routes.get(`${request.method} ${new URL(request.url).pathname}`)
  return route === undefined ? new Response('Not found', { status: 404 }) : route(request)
}

serve({ fetch, port: Number(port), hostname: '127.0.0.1' }, address => {
  console.log(`The fetch example is on http://127.0.0.1:${address.port}`)
})
