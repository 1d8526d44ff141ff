import type { HttpAdapterHost } from '@nestjs/core'
import type { JwtManager } from './jwt-manager.ts'

type Hook = (request: unknown, response: unknown, next: () => void) => void

interface FastifyShape {
  addHook(name: 'preHandler', hook: Hook): unknown
}

/** Opens a scope around every request of an application, so that `current()` works in whatever runs behind a guard. */
export function openScopes(adapter: HttpAdapterHost['httpAdapter'], manager: JwtManager): void {
  const hook: Hook = (_request, _response, next) => manager.openScope(next)
  // In Fastify the body is read behind middleware, and what is called when it has come is in no scope.
  if (adapter.getType() === 'fastify') adapter.getInstance<FastifyShape>().addHook('preHandler', hook)
  else adapter.use(hook)
}
