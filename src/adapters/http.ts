import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import type { JwtAnswer } from '../errors.ts'
import type { Awaitable } from '../internal/awaitable.ts'
import type { ContextFor } from '../manager.ts'
import type { JwtRequest } from '../request/request.ts'
import { anonymousContext } from '../request/request-context.ts'
import type { Requirements } from '../request/requirements.ts'
import { AdapterManager, type Respond } from './adapter-manager.ts'
import { beforeHeaders } from './before-headers.ts'
import { bareRequest, parsedBody, serializeBody } from './node.ts'

export * from '../index.ts'

/**
 * JWT authentication for servers of `node:http` without a framework, and for the upgrade to a WebSocket:
 * `authenticate(request)`. Tokens in a JSON body are found where a parser has left it as `request.body`.
 */
export class JwtManager<User = never, Extra extends object = object> extends AdapterManager<
  User,
  Extra,
  IncomingMessage,
  ServerResponse,
  (request: IncomingMessage, response: ServerResponse) => Promise<void>
> {
  /**
   * Protects a handler, which is told who is asking. An `OPTIONS` request reaches it unchecked, with an anonymous
   * context.
   *
   * @throws TypeError at requirements that are wrong
   */
  required<const Route extends Requirements = Record<never, never>>(
    handler: (
      request: IncomingMessage,
      response: ServerResponse,
      jwt: ContextFor<Route, User, Extra>,
    ) => Awaitable<void>,
    requirements?: Route,
  ): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
    const guard = this.guard(requirements ?? {})
    return async (request, response) =>
      guard<void>(request, {
        refuse: error => refuse(response, error),
        pass: passed => {
          if (passed === undefined)
            return handler(request, response, anonymousContext as ContextFor<Route, User, Extra>)
          if (passed.renewedCookies.length > 0)
            beforeHeaders(response, present => this.addRenewedCookies(response, passed.renewedCookies, present))
          const context = passed.context as ContextFor<Route, User, Extra>
          return this.runWith(passed.context, () => handler(request, response, context))
        },
      })
  }

  protected override toHandler(
    respond: Respond<IncomingMessage>,
  ): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
    return async (request, response) => {
      const { cookies, ...answer } = await respond(request)
      this.writeCookies(response, cookies)
      refuse(response, answer)
    }
  }

  protected override appendCookies(response: ServerResponse, cookies: readonly string[]): void {
    response.appendHeader('Set-Cookie', cookies)
  }

  protected override readRequest(request: IncomingMessage): JwtRequest {
    const readBody = (): unknown => (request as { readonly body?: unknown }).body
    return bareRequest(request, () => parsedBody(request, readBody(), () => this.warn(unparsedBody)))
  }
}

const unparsedBody = 'request.body is undefined: parse the body and put it there before required()'

/** Answers a request with a refusal: its status, its headers and its body. */
export function refuse(response: ServerResponse, error: JwtAnswer): void {
  const text = serializeBody(error)
  const type = text === undefined ? {} : { 'content-type': 'application/json' }
  response.writeHead(error.status, { ...type, ...error.headers }).end(text)
}

/**
 * Answers the upgrade to a WebSocket with a refusal, as plain HTTP before the handshake, and closes the connection. For
 * the `upgrade` event of a server of `node:http`, whatever framework answers its requests.
 */
export function refuseUpgrade(socket: Duplex, error: JwtAnswer): void {
  const { status, headers } = error
  const text = serializeBody(error)
  const fields = {
    ...(text !== undefined && { 'content-type': 'application/json' }),
    ...headers,
    ...(text !== undefined && { 'content-length': Buffer.byteLength(text) }),
    connection: 'close',
  }
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${toFieldValue(String(value))}`)
  // A client that never ends its side must not keep the connection.
  socket.once('finish', () => socket.destroy())
  socket.end(`${[`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`, ...lines].join('\r\n')}\r\n\r\n${text ?? ''}`)
}

/** Headers may come from a loader of the application: a line break in one must not start another. */
function toFieldValue(text: string): string {
  return text.replaceAll(/[^\t\x20-\x7e]/g, '?')
}
