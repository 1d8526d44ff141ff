import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import express, { type Request, type Response } from 'express'
import { JwtError, JwtManager, refuse } from 'jwt-extended/http'
import { type AdapterHarness, bindTools, type ContractRoute } from 'jwt-extended/testing'
import multer from 'multer'

type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<void>
type ParsedRequest = IncomingMessage & { body?: unknown }

// The parsers of Express are functions on requests of `node:http`.
const parsers = [
  express.json({ strict: false, type: ['application/json', 'application/*+json'] }),
  express.urlencoded(),
  multer().none(),
]

/** A server of `node:http` has no framework around it: here a table of paths and a catch are one. */
export const httpHarness: AdapterHarness = {
  name: 'node:http',
  readsBodyOfGet: true,
  async start(options, routes, ready = []) {
    const jwt = new JwtManager(options)
    const protect = ({ requirements, handle }: ContractRoute): Handler => {
      const open = async (request: ParsedRequest, response: ServerResponse): Promise<void> => {
        const own = {
          appendHeader: (name: string, value: string) => void response.appendHeader(name, value),
          readJson: () => request.body,
        }
        sendJson(response, 200, await handle(bindTools(jwt, { request, target: response }, own)))
      }
      return requirements === undefined ? open : jwt.required(open, requirements)
    }
    const handlers = new Map(routes.map(route => [route.path, protect(route)]))
    for (const { path, handler } of ready) handlers.set(path, jwt.handlers[handler])
    return listen(async (request, response) => {
      await parseBody(request, response)
      const handler = handlers.get(new URL(request.url ?? '/', 'http://127.0.0.1').pathname)
      if (handler === undefined) return sendJson(response, 404, null)
      await handler(request, response).catch((error: unknown) => {
        if (!(error instanceof JwtError)) return sendJson(response, 500, null)
        return options.errors === 'throw'
          ? sendJson(response, error.status, { thrown: error.code })
          : refuse(response, error)
      })
    })
  },
}

/** A body that cannot be parsed is no body. */
async function parseBody(request: IncomingMessage, response: ServerResponse): Promise<void> {
  for (const parse of parsers)
    await new Promise<void>(resolve => parse(request as Request, response as Response, () => resolve()))
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

function listen(handler: Handler): ReturnType<AdapterHarness['start']> {
  return new Promise(resolve => {
    const server = createServer((request, response) => void handler(request, response))
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      resolve({ port, close: () => new Promise(done => server.close(() => done())) })
    })
  })
}
