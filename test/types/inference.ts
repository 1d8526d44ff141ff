import type { IncomingMessage } from 'node:http'
import { Hono } from 'hono'
import type { JwtManager as CoreJwtManager, JwtContext } from 'jwt-extended'
import { JwtManager } from 'jwt-extended'
import { JwtManager as ExpressJwtManager } from 'jwt-extended/express'
import { JwtManager as FetchJwtManager } from 'jwt-extended/fetch'
import { JwtManager as HonoJwtManager } from 'jwt-extended/hono'
import { JwtManager as HttpJwtManager } from 'jwt-extended/http'
import { fixedClock, testCredentials } from 'jwt-extended/testing'
import { expectTypeOf } from 'vitest'

interface User {
  readonly id: number
}

declare const findUser: (id: string | undefined) => Promise<User | undefined>

const secretKey = 'only the types matter here'

// A user comes from userLookup, synchronous or not, without undefined and null.
const withUser = new JwtManager({ secretKey, userLookup: (_header, { sub }) => findUser(sub) })
expectTypeOf(withUser.current().user).toEqualTypeOf<User>()
const withNullableUser = new JwtManager({ secretKey, userLookup: () => null as User | null })
expectTypeOf(withNullableUser.current().user).toEqualTypeOf<User>()

// Without userLookup there is no user to read.
const plain = new JwtManager({ secretKey })
expectTypeOf(plain.current().user).toEqualTypeOf<never>()
expectTypeOf(plain.current().identity).toEqualTypeOf<string>()
expectTypeOf(plain.current().claims.exp).toEqualTypeOf<number | undefined>()
expectTypeOf(plain.current().claims.type).toEqualTypeOf<string>()
expectTypeOf(plain.current().claims['anything']).toEqualTypeOf<unknown>()

// Additional claims are typed whichever of the two stands first.
const claimsFirst = new JwtManager({
  secretKey,
  additionalClaims: () => ({ role: 'admin' as const }),
  userLookup: async (_header, claims) => ({ id: 1, role: claims.role }),
})
expectTypeOf(claimsFirst.current().claims.role).toEqualTypeOf<'admin'>()
expectTypeOf(claimsFirst.current().user).toEqualTypeOf<{ id: number; role: 'admin' }>()
const userFirst = new JwtManager({
  secretKey,
  userLookup: async () => ({ id: 1 }),
  additionalClaims: async (identity: unknown) => ({ role: 'admin' as const, name: String(identity) }),
})
expectTypeOf(userFirst.current().claims.role).toEqualTypeOf<'admin'>()
expectTypeOf(userFirst.current().claims.name).toEqualTypeOf<string>()
expectTypeOf(userFirst.current().user).toEqualTypeOf<{ id: number }>()

// The identity that loaders get is the application's own type.
new JwtManager({
  secretKey,
  userIdentity: (user: User) => String(user.id),
  additionalClaims: (user: User) => ({ id: user.id }),
})

// Verified claims have the types of additionalClaims; what is not verified has none, and is no VerifiedJwt.
expectTypeOf((await claimsFirst.verifyToken('')).claims.role).toEqualTypeOf<'admin'>()
expectTypeOf(claimsFirst.decodeUnverified('').claims).toEqualTypeOf<Readonly<Record<string, unknown>>>()
// @ts-expect-error: unverified is not verified
export const trusted: Awaited<ReturnType<typeof plain.verifyToken>> = plain.decodeUnverified('')

// An optional route may be anonymous, and the type says so.
const request = { method: 'GET', header: () => undefined }
expectTypeOf((await withUser.authenticate(request)).user).toEqualTypeOf<User>()
expectTypeOf((await withUser.authenticate(request, { fresh: true })).identity).toEqualTypeOf<string>()
expectTypeOf((await withUser.authenticate(request, { optional: false })).identity).toEqualTypeOf<string>()
expectTypeOf((await withUser.authenticate(request, { optional: true })).user).toEqualTypeOf<User | undefined>()
expectTypeOf((await withUser.authenticate(request, { optional: 'lenient' })).identity).toEqualTypeOf<
  string | undefined
>()
expectTypeOf(withUser.current({ optional: true }).user).toEqualTypeOf<User | undefined>()
expectTypeOf(withUser.currentOrUndefined()?.identity).toEqualTypeOf<string | undefined>()

// Mistakes are compile errors.
// @ts-expect-error: misspelt option
new JwtManager({ secretkey: 'x' })
// @ts-expect-error: no such algorithm
new JwtManager({ secretKey, algorithm: 'none' })
// @ts-expect-error: no such location
new JwtManager({ secretKey, tokenLocation: 'header' })
// @ts-expect-error: an identity of undefined is a mistake
void plain.createAccessToken(undefined)
// @ts-expect-error: misspelt requirement
void plain.authenticate(request, { fesh: true })
// @ts-expect-error: a key comes from importKey
new JwtManager({ secretKey, decodeKey: () => 'a string' })

// Hono and fetch infer from the manager and the route.
const hono = new HonoJwtManager({
  secretKey,
  userLookup: () => ({ id: 1 }),
  additionalClaims: () => ({ role: 'admin' as const }),
})
new Hono()
  .get('/me', hono.required(), c => {
    expectTypeOf(c.var.jwt.user).toEqualTypeOf<{ id: number }>()
    expectTypeOf(c.var.jwt.claims.role).toEqualTypeOf<'admin'>()
    return c.json({})
  })
  .get('/maybe', hono.required({ optional: true }), c => {
    expectTypeOf(c.var.jwt.user).toEqualTypeOf<{ id: number } | undefined>()
    return c.json({})
  })
const fetching = new FetchJwtManager({ secretKey, userLookup: () => ({ id: 1 }) })
fetching.required((_request, jwt) => {
  expectTypeOf(jwt.user).toEqualTypeOf<{ id: number }>()
  return new Response()
})
fetching.required(
  (_request, jwt, params: { id: string }) => {
    expectTypeOf(jwt.identity).toEqualTypeOf<string | undefined>()
    return new Response(params.id)
  },
  { optional: true },
)
const bare = new HttpJwtManager({ secretKey, userLookup: () => ({ id: 1 }) })
bare.required((_request, _response, jwt) => {
  expectTypeOf(jwt.user).toEqualTypeOf<{ id: number }>()
})
bare.required(
  (_request, _response, jwt) => {
    expectTypeOf(jwt.identity).toEqualTypeOf<string | undefined>()
  },
  { optional: true },
)

// The upgrade to a WebSocket is a request of node:http, which Express' manager reads, too.
declare const upgrade: IncomingMessage
const expressing = new ExpressJwtManager({ secretKey, userLookup: () => ({ id: 1 }) })
expectTypeOf((await expressing.authenticate(upgrade)).user).toEqualTypeOf<{ id: number }>()
expectTypeOf((await bare.authenticate(upgrade)).user).toEqualTypeOf<{ id: number }>()

// Tests take any manager, and what they make fits where it is sent.
for (const manager of [plain, withUser, claimsFirst, hono, fetching]) testCredentials(manager)
expectTypeOf(testCredentials(hono).cookiesFor('ada')).resolves.toExtend<NonNullable<RequestInit['headers']>>()
new JwtManager({ secretKey, clock: fixedClock() })
// @ts-expect-error: misspelt option
void testCredentials(hono).headersFor('ada', { expird: true })
// @ts-expect-error: an identity of undefined is a mistake
void testCredentials(hono).tokenFor(undefined)
// @ts-expect-error: seconds or milliseconds?
fixedClock(1_800_000_000)

// The manager of an adapter is one of the core.
expectTypeOf(hono).toExtend<CoreJwtManager<{ id: number }, { role: 'admin' }, never>>()
export type Context = JwtContext<User>
