import type { FastifyInstance, RouteOptions } from 'fastify'
import { isPlainObject } from '../internal/plain-object.ts'
import type { Requirements } from '../request/requirements.ts'
import type { JwtHook } from './fastify-types.ts'

/** What is needed to protect routes by their `config`. */
export interface Protection {
  protect(requirements: Requirements): JwtHook
  /** Whether a function is a hook that may have to read the body. */
  readsBody(hook: unknown): boolean
}

/** Makes `config: { jwt: ... }` of routes protect them. */
export function guardRoutes(app: FastifyInstance, { protect, readsBody }: Protection): void {
  const guarded = new WeakSet<object>()
  app.addHook('onRoute', route => {
    if ('jwt' in route) throw new TypeError(`${route.url}: write config: { jwt: ... } rather than jwt: ...`)
    if (isTooEarly(route, readsBody)) throw new TypeError(`${route.url}: ${tooEarly}`)
    const wanted: unknown = route.config?.jwt
    if (wanted === undefined) return
    const requirements = { ...readOption(wanted, route.url) }
    guarded.add(requirements)
    route.config = { ...route.config, jwt: requirements }
    const hook = protect(requirements)
    // Before the route's own hooks of that phase, which may ask for `request.jwt`.
    if (readsBody(hook)) route.preValidation = [hook, route.preValidation ?? []].flat()
    else route.onRequest = [hook, route.onRequest ?? []].flat()
  })
  // A route that was added before the plugin had loaded has an option that nobody has read: it must not stay open.
  app.addHook('onRequest', (request, _reply, done) => {
    const wanted: unknown = request.routeOptions.config?.jwt
    done(wanted === undefined || guarded.has(wanted as object) ? undefined : addedTooEarly(request.routeOptions.url))
  })
}

function readOption(wanted: unknown, url: string): Requirements {
  if (wanted === true) return {}
  if (isPlainObject(wanted)) return wanted
  throw new TypeError(`${url}: config.jwt must be true, or requirements such as { fresh: true }`)
}

const tooEarly =
  'onRequest comes before the body is read, and the token or its CSRF value may be there: use required() as preValidation, or give it other locations'

// Of these two methods no body is ever read.
function isTooEarly({ method, onRequest }: RouteOptions, readsBody: Protection['readsBody']): boolean {
  const hasBody = [method].flat().some(name => name !== 'GET' && name !== 'HEAD')
  return hasBody && [onRequest].flat().some(readsBody)
}

function addedTooEarly(url: string | undefined): Error {
  return new Error(
    `${url} has config.jwt, but was added before jwt-extended had loaded: write await app.register(jwt.plugin()) before the routes`,
  )
}
