import 'reflect-metadata'
import { JwtManager as CoreManager, type JwtOptions, type JwtRequest } from 'jwt-extended'
import { JwtManager as ExpressManager } from 'jwt-extended/express'
import { JwtManager as FastifyManager } from 'jwt-extended/fastify'
import { JwtManager as FetchManager } from 'jwt-extended/fetch'
import { JwtManager as HonoManager } from 'jwt-extended/hono'
import { JwtManager as HttpManager } from 'jwt-extended/http'
import { JwtManager as KoaManager } from 'jwt-extended/koa'
import { JwtManager as NestManager } from 'jwt-extended/nest'
import { memoryStore, type Store } from 'jwt-extended/stores'
import { configOf } from '../../../src/manager.ts'
import { requestOf } from '../../request/support.ts'
import { now } from '../../support/configure.ts'
import { type KeyName, keysOf } from '../attack-keys.ts'
import type { Examiner } from '../examiner.ts'
import type { LeakCase } from '../leaks.ts'
import { type Needle, needlesOfToken } from '../needles.ts'
import { keyNeedles, watchStore } from './bench.ts'

const managers = {
  core: CoreManager,
  express: ExpressManager,
  fastify: FastifyManager,
  fetch: FetchManager,
  hono: HonoManager,
  http: HttpManager,
  koa: KoaManager,
  nest: NestManager,
} as const

/** Every object of the library, of every adapter and with every kind of key, after it has been used. */
export function objectLeaks(): LeakCase[] {
  return Object.entries(managers).flatMap(([adapter, Manager]) =>
    (['HS256', 'HS512', 'RS256', 'PS256', 'ES256', 'EdDSA'] as const).map(algorithm => ({
      name: `objects of ${adapter} with ${algorithm}`,
      run: examiner => examineObjects(Manager as typeof CoreManager, algorithm, examiner),
    })),
  )
}

async function examineObjects(Manager: typeof CoreManager, algorithm: KeyName, examiner: Examiner): Promise<void> {
  const seen: unknown[] = []
  const needles: Needle[] = keyNeedles(algorithm)
  const clock = (): number => now * 1000
  const store = watchStore(memoryStore({ clock }), seen)
  const options: JwtOptions<never> = {
    ...keysOf(algorithm),
    algorithm,
    clock,
    store,
    warn: text => void seen.push(text),
  }
  const jwt = new Manager(options)
  for (const name of ['reuse_detected', 'session_created', 'session_revoked', 'store_error'] as const)
    jwt.on(name, event => void seen.push(event))
  await useManager(new CoreManager(options), jwt, { store, seen, needles, examiner })
  const config = configOf(jwt)
  const own = { jwt, config, keyRing: config.keyRing, key: config.keyRing.signingKey, store, sessions: jwt.sessions }
  for (const [name, value] of Object.entries(own)) await examiner.examine(name, value, needles)
  if ('handlers' in jwt) await examiner.examine('the handlers', jwt.handlers, needles)
  for (const value of seen) await examiner.examine('what a listener, the store or warn was told', value, needles)
}

interface Use {
  readonly store: Store
  readonly seen: unknown[]
  readonly needles: Needle[]
  readonly examiner: Examiner
}

/** A life: a login, a request, a refresh, a reuse, a logout. Requests are the core's, for every adapter asks that. */
async function useManager(core: CoreManager, jwt: CoreManager, { seen, needles, examiner }: Use): Promise<void> {
  const pair = await jwt.sessions.create('alice', { device: { ip: '192.0.2.1', userAgent: 'test' } })
  const next = await jwt.sessions.rotate(pair.refreshToken)
  const alone = await jwt.createAccessToken('alice', { claims: { role: 'reader' } })
  for (const token of [pair.accessToken, pair.refreshToken, next.accessToken, alone])
    needles.push(...needlesOfToken(token))
  // To be sent as JSON is what a pair is for.
  await examiner.examine('the pair', pair, needles, ['JSON.stringify', 'member accessToken', 'member refreshToken'])
  const request: JwtRequest = requestOf({ headers: { authorization: `Bearer ${alone}` } })
  seen.push(await core.authenticate(request), await jwt.sessions.list('alice'), await jwt.verifyToken(alone))
  seen.push(jwt.decodeUnverified(alone), jwt.currentOrUndefined())
  await jwt.revoke(alone)
  seen.push(await core.authenticate(request).catch((error: unknown) => error))
  await jwt.sessions.revokeAll('alice')
  await jwt.invalidateAccess('alice')
  seen.push(await jwt.sessions.rotate(pair.refreshToken).catch((error: unknown) => error))
}
