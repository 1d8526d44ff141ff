import { Router } from '@koa/router'
import type { JwtManager as CoreJwtManager, JwtContext } from 'jwt-extended'
import { JwtManager } from 'jwt-extended/koa'
import Koa from 'koa'
import { expectTypeOf } from 'vitest'
import { z } from 'zod'

const secretKey = 'only the types matter here'
const jwt = new JwtManager({
  secretKey,
  userLookup: () => ({ id: 1 }),
  additionalClaims: () => ({ role: 'admin' as const }),
})

type Context = JwtContext<{ id: number }, { role: 'admin' }>

// A handler behind the guard of its own route knows the context by inference.
new Router<Koa.DefaultState>()
  .get('/me', jwt.required(), ctx => {
    expectTypeOf(ctx.state.jwt).toEqualTypeOf<Context>()
    expectTypeOf(ctx.state.jwt.user.id).toEqualTypeOf<number>()
    expectTypeOf(ctx.state.jwt.claims.role).toEqualTypeOf<'admin'>()
    expectTypeOf(ctx.params).toEqualTypeOf<Record<string, string>>()
  })
  .post('/maybe', jwt.required({ optional: true }), ctx => {
    expectTypeOf(ctx.state.jwt.user).toEqualTypeOf<{ id: number } | undefined>()
    expectTypeOf(ctx.state.jwt.identity).toEqualTypeOf<string | undefined>()
  })

// A state of the application's own keeps its members beside it, and an open route has none of ours.
interface AppState {
  readonly requestId: string
}
new Router<AppState>()
  .get('/me', jwt.required({ fresh: true }), ctx => {
    expectTypeOf(ctx.state.jwt.identity).toEqualTypeOf<string>()
    expectTypeOf(ctx.state.requestId).toEqualTypeOf<string>()
  })
  .get('/open', ctx => {
    // @ts-expect-error: nothing stands before this handler that would set it
    ctx.state.jwt
  })

// app.use returns an application that knows what has been set so far.
new Koa<AppState, { db: URL }>()
  .use(jwt.errorHandler())
  .use(jwt.required())
  .use(ctx => {
    expectTypeOf(ctx.state.jwt).toEqualTypeOf<Context>()
    expectTypeOf(ctx.state.requestId).toEqualTypeOf<string>()
    expectTypeOf(ctx.db).toEqualTypeOf<URL>()
  })

// So does a context of the application's own.
new Router<AppState, { db: URL }>().get('/me', jwt.required(), ctx => {
  expectTypeOf(ctx.db).toEqualTypeOf<URL>()
  expectTypeOf(ctx.state.jwt).toEqualTypeOf<Context>()
})

// Where a guard for a whole router stands apart, the state of the router says so.
const area = new Router<{ jwt: Context }>()
area.use(jwt.required())
area.get('/who', async ctx => {
  expectTypeOf(ctx.state.jwt.identity).toEqualTypeOf<string>()
  await jwt.setAccessCookies(ctx, await jwt.createAccessToken(ctx.state.jwt.identity))
  jwt.unsetJwtCookies(ctx)
  expectTypeOf(await jwt.authenticate(ctx)).toEqualTypeOf<Context>()
})
new Koa().use(area.routes())

// Mistakes are compile errors.
// @ts-expect-error: misspelt requirement
jwt.required({ fesh: true })
// @ts-expect-error: cookies go to a context, not to a response of node:http
jwt.unsetJwtCookies({} as import('node:http').ServerResponse)
new Router().get('/me', new JwtManager({ secretKey }).required(), ctx => {
  // @ts-expect-error: there is no user without userLookup
  ctx.state.jwt.user.id
})

expectTypeOf(jwt).toExtend<CoreJwtManager<{ id: number }, { role: 'admin' }, never>>()

// A schema types the claims in the state of the handler.
const withSchema = new JwtManager({ secretKey, claimsSchema: z.object({ role: z.literal('admin') }) })
new Router<Koa.DefaultState>()
  .get('/me', withSchema.required(), ctx => {
    expectTypeOf(ctx.state.jwt.claims.role).toEqualTypeOf<'admin'>()
  })
  .get('/maybe', withSchema.required({ optional: 'lenient' }), ctx => {
    expectTypeOf(ctx.state.jwt.claims.role).toEqualTypeOf<'admin' | undefined>()
  })
