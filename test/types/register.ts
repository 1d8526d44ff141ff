import type { Request } from 'express'
import { JwtManager } from 'jwt-extended/express'
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
