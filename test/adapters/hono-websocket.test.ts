import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { serve, upgradeWebSocket } from '@hono/node-server'
import { Hono } from 'hono'
import { JwtManager } from 'jwt-extended/hono'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { secretKey } from '../request/support.ts'

const jwt = new JwtManager({ secretKey, tokenLocation: ['headers', 'cookies'] })
const app = new Hono()
app.get(
  '/socket',
  jwt.required(),
  upgradeWebSocket(() => {
    const { identity } = jwt.current()
    return { onMessage: (event, socket) => socket.send(`${identity} said: ${event.data}`) }
  }),
)

let server: ReturnType<typeof serve>
let origin: string

beforeAll(async () => {
  // Its types know nothing of exactOptionalPropertyTypes.
  const websocket = { server: new WebSocketServer({ noServer: true }) as never }
  server = serve({ fetch: app.fetch, websocket, port: 0, hostname: '127.0.0.1' })
  await once(server, 'listening')
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})

afterAll(() => {
  server.close()
})

function open(headers: Readonly<Record<string, string>>): WebSocket {
  return new WebSocket(`${origin.replace('http:', 'ws:')}/socket`, { headers })
}

async function refusalOf(socket: WebSocket): Promise<unknown> {
  socket.on('error', () => {})
  const [, response] = await once(socket, 'unexpected-response')
  response.resume()
  return [response.statusCode, response.headers['www-authenticate'] ?? null]
}

describe('required() before upgradeWebSocket() of Hono', () => {
  test('opens a socket for a token', async () => {
    const socket = open({ Authorization: `Bearer ${await jwt.createAccessToken('alice')}` })
    await once(socket, 'open')
    socket.send('hello')
    expect(String((await once(socket, 'message'))[0])).toBe('alice said: hello')
    socket.close()
  })

  test('answers a refusal before the handshake', async () => {
    expect(await refusalOf(open({}))).toEqual([401, 'Bearer'])
  })

  test('refuses the cookie to pages of other sites', async () => {
    const Cookie = `access_token_cookie=${await jwt.createAccessToken('alice')}`
    expect(await refusalOf(open({ Cookie, Origin: 'https://attacker.example' }))).toEqual([403, null])
    const socket = open({ Cookie, Origin: origin })
    await once(socket, 'open')
    socket.close()
  })
})
