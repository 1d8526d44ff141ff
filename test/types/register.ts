import type { Request } from 'express'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { JwtManager } from 'jwt-extended/express'
import type {} from 'jwt-extended/fastify'
import { expectTypeOf } from 'vitest'

const jwt = new JwtManager({
  secretKey: 'only the types matter here',
  userLookup: async () => ({ id: 1 }),
  additionalClaims: () => ({ role: 'admin' as const }),
})

declare module 'jwt-extended' {
  interface Register {
    jwt: typeof jwt
  }
}

// Said once by an application, the global request type of Express knows its manager.
export function handle(req: Request): void {
  expectTypeOf(req.jwt.user).toEqualTypeOf<{ id: number }>()
  expectTypeOf(req.jwt.claims.role).toEqualTypeOf<'admin'>()
  expectTypeOf(req.jwt.identity).toEqualTypeOf<string>()
}

// So do those of Fastify.
export function handleFastify(request: FastifyRequest, app: FastifyInstance): void {
  expectTypeOf(request.jwt.user).toEqualTypeOf<{ id: number }>()
  expectTypeOf(request.jwt.claims.role).toEqualTypeOf<'admin'>()
  expectTypeOf(app.jwt).toEqualTypeOf<typeof jwt>()
}
