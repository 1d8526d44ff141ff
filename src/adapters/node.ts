import type { IncomingMessage } from 'node:http'
import type { JwtRequest } from '../request/request.ts'

/** What of a request differs between the frameworks on `node:http`. */
interface FrameworkParts {
  readonly protocol: string | undefined
  body(): unknown
}

/** What is read of a request itself: those of `node:http` and `node:http2` have it, and injected ones. */
export type NodeMessage = Pick<IncomingMessage, 'rawHeaders'> & {
  readonly method?: string | undefined
  readonly url?: string | undefined
}

/** A request of `node:http` as the core sees it. */
export function nodeRequest(request: NodeMessage, { protocol, body }: FrameworkParts): JwtRequest {
  return {
    method: request.method ?? 'GET',
    protocol,
    header: name => joinLines(request.rawHeaders, name.toLowerCase()),
    query: name => readQuery(request.url ?? '', name),
    body,
  }
}

/** Whether a request says that it has a body. */
export function hasBody({ headers }: Pick<IncomingMessage, 'headers'>): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
}

// `headers` keeps the first Authorization line alone, and HTTP/2 and injected requests have no `headersDistinct`.
function joinLines(rawHeaders: readonly string[], name: string): string | undefined {
  const lines = rawHeaders.filter((_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === name)
  if (lines.length > 0) return lines.join(name === 'cookie' ? '; ' : ', ')
  // What HTTP/2 has for `Host`.
  return name === 'host' ? joinLines(rawHeaders, ':authority') : undefined
}

/** Every value of a query parameter in a path or URL, decoded once. */
export function readQuery(url: string, name: string): string[] {
  const start = url.indexOf('?')
  return start === -1 ? [] : new URLSearchParams(url.slice(start)).getAll(name)
}
