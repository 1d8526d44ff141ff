import type { ExecutionContext } from '@nestjs/common'
import type { AnonymousContext, JwtContext } from '../../context.ts'
import type { JwtManager } from './jwt-manager.ts'

/** What a guard has found out of one call of a handler, for those who come after it. */
export interface SeenContext {
  readonly manager: JwtManager<unknown>
  readonly context: JwtContext | AnonymousContext
  /** What made the check: guards that have the same would make it again. */
  readonly checkedBy: unknown
}

// By handler, too: the fields of one GraphQL operation may have requirements of their own.
const seen = new WeakMap<object, Map<unknown, SeenContext>>()

/**
 * Who is asking, for guards, interceptors and parameter decorators of the application that run behind `JwtGuard`;
 * undefined on a public handler.
 */
export function getJwtContext(execution: ExecutionContext): JwtContext | AnonymousContext | undefined {
  return findSeen(execution)?.context
}

export function findSeen(execution: ExecutionContext): SeenContext | undefined {
  const carrier = findCarrier(execution)
  return carrier && seen.get(carrier)?.get(execution.getHandler())
}

/** @throws TypeError where a call has no object to know it by */
export function keepSeen(execution: ExecutionContext, found: SeenContext): void {
  const carrier = findCarrier(execution)
  if (carrier === undefined)
    throw new TypeError(
      `JwtGuard cannot tell the calls of a handler of type ${execution.getType()} apart: none of its arguments is an object`,
    )
  const byHandler = seen.get(carrier) ?? new Map<unknown, SeenContext>()
  seen.set(carrier, byHandler.set(execution.getHandler(), found))
}

/** What stays the same object for the guard, the interceptors and the parameters of one call, and for no other call. */
function findCarrier(execution: ExecutionContext): object | undefined {
  const [first, second, third]: unknown[] = execution.getArgs()
  const candidates = { http: [first], graphql: [third] }[execution.getType<string>()] ?? [second, first]
  return candidates.find(candidate => typeof candidate === 'object' && candidate !== null) as object | undefined
}
