import { applyDecorators, createParamDecorator, UseGuards, UseInterceptors } from '@nestjs/common'
import type { AnonymousContext, JwtContext } from '../../context.ts'
import { type Requirements, resolveRequirements } from '../../request/requirements.ts'
import { type Access, declareAccess, guardsOf, setGuards } from './access.ts'
import { ContextInterceptor } from './context-interceptor.ts'
import { JwtGuard } from './jwt-guard.ts'
import { getJwtContext } from './seen-contexts.ts'

type ClassOrMethodDecorator = ClassDecorator & MethodDecorator

/**
 * Protects a handler, or all handlers of a class; that of a handler overrides that of its class. It brings its guard
 * along: with `JwtGuard` as `APP_GUARD`, too, a request is checked once.
 *
 * @throws TypeError at requirements that are wrong, when the class is defined
 */
export function JwtRequired(requirements: Requirements = {}): ClassOrMethodDecorator {
  resolveRequirements(requirements, { tokenLocation: [], onStoreError: 'reject' })
  // A copy, for checks are kept by it and what the caller changes later would not count.
  // The interceptor, too, for the gateways of Nest 11 know no global ones.
  const enhancers = applyDecorators(UseGuards(JwtGuard), UseInterceptors(ContextInterceptor))
  return decorate({ ...requirements }, enhancers, putGuardFirst)
}

/**
 * Opens a handler, or all handlers of a class, that `JwtGuard` would protect from further out: before the application,
 * or on the class. A guard that `@UseGuards()` puts at its side, or on a handler of the class, still asks.
 */
export function Public(): ClassOrMethodDecorator {
  return decorate('public')
}

/**
 * The context of the request, as `current()` returns it; undefined on a public handler. Write its type as
 * `RegisteredContext`, or as `JwtContext<User, Extra>`.
 */
export const CurrentJwt: () => ParameterDecorator = createParamDecorator(
  (_: unknown, context): JwtContext | AnonymousContext | undefined => getJwtContext(context),
)

/**
 * What `userLookup` returned; undefined on a public handler and for an anonymous request.
 *
 * @throws TypeError where there is no `userLookup`
 */
export const CurrentUser: () => ParameterDecorator = createParamDecorator(
  (_: unknown, context): unknown => getJwtContext(context)?.user,
)

type Target = Parameters<typeof declareAccess>[1]

function decorate(
  access: Access,
  guard?: ClassOrMethodDecorator,
  finish: (target: Target) => void = () => {},
): ClassOrMethodDecorator {
  return (target: object, name?: string | symbol, descriptor?: PropertyDescriptor): void => {
    const declared: Target = descriptor === undefined ? target : descriptor.value
    declareAccess(access, declared)
    if (descriptor === undefined) (guard as ClassDecorator | undefined)?.(declared as never)
    else guard?.(target, name ?? '', descriptor)
    finish(declared)
  }
}

// Decorators run from the last to the first: `@UseGuards(RolesGuard)` below `@JwtRequired()` would run before anybody
// knows who is asking. Under another key of Nest the guard would still be there, in the order of the decorators.
function putGuardFirst(target: Target): void {
  const guards = guardsOf(target)
  if (!guards.includes(JwtGuard)) return
  setGuards(target, [JwtGuard, ...guards.filter(guard => guard !== JwtGuard)])
}
