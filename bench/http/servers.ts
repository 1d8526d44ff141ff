import { createServer, type Server, type ServerResponse } from 'node:http'
import fastifyJwt from '@fastify/jwt'
import { createAdaptorServer } from '@hono/node-server'
import express, { type RequestHandler } from 'express'
import { type Request as ExpressJwtRequest, expressjwt } from 'express-jwt'
import Fastify, { type FastifyInstance, type FastifyRequest } from 'fastify'
import { Hono, type MiddlewareHandler } from 'hono'
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

/** A server for each way to protect the same route: none, ours, and what people use with the framework. */
export type Servers = Readonly<Record<string, Server>>

export const openServers: Readonly<Record<Framework, () => Promise<Servers>>> = {
  'node:http': openNode,
  Fastify: openFastify,
  Express: openExpress,
  Koa: openKoa,
  Hono: openHono,
}

const nobody = { sub: 'user-000000' }
const algorithms = ['HS256' as const]
const key = keysOf.HS256.verifying
/** Their types know texts and bytes alone; they hand the key on to jsonwebtoken, for which a text is the slow way. */
const untypedKey = key as unknown as Buffer
const options = { secretKey: secret, decodeIssuer: issuer, decodeAudience: audience }

/** With the cache off, and on. */
function oursFor<Result>(open: (options: { secretKey: string }) => Result): Record<string, Result> {
  return {
    [ourName]: open({ ...options, ...withCache(false) }),
    [cachedName]: open({ ...options, ...withCache(cacheSize) }),
  }
}

async function openNode(): Promise<Servers> {
  return {
    [bareName]: createServer((_request, response) => sendJson(response, nobody)),
    ...oursFor(managerOptions => {
      const jwt = new NodeManager(managerOptions)
      return createServer(jwt.required((_request, response, { identity }) => sendJson(response, { sub: identity })))
    }),
    'jsonwebtoken, by hand': createServer((request, response) => {
      const token = request.headers.authorization?.slice('Bearer '.length) ?? ''
      sendJson(response, { sub: jsonwebtoken.verify(token, key, { algorithms, issuer, audience }).sub })
    }),
  }
}

function sendJson(response: ServerResponse, body: object): void {
  const text = JSON.stringify(body)
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': text.length }).end(text)
}

async function openFastify(): Promise<Servers> {
  const bare = Fastify()
  bare.get('/', async () => nobody)
  const ours = oursFor(managerOptions => {
    const jwt = new FastifyManager(managerOptions)
    const app = Fastify()
    app.get('/', { onRequest: jwt.required() }, async () => ({ sub: jwt.current().identity }))
    return app
  })
  const peers = {
    '@fastify/jwt': openFastifyJwt({}),
    '@fastify/jwt, cache': openFastifyJwt({ cache: cacheSize }),
    '@fastify/jwt, cache, fastest': openFastifyJwt({ cache: cacheSize, cacheKeyBuilder: token => token }),
  }
  const apps = Object.entries({ [bareName]: bare, ...ours, ...peers })
  for (const [, app] of apps) await app.listen({ port: 0, host: '127.0.0.1' })
  return Object.fromEntries(apps.map(([name, app]) => [name, app.server]))
}

function openFastifyJwt(cache: { cache?: number; cacheKeyBuilder?: (token: string) => string }): FastifyInstance {
  const app = Fastify()
  app.register(fastifyJwt, { secret, verify: { algorithms, allowedIss: issuer, allowedAud: audience, ...cache } })
  const subOf = (request: { user: unknown }): unknown => (request.user as typeof nobody).sub
  // Within a plugin, for the one before adds the verbs when it is loaded.
  app.register((routes, _options, done) => {
    const onRequest = async (request: FastifyRequest): Promise<void> => void (await request.jwtVerify())
    routes.get('/', { onRequest }, async request => ({ sub: subOf(request) }))
    done()
  })
  return app
}

async function openExpress(): Promise<Servers> {
  const open = (guards: RequestHandler[], handler: RequestHandler): Server =>
    createServer(express().get('/', ...guards, handler))
  const passport = new Passport()
  const jwtFromRequest = ExtractJwt.fromAuthHeaderAsBearerToken()
  const strategyOptions = { jwtFromRequest, secretOrKey: untypedKey, algorithms, issuer, audience }
  passport.use(new Strategy(strategyOptions, (claims: Express.User, done) => done(null, claims)))
  return {
    [bareName]: open([], (_req, res) => void res.json(nobody)),
    ...oursFor(managerOptions => {
      const jwt = new ExpressManager(managerOptions)
      return open([jwt.required()], (_req, res) => void res.json({ sub: jwt.current().identity }))
    }),
    'express-jwt': open([expressjwt({ secret: key, algorithms, issuer, audience })], (req, res) => {
      res.json({ sub: (req as ExpressJwtRequest).auth?.sub })
    }),
    'passport-jwt': open([passport.authenticate('jwt', { session: false })], (req, res) => {
      res.json({ sub: (req.user as typeof nobody).sub })
    }),
  }
}

async function openKoa(): Promise<Servers> {
  const open = (guards: Middleware[], handler: Middleware): Server => {
    const app = new Koa()
    for (const middleware of [...guards, handler]) app.use(middleware)
    return createServer(app.callback())
  }
  const answerTo =
    (subOf: (ctx: Koa.Context) => unknown): Middleware =>
    ctx => {
      ctx.body = { sub: subOf(ctx) }
    }
  return {
    [bareName]: open(
      [],
      answerTo(() => nobody.sub),
    ),
    ...oursFor(managerOptions => {
      const jwt = new KoaManager(managerOptions)
      return open(
        [jwt.required() as Middleware],
        answerTo(() => jwt.current().identity),
      )
    }),
    'koa-jwt': open(
      [koaJwt({ secret: untypedKey, algorithms, issuer, audience })],
      answerTo(ctx => ctx.state['user'].sub),
    ),
  }
}

async function openHono(): Promise<Servers> {
  const open = (guards: MiddlewareHandler[], subOf: (claims: { sub?: unknown }) => unknown): Server => {
    const app = new Hono<{ Variables: { jwtPayload: { sub?: unknown } } }>()
    for (const guard of guards) app.use(guard)
    app.get('/', c => c.json({ sub: subOf(c.get('jwtPayload')) as string }))
    return createAdaptorServer({ fetch: app.fetch }) as Server
  }
  const verification = { iss: issuer, aud: audience }
  const cryptoKey = await toCryptoKey(key, 'HS256')
  return {
    [bareName]: open([], () => nobody.sub),
    ...oursFor(managerOptions => {
      const jwt = new HonoManager(managerOptions)
      return open([jwt.required()], () => jwt.current().identity)
    }),
    'hono/jwt': open([honoJwt({ secret: cryptoKey, alg: 'HS256', verification })], claims => claims.sub),
  }
}
