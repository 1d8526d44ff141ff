import type { ExecutionContext } from '@nestjs/common'
import type { NestRequest } from './platform.ts'

/** Where the token of a call stands. */
export type GetRequest = (context: ExecutionContext) => NestRequest

/** What the context of a GraphQL operation may hold, depending on the driver. */
interface GraphqlContext {
  readonly req?: NestRequest
  readonly request?: NestRequest
  readonly reply?: { readonly request?: NestRequest }
}

/**
 * The request behind a call over HTTP, or of a GraphQL resolver.
 *
 * @throws TypeError for every other kind of call, with what to do
 */
export function getHttpRequest(context: ExecutionContext): NestRequest {
  const type = context.getType<string>()
  if (type === 'http') return context.switchToHttp().getRequest<NestRequest>()
  if (type !== 'graphql') throw unknownRequest(type)
  const { req, request, reply } = context.getArgByIndex<GraphqlContext | undefined>(2) ?? {}
  const found = req ?? request ?? reply?.request
  if (found !== undefined) return found
  throw new TypeError('JwtGuard finds no request in the GraphQL context: let its `context` function return { req }')
}

/** @throws TypeError at a value that is no request, with what to do */
export function checkRequest(request: NestRequest, type: string): NestRequest {
  if (isRequest(request)) return request
  throw new TypeError(
    `JwtGuard got for a call of type ${type} what is neither a request of Express, Fastify or node:http nor an object with method and header(name): ${remedy}`,
  )
}

const remedy =
  'set getRequest in JwtModule.forRoot(), or override getRequest(context) in a subclass, and return the request that has the token (for a WebSocket that of the upgrade)'

function unknownRequest(type: string): TypeError {
  return new TypeError(`JwtGuard does not know the request behind a call of type ${type}: ${remedy}`)
}

// By the same marks by which it is read.
function isRequest(value: unknown): boolean {
  if (!isObject(value)) return false
  if ('raw' in value) return isObject(value['raw']) && Array.isArray(value['raw']['rawHeaders'])
  if ('rawHeaders' in value) return Array.isArray(value['rawHeaders'])
  return typeof value['method'] === 'string' && typeof value['header'] === 'function'
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
