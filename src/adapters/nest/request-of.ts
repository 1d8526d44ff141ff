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

function unknownRequest(type: string): TypeError {
  return new TypeError(
    `JwtGuard does not know the request behind a call of type ${type}: set getRequest in JwtModule.forRoot(), or override getRequest(context) in a subclass, and return the request that has the token (for a WebSocket that of the upgrade)`,
  )
}
