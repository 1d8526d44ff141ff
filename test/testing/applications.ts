import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import { Hono } from 'hono'
import type { JwtOptions } from 'jwt-extended'
import { JwtManager as ExpressJwtManager } from 'jwt-extended/express'
import { JwtManager as FetchJwtManager } from 'jwt-extended/fetch'
import { JwtManager as HonoJwtManager } from 'jwt-extended/hono'
import { type TestCredentials, testCredentials } from 'jwt-extended/testing'

/** An application under test, and the credentials of its users. */
export interface TestedApplication extends TestCredentials {
  send(path: string, init?: RequestInit): Promise<Response>
  close(): Promise<void>
}

/**
 * The same application for each framework: `GET /me`, `POST /transfer`, `DELETE /account` with a fresh token,
 * `POST /refresh` with a refresh token. Each tells the identity.
 */
export const applications = { Express: startExpress, Hono: startHono, fetch: startFetch } satisfies Record<
  string,
  (options: JwtOptions) => Promise<TestedApplication>
>

async function startExpress(options: JwtOptions): Promise<TestedApplication> {
  const jwt = new ExpressJwtManager(options)
  const app = express()
  app.use(express.json())
  app.get('/me', jwt.required(), (req, res) => void res.json({ identity: req.jwt.identity }))
  app.post('/transfer', jwt.required(), (req, res) => void res.json({ identity: req.jwt.identity }))
  app.delete('/account', jwt.required({ fresh: true }), (req, res) => void res.json({ identity: req.jwt.identity }))
  app.post('/refresh', jwt.required({ refresh: true }), (req, res) => void res.json({ identity: req.jwt.identity }))
  const server: Server = app.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    ...testCredentials(jwt),
    send: (path, init) => fetch(`http://127.0.0.1:${port}${path}`, init),
    close: () => new Promise(resolve => server.close(() => resolve())),
  }
}

async function startHono(options: JwtOptions): Promise<TestedApplication> {
  const jwt = new HonoJwtManager(options)
  const app = new Hono()
    .get('/me', jwt.required(), c => c.json({ identity: c.var.jwt.identity }))
    .post('/transfer', jwt.required(), c => c.json({ identity: c.var.jwt.identity }))
    .delete('/account', jwt.required({ fresh: true }), c => c.json({ identity: c.var.jwt.identity }))
    .post('/refresh', jwt.required({ refresh: true }), c => c.json({ identity: c.var.jwt.identity }))
  return { ...testCredentials(jwt), send: async (path, init) => app.request(path, init), close: async () => {} }
}

async function startFetch(options: JwtOptions): Promise<TestedApplication> {
  const jwt = new FetchJwtManager(options)
  const tell = (_request: Request, { identity }: { readonly identity: string }): Response => Response.json({ identity })
  const handlers = new Map([
    ['GET /me', jwt.required(tell)],
    ['POST /transfer', jwt.required(tell)],
    ['DELETE /account', jwt.required(tell, { fresh: true })],
    ['POST /refresh', jwt.required(tell, { refresh: true })],
  ])
  const send = async (path: string, init?: RequestInit): Promise<Response> => {
    const request = new Request(`https://api.example.com${path}`, init)
    const handler = handlers.get(`${request.method} ${new URL(request.url).pathname}`)
    return handler === undefined ? new Response(null, { status: 404 }) : handler(request)
  }
  return { ...testCredentials(jwt), send, close: async () => {} }
}
