import type { AddressInfo } from 'node:net'
import { serve } from '@hono/node-server'
import type { RunningApplication } from 'jwt-extended/testing'

/** Serves a handler from `Request` to `Response` on a free port of 127.0.0.1. */
export function serveFetch(fetch: (request: Request) => Response | Promise<Response>): Promise<RunningApplication> {
  return new Promise(resolve => {
    const server = serve({ fetch, port: 0, hostname: '127.0.0.1' }, ({ port }: AddressInfo) =>
      resolve({ port, close: () => new Promise(done => server.close(() => done())) }),
    )
  })
}
