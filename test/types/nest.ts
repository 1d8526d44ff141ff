import type { ExecutionContext } from '@nestjs/common'
import type { AnonymousContext, JwtContext } from 'jwt-extended'
import { CurrentJwt, getJwtContext, JwtManager, JwtModule, JwtRequired } from 'jwt-extended/nest'
import { expectTypeOf } from 'vitest'
import { z } from 'zod'

const secretKey = 'only the types matter here'
interface User {
  readonly id: number
}

class Users {
  find(id: string | undefined): Promise<User | undefined> {
    return Promise.resolve(id === undefined ? undefined : { id: Number(id) })
  }
}

// The claims that a loader sees have the types of the schema, whichever of the two stands first.
JwtModule.forRoot({
  secretKey,
  claimsSchema: z.object({ role: z.literal('admin') }),
  userLookup: (_header, claims) => {
    expectTypeOf(claims.role).toEqualTypeOf<'admin'>()
    return { id: 1 }
  },
})
JwtModule.forRoot({
  secretKey,
  userLookup: (_header, claims) => {
    expectTypeOf(claims.role).toEqualTypeOf<'admin'>()
    return { id: 1 }
  },
  claimsSchema: z.object({ role: z.literal('admin') }),
})

// So they have in a factory, in both orders.
JwtModule.forRootAsync({
  useFactory: () => ({
    secretKey,
    claimsSchema: z.object({ role: z.literal('admin') }),
    userLookup: (_header, claims) => {
      expectTypeOf(claims.role).toEqualTypeOf<'admin'>()
      return { id: 1 }
    },
  }),
})
JwtModule.forRootAsync({
  inject: [Users],
  useFactory: async (users: Users) => ({
    secretKey,
    userLookup: (_header, claims) => {
      expectTypeOf(claims.role).toEqualTypeOf<'admin'>()
      return users.find(claims.sub)
    },
    claimsSchema: z.object({ role: z.literal('admin') }),
  }),
})

// Loaders that need repositories get them from the factory.
JwtModule.forRootAsync({
  inject: [Users],
  useFactory: (users: Users) => ({ secretKey, userLookup: (_header, { sub }) => users.find(sub) }),
})

// An injected manager is written with the types of its user and its claims.
declare const jwt: JwtManager<User, { readonly role: 'admin' }>
expectTypeOf(jwt.current().user).toEqualTypeOf<User>()
expectTypeOf(jwt.current().claims.role).toEqualTypeOf<'admin'>()
expectTypeOf(jwt.current({ optional: true }).user).toEqualTypeOf<User | undefined>()

declare const execution: ExecutionContext
expectTypeOf(getJwtContext(execution)).toEqualTypeOf<JwtContext | AnonymousContext | undefined>()

// Mistakes are compile errors.
// @ts-expect-error: misspelt option
JwtModule.forRoot({ secretkey: 'x' })
// @ts-expect-error: misspelt option of a factory
JwtModule.forRootAsync({ useFactory: () => ({ secretkey: 'x' }) })
// @ts-expect-error: misspelt requirement
JwtRequired({ fesh: true })

export class AccountController {
  @JwtRequired({ fresh: true })
  show(@CurrentJwt() { user, claims }: JwtContext<User, { readonly role: 'admin' }>): string {
    return `${user.id} ${claims.role}`
  }
}

new JwtManager({ secretKey, userLookup: () => ({ id: 1 }) })
