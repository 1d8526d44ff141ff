import type { IncomingMessage, ServerResponse } from 'node:http'
import type { JwtRequest } from '../../request/request.ts'
import { nodeRequest, plainBody } from '../node.ts'

/** What the adapter needs of a `FastifyRequest`. */
interface FastifyRequestShape {
  readonly raw: IncomingMessage
  readonly protocol?: string
  readonly ip?: string
  readonly body?: unknown
}

/** What the adapter needs of a `FastifyReply`. */
interface FastifyReplyShape {
  readonly raw: ServerResponse
  header(name: string, value: string | string[]): unknown
  status(code: number): unknown
}

/** What an Express request has beyond one of `node:http`. */
interface ExpressParts {
  readonly protocol?: string
  readonly ip?: string
  readonly body?: unknown
}

/**
 * Where a token may be read: the request of Express or Fastify, one of `node:http` (such as the upgrade request of a
 * WebSocket), or a description of one, for transports that know no HTTP.
 */
export type NestRequest = IncomingMessage | FastifyRequestShape | JwtRequest

/** Where cookies go: the `Response` of Express or the `FastifyReply`, as `@Res({ passthrough: true })` gives it. */
export type NestResponse = ServerResponse | FastifyReplyShape

/** A request of any platform as the core sees it. */
export function readNestRequest(request: NestRequest): JwtRequest {
  if ('raw' in request) return readParts(request.raw, request)
  return 'rawHeaders' in request ? readParts(request, request as ExpressParts) : request
}

/** Adds `Set-Cookie` values to a response of any platform; those that it has stay. */
export function appendSetCookies(response: NestResponse, cookies: readonly string[]): void {
  // Fastify keeps headers of its own until it sends, and adds to this one name.
  if ('raw' in response) response.header('set-cookie', [...cookies])
  else response.appendHeader('Set-Cookie', cookies)
}

/** Sets status and headers of a response of any platform. */
export function writeHead(response: NestResponse, status: number, headers: Readonly<Record<string, string>>): void {
  if ('raw' in response) response.status(status)
  else response.statusCode = status
  writeHeaders(response, headers)
}

export function writeHeaders(response: NestResponse, headers: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(headers)) {
    if ('raw' in response) response.header(name, value)
    else response.setHeader(name, value)
  }
}

/** The response of `node:http` below the platform's own. */
export function rawResponse(response: NestResponse): ServerResponse {
  return 'raw' in response ? response.raw : response
}

function readParts(request: IncomingMessage, parts: ExpressParts): JwtRequest {
  const read: JwtRequest = nodeRequest(request, {
    protocol: () => parts.protocol,
    ip: () => parts.ip,
    body: () => plainBody(read, parts.body),
  })
  return read
}
