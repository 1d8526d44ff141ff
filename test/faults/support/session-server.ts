import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import express from 'express'
import { JwtManager } from 'jwt-extended/express'
import type { Store } from 'jwt-extended/stores'
import { secretKey } from '../../request/support.ts'

export interface SessionServer {
  readonly url: string
  close(): Promise<unknown>
}

/** An Express server with the routes of an application that keeps sessions. */
export async function serveSessions(
  store: Store,
  options: { readonly onStoreError?: 'reject' | 'accept' } = {},
): Promise<SessionServer> {
  const jwt = new JwtManager({ secretKey, store, warn: () => {}, ...options })
  const app = express()
  // Otherwise Express prints each error.
  app.set('env', 'test')
  app.post('/login/:user', async (req, res) => {
    res.json((await jwt.sessions.create(req.params.user, { device: req })).toJSON())
  })
  app.get('/protected', jwt.required(), (_req, res) => {
    res.json({ user: jwt.current().identity })
  })
  app.post('/refresh', jwt.handlers.refresh)
  app.post('/logout', jwt.handlers.logout)
  app.post('/logout-everywhere', jwt.handlers.logoutEverywhere)
  app.get('/sessions', jwt.handlers.sessions)
  const server = app.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

export interface Reply {
  readonly status: number
  readonly retryAfter: string | null
  readonly body: Readonly<Record<string, unknown>>
  /** How long it took. */
  readonly ms: number
}

/** A request, with a token where one is given. */
export async function send({ url }: SessionServer, request: string, token?: string): Promise<Reply> {
  const [method = '', path = ''] = request.split(' ')
  const start = performance.now()
  const response = await fetch(url + path, {
    method,
    ...(token !== undefined && { headers: { authorization: `Bearer ${token}` } }),
  })
  const text = await response.text()
  const isJson = response.headers.get('content-type')?.includes('json') === true
  const ms = performance.now() - start
  return {
    status: response.status,
    retryAfter: response.headers.get('retry-after'),
    body: isJson ? JSON.parse(text) : {},
    ms,
  }
}
