import type { IncomingMessage, ServerResponse } from 'node:http'
import type { TLSSocket } from 'node:tls'
import type { JwtRequest } from '../request/request.ts'

/** What of a request differs between the frameworks on `node:http`. */
export interface FrameworkParts {
  /** `https` or `http`, by the framework's own rules for proxies. */
  readonly protocol: string | undefined
  /** The parsed body, or undefined where there is none. */
  body(): unknown
}

/** A request of `node:http`, or of `node:http2` in the same shape, as the core sees it. */
export function nodeRequest(request: IncomingMessage, { protocol, body }: FrameworkParts): JwtRequest {
  return {
    method: request.method ?? 'GET',
    protocol,
    header: name => joinLines(request, name.toLowerCase()),
    query: name => readQuery(request.url ?? '', name),
    body,
  }
}

/** A request that no framework has touched: its protocol is that of the socket, its body what a parser put on it. */
export function bareRequest(request: IncomingMessage & { readonly body?: unknown }): JwtRequest {
  const isSecure = (request.socket as Partial<TLSSocket>).encrypted === true
  const protocol = isSecure ? 'https' : 'http'
  return nodeRequest(request, { protocol, body: () => request.body })
}

function joinLines(request: IncomingMessage, name: string): string | undefined {
  return readLines(request, name)?.join(name === 'cookie' ? '; ' : ', ')
}

// `headers` keeps the first Authorization line alone; here every line is seen.
function readLines(request: IncomingMessage, name: string): readonly string[] | undefined {
  // HTTP/2 has no headersDistinct.
  if (request.headersDistinct !== undefined) return request.headersDistinct[name]
  const lines = readRawLines(request, name)
  if (lines.length > 0) return lines
  // RFC 9113 section 8.3.1: there it takes the place of Host.
  return name === 'host' ? readRawLines(request, ':authority') : undefined
}

function readRawLines({ rawHeaders }: IncomingMessage, name: string): string[] {
  return rawHeaders.filter((_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === name)
}

/** Every value of a query parameter in a path or URL, decoded once. */
export function readQuery(url: string, name: string): string[] {
  const start = url.indexOf('?')
  return start === -1 ? [] : new URLSearchParams(url.slice(start)).getAll(name)
}

/** Whether a request came with a body, parsed or not. */
export function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
}

/** The `Set-Cookie` values which a response has so far. */
export function readSetCookies(response: ServerResponse): string[] {
  return [response.getHeader('set-cookie') ?? []].flat().map(String)
}
