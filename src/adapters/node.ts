import type { IncomingMessage, ServerResponse } from 'node:http'
import type { TLSSocket } from 'node:tls'
import { bodilessStatuses, type JwtAnswer } from '../errors.ts'
import { isForm } from '../request/media-type.ts'
import type { JwtRequest } from '../request/request.ts'
import { readQuery } from './read-query.ts'

/** What of a request differs between the frameworks on `node:http`. */
export interface FrameworkParts {
  /** `https` or `http`, by the framework's own rules for proxies. */
  protocol(): string | undefined
  /** The address of the client, by the framework's own rules for proxies. */
  ip?(): string | undefined
  /** The parsed body, or undefined where there is none. */
  body(): unknown
}

/** What is read of a request itself: those of `node:http` and `node:http2` have it, and injected ones. */
export type NodeMessage = Pick<IncomingMessage, 'rawHeaders'> & {
  readonly method?: string | undefined
  readonly url?: string | undefined
}

/** A request of `node:http`, or of `node:http2` in the same shape, as the core sees it. */
export function nodeRequest(request: NodeMessage, parts: FrameworkParts): JwtRequest {
  return new NodeRequest(request, parts)
}

/** A request that no framework has touched: its protocol is that of the socket, its body what a parser put on it. */
export function bareRequest(
  request: IncomingMessage & { readonly body?: unknown },
  body: () => unknown = () => request.body,
): JwtRequest {
  return nodeRequest(request, {
    protocol: () => ((request.socket as Partial<TLSSocket>).encrypted === true ? 'https' : 'http'),
    ip: () => request.socket.remoteAddress,
    body,
  })
}

/** Reads what it is asked for, and no more: most requests are asked for one header. */
class NodeRequest implements JwtRequest {
  readonly #message: NodeMessage
  readonly #parts: FrameworkParts

  constructor(message: NodeMessage, parts: FrameworkParts) {
    this.#message = message
    this.#parts = parts
  }

  get method(): string {
    return this.#message.method ?? 'GET'
  }

  get protocol(): string | undefined {
    return this.#parts.protocol()
  }

  get ip(): string | undefined {
    return this.#parts.ip?.()
  }

  header(name: string): string | undefined {
    return joinLines(this.#message.rawHeaders, name.toLowerCase())
  }

  query(name: string): string[] {
    return readQuery(this.#message.url ?? '', name)
  }

  body(): unknown {
    return this.#parts.body()
  }
}

// `headers` keeps the first Authorization line alone, and HTTP/2 and injected requests have no `headersDistinct`.
function joinLines(rawHeaders: readonly string[], name: string): string | undefined {
  let joined: string | undefined
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const given = rawHeaders[index] ?? ''
    // Most names differ in their length: they need not be compared.
    if (given.length !== name.length || given.toLowerCase() !== name) continue
    const value = rawHeaders[index + 1] ?? ''
    joined = joined === undefined ? value : joined + (name === 'cookie' ? '; ' : ', ') + value
  }
  // What HTTP/2 has for `Host`.
  return joined === undefined && name === 'host' ? joinLines(rawHeaders, ':authority') : joined
}

/** The body as the core reads it: the form parsers of Fastify make objects of a class of their own. */
export function plainBody(request: JwtRequest, body: unknown): unknown {
  return isForm(request) ? { ...(body as object | undefined) } : body
}

/** Whether a request came with a body, parsed or not. */
export function hasBody({ headers }: Pick<IncomingMessage, 'headers'>): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
}

/** A body as a parser has left it. Where one has come and none is there, `warnOfUnparsed` is called. */
export function parsedBody(
  request: Pick<IncomingMessage, 'headers'>,
  body: unknown,
  warnOfUnparsed: () => void,
): unknown {
  if (body === undefined && hasBody(request)) warnOfUnparsed()
  return body
}

/** The `Set-Cookie` values which a response has so far. */
export function readSetCookies(response: Pick<ServerResponse, 'getHeader'>): string[] {
  return [response.getHeader('set-cookie') ?? []].flat().map(String)
}

/**
 * The body of an answer as JSON; undefined where its status has none. Made before anything is sent.
 *
 * @throws TypeError where the application's own answer is no JSON
 */
export function serializeBody({ status, body }: JwtAnswer): string | undefined {
  return bodilessStatuses.has(status) ? undefined : JSON.stringify(body)
}
