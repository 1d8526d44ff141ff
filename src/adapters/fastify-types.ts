import type { ServerResponse } from 'node:http'
import type { Register, RegisteredRequestContext } from '../context.ts'
import type { Requirements } from '../request/requirements.ts'
import type { TokenPair } from '../sessions/token-pair.ts'
import type { SetCookiesOptions, UnsetCookiesOptions } from '../tokens/cookies.ts'
import type { JwtManager } from './fastify.ts'
import type { NodeMessage } from './node.ts'

/** The type of the registered manager, or the general one. */
export type RegisteredManager = Register extends { jwt: infer Manager } ? Manager : JwtManager<unknown>

declare module 'fastify' {
  interface FastifyInstance {
    /** The manager whose plugin is registered. */
    jwt: RegisteredManager
  }
  interface FastifyRequest {
    /** Who is asking: on protected routes alone, and null elsewhere. Typed by `Register`. */
    jwt: RegisteredRequestContext<null>
  }
  interface FastifyReply {
    /** Puts an access token, and its CSRF value, into cookies of the response. */
    setAccessCookies(token: string, options?: SetCookiesOptions): Promise<void>
    /** Puts a refresh token, and its CSRF value, into cookies of the response. */
    setRefreshCookies(token: string, options?: SetCookiesOptions): Promise<void>
    /** Puts both tokens of a session, and their CSRF values, into cookies of the response. */
    setJwtCookies(pair: TokenPair, options?: SetCookiesOptions): Promise<void>
    /** Removes the access cookies. */
    unsetAccessCookies(options?: UnsetCookiesOptions): void
    /** Removes the refresh cookies. */
    unsetRefreshCookies(options?: UnsetCookiesOptions): void
    /** Removes the access and the refresh cookies. */
    unsetJwtCookies(options?: UnsetCookiesOptions): void
  }
  interface FastifyContextConfig {
    /** Protects the route: `true`, or what it asks of a request. */
    jwt?: true | Requirements
  }
}

/** What is needed of a `FastifyRequest`, whatever its server (HTTP/1, HTTP/2) and its types of body and query. */
export interface GuardedRequest {
  readonly raw: NodeMessage & {
    readonly headers: NodeJS.Dict<string | string[]>
    readonly readableDidRead: boolean
  }
  readonly protocol: string
  readonly ip: string
  readonly body: unknown
  jwt: RegisteredRequestContext<null>
}

/** Where cookies are put: a `FastifyReply` fits. */
export interface CookieTarget {
  header(name: 'set-cookie', values: string[]): unknown
}

/** What is needed of a `FastifyReply`, whatever its server. */
export interface GuardedReply extends CookieTarget {
  readonly raw: Pick<ServerResponse, 'getHeader'> & { appendHeader(name: string, values: string[]): unknown }
  readonly sent: boolean
  code(status: number): unknown
  headers(values: Record<string, string>): unknown
  type(mediaType: string): unknown
  send(payload?: string): unknown
}

/** A handler of a route. */
export type JwtHandler = (request: GuardedRequest, reply: GuardedReply) => Promise<unknown>

/** A hook of Fastify: good as `onRequest`, `preValidation` and `preHandler`. */
export type JwtHook = (request: GuardedRequest, reply: GuardedReply, done: (error?: Error) => void) => void
