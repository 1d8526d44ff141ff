import { createServer, IncomingMessage, request as sendRequest } from 'node:http'
import { type AddressInfo, Socket } from 'node:net'
import { Duplex } from 'node:stream'
import { text } from 'node:stream/consumers'
import { TLSSocket } from 'node:tls'
import { JwtError, JwtManager, type JwtOptions, refuse, refuseUpgrade } from 'jwt-extended/http'
import { describe, expect, test } from 'vitest'
import { sendRaw } from '../../src/testing/http-client.ts'
import { secretKey } from '../request/support.ts'

type Listener = Parameters<typeof createServer>[1]

async function withServer<Result>(listener: Listener, use: (port: number) => Promise<Result>): Promise<Result> {
  const server = createServer(listener as never)
  await new Promise(resolve => server.listen(0, '127.0.0.1', () => resolve(undefined)))
  try {
    return await use((server.address() as AddressInfo).port)
  } finally {
    server.close()
  }
}

describe('the adapter for node:http', () => {
  test('tells the handler who is asking, as current() does', async () => {
    const jwt = new JwtManager({ secretKey, userLookup: (_header, { sub }) => ({ name: sub }) })
    const handler = jwt.required((_request, response, context) => {
      response.end(JSON.stringify({ same: context === jwt.current(), user: context.user }))
    })
    const token = await jwt.createAccessToken('alice')
    const reply = await withServer(
      (request, response) => void handler(request, response),
      port => sendRaw(port, { headers: [['Authorization', `Bearer ${token}`]] }),
    )
    expect(JSON.parse(reply.text)).toEqual({ same: true, user: { name: 'alice' } })
  })

  test('hands a refusal to its caller where it is told to', async () => {
    const jwt = new JwtManager({ secretKey, errors: 'throw' })
    const handler = jwt.required(() => expect.unreachable())
    const reply = await withServer(
      (request, response) => {
        handler(request, response).catch((error: unknown) => {
          if (error instanceof JwtError) refuse(response, error)
        })
      },
      port => sendRaw(port, {}),
    )
    expect([reply.status, reply.headers['www-authenticate'], reply.headers['content-type']]).toEqual([
      401,
      'Bearer',
      'application/json',
    ])
    expect(JSON.parse(reply.text)).toEqual({ msg: 'Missing Authorization Header', code: 'token_missing' })
  })

  test('says once that the body is not parsed where it is needed', async () => {
    const warnings: string[] = []
    const jwt = new JwtManager({ secretKey, tokenLocation: 'json', warn: message => warnings.push(message) })
    const handler = jwt.required(() => expect.unreachable())
    const json = [['Content-Type', 'application/json']] as const
    await withServer(
      (request, response) => void handler(request, response),
      async port => {
        const empty = [...json, ['Content-Length', '0']] as const
        expect((await sendRaw(port, { method: 'POST', headers: empty })).status).toBe(401)
        expect(warnings).toEqual([])
        expect((await sendRaw(port, { method: 'POST', headers: json, body: '{}' })).status).toBe(401)
        expect((await sendRaw(port, { method: 'POST', headers: json, body: '{}' })).status).toBe(401)
      },
    )
    expect(warnings).toEqual([expect.stringContaining('request.body is undefined')])
  })

  test('writes nothing of a refusal that is no JSON, so that the caller can answer', async () => {
    const jwt = new JwtManager({ secretKey, onUnauthorized: () => ({ status: 401, json: { amount: 1n } }) })
    const handler = jwt.required(() => expect.unreachable())
    const failures: unknown[] = []
    const reply = await withServer(
      (request, response) => {
        handler(request, response).catch((error: unknown) => {
          failures.push(error, response.headersSent)
          response.writeHead(500).end('own')
        })
      },
      port => sendRaw(port, {}),
    )
    expect([reply.status, reply.text]).toEqual([500, 'own'])
    expect(failures).toEqual([expect.any(TypeError), false])
  })

  test('refuses wrong requirements when the route is made', () => {
    const jwt = new JwtManager({ secretKey })
    expect(() => jwt.required(() => {}, { freh: true } as object)).toThrow('did you mean fresh?')
  })
})

/** Asks a server for an upgrade, which ends as `authenticate` and `refuseUpgrade` say. */
async function askUpgrade(
  options: Partial<JwtOptions>,
  headersFor: (jwt: JwtManager) => Promise<Record<string, string>>,
  method = 'GET',
): Promise<{ status: number | undefined; challenge?: string | undefined; body?: unknown }> {
  const jwt = new JwtManager({ secretKey, ...options } as JwtOptions<never, object>)
  const server = createServer()
  server.on('upgrade', (request, socket) => {
    jwt.authenticate(request).then(
      () => socket.end('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n'),
      (error: JwtError) => refuseUpgrade(socket, error),
    )
  })
  await new Promise(resolve => server.listen(0, '127.0.0.1', () => resolve(undefined)))
  const { port } = server.address() as AddressInfo
  const headers = { Connection: 'Upgrade', Upgrade: 'websocket', ...(await headersFor(jwt)) }
  try {
    return await new Promise((resolve, reject) => {
      sendRequest({ host: '127.0.0.1', port, method, headers })
        .on('error', reject)
        .on('upgrade', (reply, socket) => {
          socket.destroy()
          resolve({ status: reply.statusCode })
        })
        .on('response', reply => {
          const challenge = reply.headers['www-authenticate']
          text(reply).then(body => resolve({ status: reply.statusCode, challenge, body: JSON.parse(body) }), reject)
        })
        .end()
    })
  } finally {
    server.close()
  }
}

describe('the upgrade to a WebSocket', () => {
  test('passes with a token', async () => {
    const headersFor = async (jwt: JwtManager): Promise<Record<string, string>> => ({
      Authorization: `Bearer ${await jwt.createAccessToken('alice')}`,
    })
    expect(await askUpgrade({}, headersFor)).toEqual({ status: 101 })
  })

  test('is refused as plain HTTP, with the challenge', async () => {
    expect(await askUpgrade({}, async () => ({}))).toEqual({
      status: 401,
      challenge: 'Bearer',
      body: { msg: 'Missing Authorization Header', code: 'token_missing' },
    })
  })

  test('is refused without a token where OPTIONS asks for it', async () => {
    expect(await askUpgrade({}, async () => ({}), 'OPTIONS')).toMatchObject({ status: 401 })
  })

  test('is refused to a page of another site', async () => {
    const options = { tokenLocation: 'cookies', cookies: { secure: false } } as const
    const cookieFor = async (jwt: JwtManager): Promise<Record<string, string>> => ({
      Cookie: `access_token_cookie=${await jwt.createAccessToken('alice')}`,
      Origin: 'https://attacker.example',
    })
    expect(await askUpgrade(options, cookieFor)).toMatchObject({ status: 403, body: { code: 'csrf_cross_site' } })
  })
})

test.each([
  ['TLS', new TLSSocket(new Socket()), 'https://example.com', 'cookies'],
  ['TLS', new TLSSocket(new Socket()), 'http://example.com', 'csrf_cross_site'],
  // A proxy may have ended TLS before.
  ['no TLS', new Socket(), 'https://example.com', 'cookies'],
  ['no TLS', new Socket(), 'http://example.com', 'cookies'],
])('over %s the own origin is told by the socket', async (_name, socket, origin, outcome) => {
  const jwt = new JwtManager({ secretKey, tokenLocation: 'cookies' })
  const request = new IncomingMessage(socket)
  const cookie = `access_token_cookie=${await jwt.createAccessToken('alice')}`
  const headers = { host: 'example.com', upgrade: 'websocket', origin, cookie }
  request.rawHeaders.push(...Object.entries(headers).flat())
  request.headersDistinct = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]]))
  const context = await jwt.authenticate(request).catch((error: JwtError) => error)
  expect('code' in context ? context.code : context.location).toBe(outcome)
})

async function writtenBy(error: JwtError): Promise<string[]> {
  let written = ''
  const socket = new Duplex({
    read() {},
    write(chunk, _encoding, done) {
      written += chunk
      done()
    },
  })
  refuseUpgrade(socket, error)
  await new Promise(resolve => socket.once('close', () => resolve(undefined)))
  return written.split('\r\n')
}

test('a refused upgrade has no body where its status has none', async () => {
  const error = new JwtError('token_missing', 'Missing', { status: 204, headers: {}, body: { msg: 'Missing' } })
  expect(await writtenBy(error)).toEqual(['HTTP/1.1 204 No Content', 'connection: close', '', ''])
})

test('a refused upgrade keeps to its lines, whatever a loader put into a header, and ends the connection', async () => {
  const headers = { 'x-user': 'ada\r\nset-cookie: session=1', 'x-name': 'Zo\u00eb' }
  const error = new JwtError('token_expired', 'Token has expired', { headers, body: { msg: 'ü' } })
  expect(await writtenBy(error)).toEqual([
    'HTTP/1.1 401 Unauthorized',
    'content-type: application/json',
    'x-user: ada??set-cookie: session=1',
    'x-name: Zo?',
    'content-length: 12',
    'connection: close',
    '',
    '{"msg":"ü"}',
  ])
})
