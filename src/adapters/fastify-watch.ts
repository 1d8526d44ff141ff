import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { JwtHook } from './fastify-types.ts'

/** Every `config.jwt` that a plugin has read. Of all plugins: scopes have one each. */
const read = new WeakSet<object>()

/** Where a request says by which `config.jwt` it has been checked: a route may take over the hooks of another. */
const checkedBy = Symbol('jwt-extended: checked by')

const watched = new WeakSet<FastifyInstance>()

interface Checked {
  [checkedBy]?: object[]
}

/** A hook that also notes, for a `config.jwt`, that a request has passed its check. */
export function notePasses(option: object, hook: JwtHook): JwtHook {
  read.add(option)
  return (request, reply, done) => {
    hook(request, reply, error => {
      if (error === undefined) note(request as Checked, option)
      done(error)
    })
  }
}

function note(request: Checked, option: object): void {
  request[checkedBy] ??= []
  request[checkedBy].push(option)
}

/**
 * Answers with 500 where a route has a `config.jwt` that has not been checked. For the whole application: a plugin reads
 * the routes that are added after it in its own scope, and one that stands elsewhere must not be open without a word.
 */
export function refuseUnchecked(app: FastifyInstance): void {
  const root = rootOf(app)
  if (watched.has(root)) return
  watched.add(root)
  root.addHook('onRequest', (request, _reply, done) => {
    const option = optionOf(request)
    done(option === undefined || read.has(option) ? undefined : unread(request))
  })
  // After all hooks of the option: later hooks of the application may have taken its own away.
  root.addHook('preHandler', (request, _reply, done) => {
    const option = optionOf(request)
    done(
      option === undefined || (request as Checked)[checkedBy]?.includes(option) === true
        ? undefined
        : unchecked(request),
    )
  })
}

/** A scope of Fastify has the one around it as its prototype. */
function rootOf(app: FastifyInstance): FastifyInstance {
  const around = Object.getPrototypeOf(app) as FastifyInstance
  return typeof around.addHook === 'function' ? rootOf(around) : app
}

function optionOf({ routeOptions: { config } }: FastifyRequest): object | undefined {
  return config?.jwt as object | undefined
}

function unread({ routeOptions: { url } }: FastifyRequest): Error {
  return new Error(
    `${url} has config.jwt, but jwt-extended has not read it: write await app.register(jwt.plugin()) before the routes, in their scope or in one around it`,
  )
}

function unchecked({ routeOptions: { url } }: FastifyRequest): Error {
  return new Error(
    `${url} has config.jwt, but its check has not run: an onRoute hook has replaced onRequest or preValidation of the route; add to them instead`,
  )
}
