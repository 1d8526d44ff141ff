import type { ServerResponse } from 'node:http'
import type { RegisteredContext } from '../context.ts'
import type { NodeMessage } from './node.ts'

/** What is needed of a `FastifyRequest`, whatever its server (HTTP/1, HTTP/2) and its types of body and query. */
export interface GuardedRequest {
  readonly raw: NodeMessage & {
    readonly headers: NodeJS.Dict<string | string[]>
    readonly readableDidRead: boolean
  }
  readonly protocol: string
  readonly body: unknown
  jwt: RegisteredContext
}

/** Where cookies are put: a `FastifyReply` fits. */
export interface CookieTarget {
  header(name: 'set-cookie', values: string[]): unknown
}

/** What is needed of a `FastifyReply`, whatever its server. */
export interface GuardedReply extends CookieTarget {
  readonly raw: Pick<ServerResponse, 'getHeader'> & { appendHeader(name: string, values: string[]): unknown }
  code(status: number): unknown
  headers(values: Record<string, string>): unknown
  type(mediaType: string): unknown
  send(payload?: string): unknown
}

/** A hook of Fastify: good as `onRequest`, `preValidation` and `preHandler`. */
export type JwtHook = (request: GuardedRequest, reply: GuardedReply, done: (error?: Error) => void) => void
