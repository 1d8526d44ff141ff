import { once } from 'node:events'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { JwtManager } from 'jwt-extended'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { testSecret } from '../../src/testing/contract/application.ts'
import { ApiClient, bearer, type Headers } from './api-client.ts'
import { type RunningExample, startExample } from './run-example.ts'

let example: RunningExample
let api: ApiClient

beforeAll(async () => {
  example = await startExample('websocket', { JWT_SECRET_KEY: testSecret })
  api = new ApiClient(example.origin)
}, 60_000)

afterAll(() => example.stop())

function open(query = '', headers: Headers = {}, path = '/socket'): WebSocket {
  return new WebSocket(`${example.origin.replace('http:', 'ws:')}${path}${query}`, { headers })
}

/** What a socket answers to `hello`, and then closes it. */
async function greet(socket: WebSocket): Promise<unknown> {
  await once(socket, 'open')
  socket.send('hello')
  const [data] = await once(socket, 'message')
  socket.close()
  return JSON.parse(String(data))
}

/** The plain HTTP answer to an upgrade that is refused. */
function refusalOf(socket: WebSocket): Promise<{ status: number; challenge: unknown; code: unknown }> {
  return new Promise((resolve, reject) => {
    socket.on('open', () => reject(new Error('the socket was opened')))
    socket.on('unexpected-response', (_request, response) => {
      const { statusCode: status = 0, headers } = response
      text(response).then(
        body => resolve({ status, challenge: headers['www-authenticate'] ?? null, code: readCode(body) }),
        reject,
      )
    })
    socket.on('error', () => {})
  })
}

function readCode(body: string): unknown {
  return body.startsWith('{') ? JSON.parse(body).code : body
}

async function buyTicket(headers: Headers): Promise<string> {
  const { body } = await api.post('/ticket', headers)
  return String(body['ticket'])
}

const greeting = { from: 'test', text: 'hello' }

describe('a socket', () => {
  test('opens with a token in the header', async () => {
    const { access } = await api.logIn()
    expect(await greet(open('', bearer(access)))).toEqual(greeting)
  })

  test('is refused without a token and with a wrong one, before the handshake', async () => {
    expect(await refusalOf(open())).toEqual({ status: 401, challenge: 'Bearer', code: 'token_missing' })
    const { refresh } = await api.logIn()
    expect(await refusalOf(open('', bearer(refresh)))).toEqual({
      status: 401,
      challenge: expect.stringContaining('error="invalid_token"'),
      code: 'token_wrong_type',
    })
  })

  test('opens with the cookie, for pages of this server alone', async () => {
    const { headers } = await api.logInByCookies()
    expect(await greet(open('', { ...headers, Origin: example.origin }))).toEqual(greeting)
    for (const origin of ['https://attacker.example', 'null', `${example.origin}0`]) {
      const refusal = await refusalOf(open('', { ...headers, Origin: origin }))
      expect(refusal).toMatchObject({ status: 403, code: 'csrf_cross_site' })
    }
  })

  test('is no way around the path', async () => {
    const { access } = await api.logIn()
    expect(await refusalOf(open('', bearer(access), '/other'))).toMatchObject({ status: 400 })
  })

  test('answers the next one when clients go away while their tokens are checked', async () => {
    const { access } = await api.logIn()
    const lines = ['GET /socket HTTP/1.1', 'Host: a', 'Connection: Upgrade', 'Upgrade: websocket', '', '']
    // Many, for each has to be gone at the right moment.
    const leaving = Array.from({ length: 50 }, async () => {
      const client = connect(Number(new URL(example.origin).port), '127.0.0.1')
      client.on('error', () => {})
      client.write(lines.join('\r\n'), () => client.resetAndDestroy())
      await once(client, 'close')
    })
    await Promise.all(leaving)
    expect(await greet(open('', bearer(access)))).toEqual(greeting)
  })

  test('closes when it sends what is no frame, and the server goes on', async () => {
    const { access } = await api.logIn()
    const socket = open('', bearer(access))
    socket.on('error', () => {})
    const [response] = await once(socket, 'upgrade')
    response.socket.write(Buffer.alloc(16, 0xff))
    expect((await once(socket, 'close'))[0]).toBe(1002)
    expect(await greet(open('', bearer(access)))).toEqual(greeting)
  })
})

describe('a ticket', () => {
  test('opens one socket', async () => {
    const ticket = await buyTicket(bearer((await api.logIn()).access))
    expect(await greet(open(`?ticket=${ticket}`))).toEqual(greeting)
    expect(await refusalOf(open(`?ticket=${ticket}`))).toMatchObject({ status: 401, code: 'token_revoked' })
  })

  test('opens one socket, too, when two ask for it at once', async () => {
    const ticket = await buyTicket(bearer((await api.logIn()).access))
    const outcomes = await Promise.allSettled([1, 2, 3].map(() => greet(open(`?ticket=${ticket}`))))
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  })

  test('opens nothing else, and nothing else is one', async () => {
    const { access } = await api.logIn()
    const ticket = await buyTicket(bearer(access))
    expect((await api.get('/protected', bearer(ticket))).body['code']).toBe('token_invalid')
    expect(await refusalOf(open('', bearer(ticket)))).toMatchObject({ status: 401, code: 'token_invalid' })
    expect(await refusalOf(open(`?ticket=${access}`))).toMatchObject({ status: 401, code: 'token_invalid' })
    expect(await refusalOf(open(`?jwt=${access}`))).toMatchObject({ status: 401, code: 'token_missing' })
  })

  test('of somebody who has logged out is worth nothing', async () => {
    const { access } = await api.logIn()
    const ticket = await buyTicket(bearer(access))
    await api.post('/logout', bearer(access))
    expect(await refusalOf(open(`?ticket=${ticket}`))).toMatchObject({ status: 401, code: 'token_revoked' })
  })
})

describe('an open socket', () => {
  // Made here, for those of the example live for a quarter of an hour.
  const issuer = new JwtManager({ secretKey: testSecret, encodeAudience: 'api', tokenLocation: ['headers', 'cookies'] })

  test('is closed when its token expires', { timeout: 20_000 }, async () => {
    const token = await issuer.createAccessToken('test', { expiresIn: 2 })
    const socket = open('', bearer(token))
    const closed = once(socket, 'close')
    await once(socket, 'open')
    const [code, reason] = await closed
    expect([code, String(reason)]).toEqual([4401, 'Token has expired'])
    expect(await refusalOf(open('', bearer(token)))).toMatchObject({ status: 401, code: 'token_expired' })
  })

  test('is closed when the token behind its ticket expires', { timeout: 20_000 }, async () => {
    const token = await issuer.createAccessToken('test', { expiresIn: 2 })
    const socket = open(`?ticket=${await buyTicket(bearer(token))}`)
    const [code] = await once(socket, 'close')
    expect(code).toBe(4401)
  })

  test('stays open with a token that never expires', async () => {
    const token = await issuer.createAccessToken('test', { expiresIn: false })
    expect(await greet(open('', bearer(token)))).toEqual(greeting)
  })

  test.each(['token', 'ticket'])('is closed when its user has logged out (by %s)', async way => {
    const { access } = await api.logIn()
    const socket = way === 'token' ? open('', bearer(access)) : open(`?ticket=${await buyTicket(bearer(access))}`)
    await once(socket, 'open')
    await api.post('/logout', bearer(access))
    socket.send('hello')
    const [code, reason] = await once(socket, 'close')
    expect([code, String(reason)]).toEqual([4401, 'Token has been revoked'])
  })
})
