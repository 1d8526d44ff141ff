import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common'
import { findSeen } from './seen-contexts.ts'

/** Makes what the guard found the current context of the handler, its pipes and the interceptors behind this one. */
export class ContextInterceptor implements NestInterceptor {
  intercept(execution: ExecutionContext, next: CallHandler): ReturnType<CallHandler['handle']> {
    const seen = findSeen(execution)
    if (seen === undefined || seen.manager.currentOrUndefined() === seen.context) return next.handle()
    // Nest binds what follows to the asynchronous scope in which handle() is called.
    return seen.manager.runWith(seen.context, () => next.handle())
  }
}
