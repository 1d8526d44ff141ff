import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { JwtError, JwtManager } from 'jwt-extended/express'
import { refuseUpgrade } from 'jwt-extended/http'
import { type WebSocket, WebSocketServer } from 'ws'
import { isRevoked, revoke } from '../shared/blocklist.ts'
import { createApp } from './routes.ts'

const { JWT_SECRET_KEY: secretKey, PORT: port = '5000' } = process.env

const jwt = new JwtManager({
  secretKey,
  tokenLocation: ['headers', 'cookies'],
  // The example runs on plain http; in production leave `secure` alone.
  cookies: { secure: false },
  tokenInBlocklist: (_header, { jti }) => isRevoked(jti),
  encodeAudience: 'api',
  decodeAudience: 'api',
})

// A URL ends up in logs. So what stands in one is good for half a minute, for one socket, and for nothing else: the two
// audiences keep tickets away from the routes, and access tokens out of the URL.
const tickets = new JwtManager({
  secretKey,
  tokenLocation: 'query',
  query: { name: 'ticket' },
  accessTokenExpires: '30s',
  encodeAudience: 'websocket',
  decodeAudience: 'websocket',
})

/** Who is at the other end, by which token, and until when (seconds since 1970). */
interface Session {
  readonly identity: string
  readonly jti: string | null
  readonly exp: number | undefined
}

/** Checks the request that asks for a socket. A cookie counts only where the page is this server's own. */
async function openSession(request: IncomingMessage): Promise<Session> {
  const ticket = await tickets.authenticate(request, { optional: true })
  if (ticket.identity === undefined) {
    const { identity, claims } = await jwt.authenticate(request)
    return { identity, jti: claims.jti, exp: claims.exp }
  }
  const { jti, exp, session, until } = ticket.claims
  // Nothing is awaited in between, so that of two sockets with one ticket only one is opened.
  if (isRevoked(jti) || isRevoked(String(session))) throw new JwtError('token_revoked', 'Ticket has been used')
  revoke({ jti, exp: exp as number })
  return { identity: ticket.identity, jti: String(session), exp: Number(until) }
}

/** The close code for what would be a 401: 4000 to 4999 are the application's own. */
const unauthorized = 4401
const longestTimeout = 2 ** 31 - 1

function serveSocket(socket: WebSocket, { identity, jti, exp }: Session): void {
  const life = exp === undefined ? longestTimeout : exp * 1000 - Date.now()
  const timer = setTimeout(() => socket.close(unauthorized, 'Token has expired'), Math.min(life, longestTimeout))
  socket.on('close', () => clearTimeout(timer))
  // Bytes that are no frames: the socket closes by itself, but without a listener so would the process.
  socket.on('error', () => {})
  socket.on('message', data => {
    if (isRevoked(jti)) socket.close(unauthorized, 'Token has been revoked')
    else socket.send(JSON.stringify({ from: identity, text: String(data) }))
  })
}

const server = createServer(createApp(jwt, tickets))
const sockets = new WebSocketServer({ noServer: true, path: '/socket', maxPayload: 64 * 1024 })

server.on('upgrade', (request, socket, head) => {
  // A connection that breaks while the token is checked must not end the process.
  socket.on('error', () => socket.destroy())
  openSession(request).then(
    session => sockets.handleUpgrade(request, socket, head, opened => serveSocket(opened, session)),
    (error: unknown) => {
      if (error instanceof JwtError) return refuseUpgrade(socket, error)
      console.error(error)
      socket.destroy()
    },
  )
})

server.listen(Number(port), '127.0.0.1', () => {
  console.log(`The websocket example is on http://127.0.0.1:${(server.address() as AddressInfo).port}`)
})
