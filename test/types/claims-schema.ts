import { type } from 'arktype'
import { Hono } from 'hono'
import { JwtManager, type JwtOptions, type StandardSchema } from 'jwt-extended'
import { JwtManager as ExpressJwtManager } from 'jwt-extended/express'
import { JwtManager as FetchJwtManager } from 'jwt-extended/fetch'
import { flaskOptions } from 'jwt-extended/flask'
import { JwtManager as HonoJwtManager } from 'jwt-extended/hono'
import * as v from 'valibot'
import { expectTypeOf } from 'vitest'
import { z } from 'zod'

const secretKey = 'only the types matter here'
const request = { method: 'GET', header: () => undefined }

interface Account {
  readonly role: 'admin' | 'author'
}

// The claims have the types of what the schema puts out, whatever library it is of, and no loader is needed.
const ofZod = new JwtManager({ secretKey, claimsSchema: z.object({ role: z.enum(['admin', 'author']) }) })
expectTypeOf(ofZod.current().claims.role).toEqualTypeOf<'admin' | 'author'>()
expectTypeOf(ofZod.current().claims.sub).toEqualTypeOf<string | undefined>()
expectTypeOf(ofZod.current().claims['anything']).toEqualTypeOf<unknown>()
expectTypeOf(ofZod.current().user).toEqualTypeOf<never>()
expectTypeOf((await ofZod.verifyToken('')).claims.role).toEqualTypeOf<'admin' | 'author'>()
const ofValibot = new JwtManager({ secretKey, claimsSchema: v.object({ role: v.picklist(['admin', 'author']) }) })
expectTypeOf(ofValibot.current().claims.role).toEqualTypeOf<'admin' | 'author'>()
const ofArktype = new JwtManager({ secretKey, claimsSchema: type({ role: "'admin' | 'author'" }) })
expectTypeOf(ofArktype.current().claims.role).toEqualTypeOf<'admin' | 'author'>()
const strict = new JwtManager({ secretKey, claimsSchema: z.strictObject({ role: z.string() }) })
expectTypeOf(strict.current().claims.role).toEqualTypeOf<string>()

// Transforms, defaults and optional members.
const transforming = z.object({
  since: z.string().transform(text => new Date(text)),
  plan: z.string().default('free'),
  team: z.string().optional(),
})
const transformed = new JwtManager({ secretKey, claimsSchema: transforming })
expectTypeOf(transformed.current().claims.since).toEqualTypeOf<Date>()
expectTypeOf(transformed.current().claims.plan).toEqualTypeOf<string>()
expectTypeOf(transformed.current().claims.team).toEqualTypeOf<string | undefined>()
const asynchronous = v.pipeAsync(
  v.objectAsync({ team: v.string() }),
  v.transformAsync(async ({ team }) => ({ team: team.length })),
)
expectTypeOf(new JwtManager({ secretKey, claimsSchema: asynchronous }).current().claims.team).toEqualTypeOf<number>()

// userLookup, and every other loader, sees the typed claims: in both orders, synchronous and not.
const schemaFirst = new JwtManager({
  secretKey,
  claimsSchema: transforming,
  userLookup: (_header, claims) => {
    expectTypeOf(claims.since).toEqualTypeOf<Date>()
    return { plan: claims.plan }
  },
  verifyClaims: (_header, { since }) => since.getTime() > 0,
})
expectTypeOf(schemaFirst.current().user).toEqualTypeOf<{ plan: string }>()
expectTypeOf(schemaFirst.current().claims.since).toEqualTypeOf<Date>()
const schemaLast = new JwtManager({
  secretKey,
  userLookup: async (_header, claims) => {
    expectTypeOf(claims.since).toEqualTypeOf<Date>()
    return claims.plan === 'none' ? null : { plan: claims.plan }
  },
  tokenInBlocklist: async (_header, { since }) => since.getTime() > 0,
  onRevoked: (_header, { plan }) => ({ status: 401, json: plan.toUpperCase() }),
  claimsSchema: transforming,
})
expectTypeOf(schemaLast.current().user).toEqualTypeOf<{ plan: string }>()
expectTypeOf(schemaLast.current().claims.plan).toEqualTypeOf<string>()

// Beside additionalClaims the schema wins, for it says what comes out; the loader says what goes in. In all orders.
const loaderFirst = new JwtManager({
  secretKey,
  additionalClaims: () => ({ since: '2026-01-01', other: 1 }),
  claimsSchema: transforming,
  userLookup: (_header, { since }) => ({ since }),
})
expectTypeOf(loaderFirst.current().claims.since).toEqualTypeOf<Date>()
expectTypeOf(loaderFirst.current().claims['other']).toEqualTypeOf<unknown>()
expectTypeOf(loaderFirst.current().user).toEqualTypeOf<{ since: Date }>()
const loaderLast = new JwtManager({
  secretKey,
  userLookup: async (_header, { since }) => ({ since }),
  claimsSchema: transforming,
  additionalClaims: async identity => ({ since: String(identity) }),
})
expectTypeOf(loaderLast.current().claims.since).toEqualTypeOf<Date>()
expectTypeOf(loaderLast.current().user).toEqualTypeOf<{ since: Date }>()
const wider = new JwtManager({
  secretKey,
  additionalClaims: async () => ({ role: 'admin' as const }),
  claimsSchema: z.object({ role: z.enum(['admin', 'author']) }),
})
expectTypeOf(wider.current().claims.role).toEqualTypeOf<'admin' | 'author'>()
const ofInterface = new JwtManager({
  secretKey,
  claimsSchema: transforming,
  additionalClaims: (account: Account): Account => account,
})
expectTypeOf(ofInterface.current().claims.since).toEqualTypeOf<Date>()

// Without a schema additionalClaims still gives the types, an interface among them.
const named = new JwtManager({ secretKey, additionalClaims: async (account: Account) => account })
expectTypeOf(named.current().claims.role).toEqualTypeOf<'admin' | 'author'>()
const alternatives = new JwtManager({
  secretKey,
  additionalClaims: (identity: unknown) => (identity === 'root' ? { role: 'admin' as const } : { team: 'red' }),
})
expectTypeOf(alternatives.current().claims.role).toEqualTypeOf<'admin' | undefined>()

// An optional route may be anonymous.
expectTypeOf((await schemaFirst.authenticate(request)).claims.since).toEqualTypeOf<Date>()
expectTypeOf((await schemaFirst.authenticate(request, { optional: true })).claims.since).toEqualTypeOf<
  Date | undefined
>()
expectTypeOf((await ofArktype.authenticate(request, { optional: 'lenient' })).claims.role).toEqualTypeOf<
  'admin' | 'author' | undefined
>()
expectTypeOf(transformed.current({ optional: true }).claims.since).toEqualTypeOf<Date | undefined>()
expectTypeOf(transformed.currentOrUndefined()?.claims.since).toEqualTypeOf<Date | undefined>()

// Every adapter infers the same.
const express = new ExpressJwtManager({ secretKey, claimsSchema: transforming, userLookup: (_, { plan }) => plan })
expectTypeOf(express.current().claims.since).toEqualTypeOf<Date>()
expectTypeOf(express.current().user).toEqualTypeOf<string>()
const hono = new HonoJwtManager({ secretKey, userLookup: (_, { plan }) => plan, claimsSchema: transforming })
new Hono()
  .get('/me', hono.required(), c => {
    expectTypeOf(c.var.jwt.claims.since).toEqualTypeOf<Date>()
    expectTypeOf(c.var.jwt.user).toEqualTypeOf<string>()
    return c.json({})
  })
  .get('/maybe', hono.required({ optional: true }), c => {
    expectTypeOf(c.var.jwt.claims.since).toEqualTypeOf<Date | undefined>()
    return c.json({})
  })
const fetching = new FetchJwtManager({ secretKey, claimsSchema: transforming })
fetching.required((_request, jwt) => {
  expectTypeOf(jwt.claims.since).toEqualTypeOf<Date>()
  return new Response()
})
fetching.required(
  (_request, jwt) => {
    expectTypeOf(jwt.claims.since).toEqualTypeOf<Date | undefined>()
    return new Response()
  },
  { optional: 'lenient' },
)

// The options of a Flask application do not get in the way of inference.
const flask = new JwtManager({ ...flaskOptions({}), claimsSchema: transforming })
expectTypeOf(flask.current().claims.since).toEqualTypeOf<Date>()
const flaskLoader = new JwtManager({ ...flaskOptions({}), additionalClaims: () => ({ role: 'admin' as const }) })
expectTypeOf(flaskLoader.current().claims.role).toEqualTypeOf<'admin'>()

// A schema and options whose types somebody wrote down.
declare const declared: StandardSchema<{ readonly team: string }>
expectTypeOf(new JwtManager({ secretKey, claimsSchema: declared }).current().claims.team).toEqualTypeOf<string>()
const options: JwtOptions<never, { readonly team: string }> = { secretKey, claimsSchema: declared }
expectTypeOf(new JwtManager(options).current().claims.team).toEqualTypeOf<string>()
const absent: { claimsSchema?: typeof declared | undefined } = {}
expectTypeOf(new JwtManager({ secretKey, ...absent }).current().claims.team).toEqualTypeOf<string>()

// Mistakes are compile errors.
// @ts-expect-error: claims are an object
new JwtManager({ secretKey, claimsSchema: z.string() })
// @ts-expect-error: a schema, not a function
new JwtManager({ secretKey, claimsSchema: (claims: unknown) => claims })
// @ts-expect-error: the type of the claim is that of the schema
new JwtManager({ secretKey, claimsSchema: transforming, userLookup: (_header, { since }) => since.toUpperCase() })
// @ts-expect-error: claims are an object
new JwtManager({ secretKey, additionalClaims: () => 'admin' })
// @ts-expect-error: also those that are promised beside a schema
new JwtManager({ secretKey, claimsSchema: transforming, additionalClaims: async () => 1 })
