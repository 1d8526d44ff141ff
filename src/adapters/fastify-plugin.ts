import type { FastifyError, FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import type { AdapterManager } from './adapter-manager.ts'
import type { ReadyAnswer } from './fastify-answer.ts'
import { guardRoutes, type Protection } from './fastify-routes.ts'
import type { CookieTarget, GuardedRequest, RegisteredManager } from './fastify-types.ts'

/** What the plugin needs of a manager. */
export interface PluginParts extends Protection {
  readonly manager: AdapterManager<unknown, object, GuardedRequest, CookieTarget, unknown>
  /** The answer to an error, where the adapter answers it. */
  tryAnswer(error: unknown): ReadyAnswer | undefined
}

const name = 'jwt-extended'

/** A plugin for the scope that registers it and those inside, as `fastify-plugin` makes one. */
export function buildPlugin(parts: PluginParts): FastifyPluginAsync {
  const plugin: FastifyPluginAsync = async app => {
    checkFree(app)
    decorate(app, parts)
    keepName(app)
    guardRoutes(app, parts)
    answerThrown(app, parts)
  }
  return Object.assign(plugin, {
    [Symbol.for('skip-override')]: true,
    [Symbol.for('fastify.display-name')]: name,
    [Symbol.for('plugin-meta')]: { name, fastify: '5.x' },
  })
}

function checkFree(app: FastifyInstance): void {
  if (!app.hasDecorator('jwt') && !app.hasRequestDecorator('jwt')) return
  if (app.hasPlugin('@fastify/jwt')) throw nameTaken('@fastify/jwt is registered already')
  const isOurs = typeof (app.jwt as { plugin?: unknown } | undefined)?.plugin === 'function'
  if (!isOurs) throw nameTaken('another plugin has taken the name')
  throw new Error(
    `${name} is registered already: register its plugin once. A second manager can protect routes by { onRequest: other.required() }, without its plugin`,
  )
}

function nameTaken(what: string): Error {
  return new Error(`${name} and @fastify/jwt cannot stand side by side, for both are fastify.jwt: ${what}. Remove one`)
}

/**
 * A later @fastify/jwt would fail as well, but without a word about why. It would throw where Fastify catches nothing,
 * and end the process: a plugin that fails makes the start fail, which the application can catch.
 */
function keepName(app: FastifyInstance): void {
  const decorate: (this: unknown, ...parameters: never) => unknown = app.decorate
  app.decorate = function (this: FastifyInstance, ...parameters: [property: string | symbol]) {
    if (parameters[0] !== 'jwt') return decorate.apply(this, parameters as never)
    this.register(() => Promise.reject(nameTaken(`${name} is registered already`)))
    return this
  } as FastifyInstance['decorate']
}

function decorate(app: FastifyInstance, { manager }: PluginParts): void {
  app.decorate('jwt', manager as object as RegisteredManager)
  app.decorateRequest('jwt', null as never)
  app.decorateReply('setAccessCookies', function (token, options) {
    return manager.setAccessCookies(this, token, options)
  })
  app.decorateReply('setRefreshCookies', function (token, options) {
    return manager.setRefreshCookies(this, token, options)
  })
  app.decorateReply('setJwtCookies', function (pair, options) {
    return manager.setJwtCookies(this, pair, options)
  })
  app.decorateReply('unsetAccessCookies', function (options) {
    manager.unsetAccessCookies(this, options)
  })
  app.decorateReply('unsetRefreshCookies', function (options) {
    manager.unsetRefreshCookies(this, options)
  })
  app.decorateReply('unsetJwtCookies', function (options) {
    manager.unsetJwtCookies(this, options)
  })
}

/** On each route, and not as the error handler of the scope, which the application may set once. */
function answerThrown(app: FastifyInstance, { tryAnswer }: PluginParts): void {
  const handle = (error: FastifyError, request: FastifyRequest, reply: FastifyReply): void => {
    const answer = hasOwnErrorHandler(request.server) ? undefined : tryAnswer(error)
    // Thrown on, it comes to the error handler of the scope.
    if (answer === undefined) throw error
    answer.send(reply)
  }
  app.addHook('onRoute', route => {
    route.errorHandler ??= handle
  })
}

function hasOwnErrorHandler({ errorHandler }: FastifyInstance): boolean {
  return errorHandler.name !== 'defaultErrorHandler'
}
