import { createServer, request as sendRequest } from 'node:http'
import express, { type ErrorRequestHandler, type RequestHandler } from 'express'
import { JwtManager } from 'jwt-extended/express'
import { describe, expect, test } from 'vitest'
import { sendRaw } from '../../src/testing/http-client.ts'
import { secretKey } from '../request/support.ts'

type Handler = RequestHandler | ErrorRequestHandler
type Header = [string, string]

async function ask(handlers: readonly Handler[], headers: Header[] = [], body?: string): ReturnType<typeof sendRaw> {
  const app = express()
  for (const handler of handlers) app.use(handler as RequestHandler)
  const server = app.listen(0, '127.0.0.1')
  await new Promise(resolve => server.once('listening', () => resolve(undefined)))
  try {
    const { port } = server.address() as { port: number }
    return await sendRaw(port, { method: 'POST', headers, body })
  } finally {
    server.close()
  }
}

describe('the adapter for Express', () => {
  test('puts the context on the request', async () => {
    const jwt = new JwtManager({ secretKey })
    const tell: RequestHandler = (req, res) => {
      res.json({ same: req.jwt === jwt.current(), identity: req.jwt.identity })
    }
    const reply = await ask(
      [jwt.required(), tell],
      [['Authorization', `Bearer ${await jwt.createAccessToken('alice')}`]],
    )
    expect(JSON.parse(reply.text)).toEqual({ same: true, identity: 'alice' })
  })

  test('says once that the body is not parsed where it is needed', async () => {
    const warnings: string[] = []
    const jwt = new JwtManager({ secretKey, tokenLocation: 'json', warn: message => warnings.push(message) })
    const json: Header = ['Content-Type', 'application/json']
    const body = JSON.stringify({ access_token: await jwt.createAccessToken('alice') })
    expect((await ask([jwt.required()], [json], body)).status).toBe(401)
    expect((await ask([jwt.required()], [json], body)).status).toBe(401)
    expect(warnings).toEqual([expect.stringContaining('mount express.json()')])
    expect((await ask([jwt.required()], [json])).status).toBe(401)
    expect((await ask([express.json(), jwt.required()], [json], body)).status).toBe(404)
    expect(warnings).toHaveLength(1)
  })

  test('has an error handler that answers whatever the manager throws elsewhere', async () => {
    const jwt = new JwtManager({ secretKey, errors: 'throw' })
    const reply = await ask([jwt.required(), jwt.errorHandler()])
    const body = { msg: 'Missing Authorization Header', code: 'token_missing' }
    expect([reply.status, JSON.parse(reply.text)]).toEqual([401, body])
  })

  test('leaves status and challenge to the error handling of Express where nothing else answers', async () => {
    const jwt = new JwtManager({ secretKey, errors: 'throw' })
    const reply = await ask([jwt.required()])
    expect([reply.status, reply.headers['www-authenticate']]).toEqual([401, 'Bearer'])
  })

  test('authenticates the upgrade to a WebSocket, which Express never sees', async () => {
    const jwt = new JwtManager({ secretKey })
    const server = createServer(express())
    const seen = new Promise(resolve => {
      server.on('upgrade', (request, socket) => {
        socket.end()
        resolve(jwt.authenticate(request))
      })
    })
    await new Promise(resolve => server.listen(0, '127.0.0.1', () => resolve(undefined)))
    const { port } = server.address() as { port: number }
    const token = await jwt.createAccessToken('alice')
    const headers = { Connection: 'Upgrade', Upgrade: 'websocket', Authorization: `Bearer ${token}` }
    sendRequest({ host: '127.0.0.1', port, headers })
      .on('error', () => {})
      .end()
    await expect(seen).resolves.toMatchObject({ identity: 'alice', location: 'headers' })
    server.close()
  })

  test('needs a key to verify with as soon as a route is protected', () => {
    const jwt = new JwtManager({ encodeKey: () => undefined })
    expect(() => jwt.required()).toThrow('required() needs a key to verify with')
    expect(() => new JwtManager({ decodeKey: () => undefined }).required()).not.toThrow()
  })
})
