import type { Request } from 'express'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { JwtManager } from 'jwt-extended/express'
import type {} from 'jwt-extended/fastify'
import { CurrentJwt, CurrentUser, JwtRequired, type RegisteredContext } from 'jwt-extended/nest'
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

// A parameter decorator of Nest has no type of its own: what is written there is that of the manager.
export class AccountController {
  @JwtRequired()
  show(@CurrentJwt() jwt: RegisteredContext, @CurrentUser() user: RegisteredContext['user']): void {
    expectTypeOf(jwt.user).toEqualTypeOf<{ id: number }>()
    expectTypeOf(jwt.claims.role).toEqualTypeOf<'admin'>()
    expectTypeOf(jwt.identity).toEqualTypeOf<string>()
    expectTypeOf(user).toEqualTypeOf<{ id: number }>()
    // @ts-expect-error: no such role
    expectTypeOf(jwt.claims.role).toEqualTypeOf<'guest'>()
  }
}
