import type { IncomingMessage } from 'node:http'
import type { TLSSocket } from 'node:tls'
import type { JwtRequest } from '../request/request.ts'

/** What of a request differs between the frameworks on `node:http`. */
interface FrameworkParts {
  readonly protocol: string | undefined
  body(): unknown
}

/** A request of `node:http` as the core sees it. */
export function nodeRequest(request: IncomingMessage, { protocol, body }: FrameworkParts): JwtRequest {
  return {
    method: request.method ?? 'GET',
    protocol,
    // `headers` keeps the first Authorization line alone; here every line is seen.
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

/** Whether a body came with a request, parsed or not. */
export function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
}

function joinLines({ headersDistinct }: IncomingMessage, name: string): string | undefined {
  return headersDistinct[name]?.join(name === 'cookie' ? '; ' : ', ')
}

/** Every value of a query parameter in a path or URL, decoded once. */
export function readQuery(url: string, name: string): string[] {
  const start = url.indexOf('?')
  return start === -1 ? [] : new URLSearchParams(url.slice(start)).getAll(name)
}
