import { createServer, type Server, type ServerResponse } from 'node:http'
import fastifyJwt from '@fastify/jwt'
import { createAdaptorServer } from '@hono/node-server'
import express, { type RequestHandler } from 'express'
import { type Request as ExpressJwtRequest, expressjwt } from 'express-jwt'
import Fastify, { type FastifyInstance, type FastifyRequest } from 'fastify'
import { Hono, type Context as HonoContext, type MiddlewareHandler } from 'hono'
import { jwt as honoJwt } from 'hono/jwt'
import jsonwebtoken from 'jsonwebtoken'
import { JwtManager as ExpressManager } from 'jwt-extended/express'
import { JwtManager as FastifyManager } from 'jwt-extended/fastify'
import { JwtManager as HonoManager } from 'jwt-extended/hono'
import { JwtManager as NodeManager } from 'jwt-extended/http'
import { JwtManager as KoaManager } from 'jwt-extended/koa'
import Koa, { type Middleware } from 'koa'
import koaJwt from 'koa-jwt'
import { Passport } from 'passport'
import { ExtractJwt, Strategy } from 'passport-jwt'
import { cacheSize, withCache } from '../cache-option.ts'
import { toCryptoKey } from '../micro/crypto-key.ts'
import { audience, issuer, keysOf, secret } from '../tokens.ts'
import { bareName, cachedName, type Framework, ourName } from './names.ts'

/** Opens a server that protects the route in one way. Fastify listens by itself. */
type Open = () => Server | Promise<Server>

/** A server for each way to protect the same route: none, ours, and what people use with the framework. */
export const openServers: Readonly<Record<Framework, Readonly<Record<string, Open>>>> = {
  'node:http': {
    [bareName]: () => createServer((_request, response) => sendJson(response, nobody)),
    ...oursFor(openNode),
    'jsonwebtoken, by hand': () =>
      createServer((request, response) => {
        const token = request.headers.authorization?.slice('Bearer '.length) ?? ''
        sendJson(response, { sub: jsonwebtoken.verify(token, key, { algorithms, issuer, audience }).sub })
      }),
  },
  Fastify: {
    [bareName]: () => listenFastify(Fastify().get('/', async () => nobody)),
    ...oursFor(openFastify),
    '@fastify/jwt': () => openFastifyJwt({}),
    '@fastify/jwt, cache': () => openFastifyJwt({ cache: cacheSize }),
    '@fastify/jwt, cache, fastest': () => openFastifyJwt({ cache: cacheSize, cacheKeyBuilder: token => token }),
  },
  Express: {
    [bareName]: () => serveExpress([], () => nobody),
    ...oursFor(managerOptions =>
      serveExpress([new ExpressManager(managerOptions).required()], ({ jwt }) => ({ sub: jwt?.identity })),
    ),
    'express-jwt': () =>
      serveExpress([expressjwt({ secret: key, algorithms, issuer, audience })], req => ({
        sub: (req as ExpressJwtRequest).auth?.sub,
      })),
    'passport-jwt': () =>
      serveExpress([openPassport().authenticate('jwt', { session: false })], ({ user }) => ({ sub: subOf(user) })),
  },
  Koa: {
    [bareName]: () => serveKoa([], () => nobody),
    ...oursFor(managerOptions =>
      serveKoa([new KoaManager(managerOptions).required() as Middleware], ({ state }) => ({
        sub: state['jwt'].identity,
      })),
    ),
    'koa-jwt': () =>
      serveKoa([koaJwt({ secret: untypedKey, algorithms, issuer, audience })], ({ state }) => ({
        sub: subOf(state['user']),
      })),
  },
  Hono: {
    [bareName]: () => serveHono([], () => nobody),
    ...oursFor(managerOptions =>
      serveHono([new HonoManager(managerOptions).required()], c => ({ sub: c.get('jwt').identity })),
    ),
    'hono/jwt': async () => {
      const verification = { iss: issuer, aud: audience }
      const guard = honoJwt({ secret: await toCryptoKey(key, 'HS256'), alg: 'HS256', verification })
      return serveHono([guard], c => ({ sub: subOf(c.get('jwtPayload')) }))
    },
  },
}

const nobody = { sub: 'user-000000' }
const algorithms = ['HS256' as const]
const key = keysOf.HS256.verifying
/** Their types know texts and bytes alone; they hand the key on to jsonwebtoken, for which a text is the slow way. */
const untypedKey = key as unknown as Buffer
const options = { secretKey: secret, decodeIssuer: issuer, decodeAudience: audience }

function subOf(claims: unknown): string {
  return (claims as typeof nobody).sub
}

/** With the cache off, and on. */
function oursFor(open: (options: { secretKey: string }) => Server | Promise<Server>): Record<string, Open> {
  return {
    [ourName]: () => open({ ...options, ...withCache(false) }),
    [cachedName]: () => open({ ...options, ...withCache(cacheSize) }),
  }
}

function openNode(managerOptions: { secretKey: string }): Server {
  const jwt = new NodeManager(managerOptions)
  return createServer(jwt.required((_request, response, { identity }) => sendJson(response, { sub: identity })))
}

function sendJson(response: ServerResponse, body: object): void {
  const text = JSON.stringify(body)
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': text.length }).end(text)
}

function openFastify(managerOptions: { secretKey: string }): Promise<Server> {
  const jwt = new FastifyManager(managerOptions)
  const app = Fastify()
  app.register(jwt.plugin())
  app.register((routes, _options, done) => {
    routes.get('/', { config: { jwt: true } }, async request => ({ sub: request.jwt.identity }))
    done()
  })
  return listenFastify(app)
}

function openFastifyJwt(cache: { cache?: number; cacheKeyBuilder?: (token: string) => string }): Promise<Server> {
  const app = Fastify()
  app.register(fastifyJwt, { secret, verify: { algorithms, allowedIss: issuer, allowedAud: audience, ...cache } })
  // Within a plugin, for the one before adds the verbs when it is loaded.
  app.register((routes, _options, done) => {
    const onRequest = async (request: FastifyRequest): Promise<void> => void (await request.jwtVerify())
    routes.get('/', { onRequest }, async ({ user }) => ({ sub: subOf(user) }))
    done()
  })
  return listenFastify(app)
}

async function listenFastify(app: FastifyInstance): Promise<Server> {
  await app.listen({ port: 0, host: '127.0.0.1' })
  return app.server
}

function serveExpress(guards: RequestHandler[], answerTo: (req: express.Request) => object): Server {
  return createServer(express().get('/', ...guards, (req, res) => void res.json(answerTo(req))))
}

function openPassport(): InstanceType<typeof Passport> {
  const passport = new Passport()
  const jwtFromRequest = ExtractJwt.fromAuthHeaderAsBearerToken()
  const strategyOptions = { jwtFromRequest, secretOrKey: untypedKey, algorithms, issuer, audience }
  return passport.use(new Strategy(strategyOptions, (claims: Express.User, done) => done(null, claims)))
}

function serveKoa(guards: Middleware[], answerTo: (ctx: Koa.Context) => object): Server {
  const app = new Koa()
  for (const guard of guards) app.use(guard)
  app.use(ctx => {
    ctx.body = answerTo(ctx)
  })
  return createServer(app.callback())
}

function serveHono(guards: MiddlewareHandler[], answerTo: (c: HonoContext) => object): Server {
  const app = new Hono()
  for (const guard of guards) app.use(guard)
  app.get('/', c => c.json(answerTo(c)))
  return createAdaptorServer({ fetch: app.fetch }) as Server
}
