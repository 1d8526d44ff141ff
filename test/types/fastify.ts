import fastify, {
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  type FastifyTypeProvider,
} from 'fastify'
import type { JwtContext } from 'jwt-extended'
import { JwtManager } from 'jwt-extended/fastify'
import { expectTypeOf } from 'vitest'
import { z } from 'zod'

const jwt = new JwtManager({ secretKey: 'only the types matter here', userLookup: async () => ({ id: 1 }) })

// Contexts come from the manager, whatever `Register` says.
declare const request: FastifyRequest
expectTypeOf(await jwt.authenticate(request)).toEqualTypeOf<JwtContext<{ id: number }>>()
expectTypeOf((await jwt.authenticate(request, { optional: true })).identity).toEqualTypeOf<string | undefined>()
expectTypeOf(jwt.current().user).toEqualTypeOf<{ id: number }>()

// The hook fits every phase before the handler.
const app = fastify()
await app.register(jwt.plugin())
app.addHook('onRequest', jwt.required())
app.addHook('preValidation', jwt.required({ locations: 'json' }))
app.addHook('preHandler', jwt.required())
app.get('/', { onRequest: jwt.required(), preValidation: [jwt.required()] }, async () => '')

// Servers, bodies and type providers of every kind.
interface Provider extends FastifyTypeProvider {
  readonly validator: this['schema']
}
const typed = fastify({ http2: true }).withTypeProvider<Provider>()
await typed.register(jwt.plugin())
typed.addHook('onRequest', jwt.required())
typed.post<{ Body: { amount: number } }>('/', { preValidation: jwt.required() }, async (received, reply) => {
  await jwt.setAccessCookies(reply, '')
  await reply.setAccessCookies('', { maxAge: '1h' })
  expectTypeOf(received.body.amount).toEqualTypeOf<number>()
  return (await jwt.authenticate(received)).identity
})

// Routes say in their config what they ask.
app.get('/me', { config: { jwt: true } }, async () => '')
app.get('/fresh', { config: { jwt: { fresh: true, locations: ['headers', 'json'] } } }, async () => '')
// @ts-expect-error: a requirement of the wrong kind
app.get('/wrong', { config: { jwt: { fresh: 'yes' } } }, async () => '')

declare const reply: FastifyReply
expectTypeOf(reply.setRefreshCookies('')).toEqualTypeOf<Promise<void>>()
expectTypeOf(reply.unsetJwtCookies({ domain: 'example.com' })).toEqualTypeOf<void>()
// @ts-expect-error: misspelt
reply.unsetAccessCookies({ domains: 'example.com' })

// Managers with users and without are all good for a plugin.
declare const instance: FastifyInstance
instance.register(new JwtManager({ secretKey: '' }).plugin())
instance.register(new JwtManager({ secretKey: '', additionalClaims: () => ({ role: 'admin' }) }).plugin())

// A schema types the claims, beside a loader of users in either order.
const schema = z.object({ role: z.literal('admin') })
const schemaFirst = new JwtManager({ secretKey: '', claimsSchema: schema, userLookup: (_, { role }) => ({ role }) })
expectTypeOf(schemaFirst.current().claims.role).toEqualTypeOf<'admin'>()
expectTypeOf((await schemaFirst.authenticate(request)).user).toEqualTypeOf<{ role: 'admin' }>()
const schemaLast = new JwtManager({ secretKey: '', userLookup: (_, { role }) => ({ role }), claimsSchema: schema })
expectTypeOf(schemaLast.current().user).toEqualTypeOf<{ role: 'admin' }>()
