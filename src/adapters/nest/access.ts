import type { ExecutionContext } from '@nestjs/common'
import { Reflector } from '@nestjs/core'
import type { Requirements } from '../../request/requirements.ts'

/** What a handler or its class says of who may call it. */
export type Access = 'public' | Requirements

type Target = Parameters<Reflector['get']>[1]

const key = 'jwt-extended:access'
const reflector = new Reflector()

// One object, for checks are kept by the object of their requirements.
export const anyAccessToken: Requirements = Object.freeze({})

/** What a handler asks for: what itself says, else what its class says, else any access token. */
export function accessOf(context: ExecutionContext): Access {
  return (
    reflector.getAllAndOverride<Access | undefined>(key, [context.getHandler(), context.getClass()]) ?? anyAccessToken
  )
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
