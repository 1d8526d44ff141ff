import type { CanActivate, ExecutionContext } from '@nestjs/common'
import type { Reflector } from '@nestjs/core'
import type { Requirements } from '../../request/requirements.ts'

/** What a handler or its class says of who may call it. */
export type Access = 'public' | Requirements

type Target = Parameters<Reflector['get']>[1]

const key = 'jwt-extended:access'
// That of Nest for `@UseGuards()`.
const guardsKey = '__guards__'

// One object, for checks are kept by the object of their requirements.
export const anyAccessToken: Requirements = Object.freeze({})

/**
 * What a guard asks of a handler: what the handler says, else its class, else any access token. `@Public()` opens for
 * guards that stand further out than itself; one that stands at its side, or further in, still asks.
 */
export function accessOf(context: ExecutionContext, guard: CanActivate): Access {
  let standsHere = false
  for (const target of [...lineOf(context.getHandler()), ...lineOf(context.getClass())]) {
    standsHere ||= guardsOf(target).some(listed => isGuard(listed, guard))
    const access: Access | undefined = Reflect.getOwnMetadata(key, target)
    if (access !== undefined) return access === 'public' && standsHere ? anyAccessToken : access
  }
  return anyAccessToken
}

/** What `@UseGuards()` put on a target: classes and objects. */
export function guardsOf(target: object): readonly unknown[] {
  const guards: unknown = Reflect.getOwnMetadata(guardsKey, target)
  return Array.isArray(guards) ? guards : []
}

export function setGuards(target: object, guards: readonly unknown[]): void {
  Reflect.defineMetadata(guardsKey, guards, target)
}

/** @throws TypeError where the target says so already, for one of the two would be ignored */
export function declareAccess(access: Access, target: Target): void {
  if (Reflect.getOwnMetadata(key, target) !== undefined) {
    throw new TypeError(
      `${target.name} has @Public() or @JwtRequired() more than once: leave one. On a method it overrides that of the class`,
    )
  }
  Reflect.defineMetadata(key, access, target)
}

/** A class and those that it extends; a handler and, where a decorator has wrapped it, those that it inherits from. */
function lineOf(target: object): object[] {
  const parent: unknown = Object.getPrototypeOf(target)
  return typeof parent === 'function' && parent !== Function.prototype ? [target, ...lineOf(parent)] : [target]
}

function isGuard(listed: unknown, guard: CanActivate): boolean {
  return listed === guard || (typeof listed === 'function' && guard instanceof listed)
}
