import type { FastifyInstance, RouteOptions } from 'fastify'
import { isPlainObject } from '../internal/plain-object.ts'
import type { Requirements } from '../request/requirements.ts'
import type { JwtHook } from './fastify-types.ts'
import { notePasses, refuseUnchecked } from './fastify-watch.ts'

/** What is needed to protect routes by their `config`. */
export interface Protection {
  protect(requirements: Requirements): JwtHook
  /** Whether a function is a hook of the manager. */
  isHook(hook: unknown): boolean
  /** Whether a function is a hook of the manager that may have to read the body. */
  readsBody(hook: unknown): boolean
}

/** Makes `config: { jwt: ... }` of routes protect them. */
export function guardRoutes(app: FastifyInstance, protection: Protection): void {
  refuseUnchecked(app)
  app.addHook('onRoute', route => {
    checkPhases(route, protection)
    const wanted: unknown = route.config?.jwt
    if (wanted === undefined) return
    const requirements = { ...readOption(wanted, route.url) }
    route.config = { ...route.config, jwt: requirements }
    const hook = protection.protect(requirements)
    const noting = notePasses(requirements, hook)
    // Before the route's own hooks of that phase, which may ask for `request.jwt`.
    if (protection.readsBody(hook)) route.preValidation = [noting, route.preValidation ?? []].flat()
    else route.onRequest = [noting, route.onRequest ?? []].flat()
  })
}

/** @throws TypeError where something of the route stands in a wrong place */
function checkPhases(route: RouteOptions, { isHook, readsBody }: Protection): void {
  if ('jwt' in route) throw new TypeError(`${route.url}: write config: { jwt: ... } rather than jwt: ...`)
  if (isTooEarly(route, readsBody)) throw new TypeError(`${route.url}: ${tooEarly}`)
  // Nothing can be refused any more.
  if ([route.onResponse, route.onTimeout].flat().some(isHook)) throw new TypeError(`${route.url}: ${wrongPhase}`)
}

function readOption(wanted: unknown, url: string): Requirements {
  if (wanted === true) return {}
  if (isPlainObject(wanted)) return wanted
  throw new TypeError(`${url}: config.jwt must be true, or requirements such as { fresh: true }`)
}

/** What a hook that is out of place says. */
export const wrongPhase = 'required() is a hook for onRequest, preValidation or preHandler'

const tooEarly =
  'onRequest comes before the body is read, and the token or its CSRF value may be there: use required() as preValidation, or give it other locations'

// Of these two methods no body is ever read.
function isTooEarly({ method, onRequest }: RouteOptions, readsBody: Protection['readsBody']): boolean {
  const hasBody = [method].flat().some(name => name !== 'GET' && name !== 'HEAD')
  return hasBody && [onRequest].flat().some(readsBody)
}
