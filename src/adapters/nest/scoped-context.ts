import { AsyncLocalStorage } from 'node:async_hooks'
import { CurrentContext } from '../../request/current.ts'

interface Scope<Context> {
  context?: Context
}

/**
 * The current context where the check cannot wrap the handler, as a guard of Nest cannot: a scope is opened around the
 * request before the check, and filled by it. A request has a scope of its own, so nothing is left for the next one on
 * the same connection, as `enterWith` would leave it.
 */
export class ScopedContext<Context> extends CurrentContext<Context> {
  readonly #scopes = new AsyncLocalStorage<Scope<Context>>()

  /** Calls back in a scope without a context yet. */
  open<Result>(callback: () => Result): Result {
    return this.#scopes.run({}, callback)
  }

  /** Fills the scope of the running request, where there is one. */
  fill(context: Context): void {
    const scope = this.#scopes.getStore()
    if (scope !== undefined) scope.context = context
  }

  override find(): Context | undefined {
    return super.find() ?? this.#scopes.getStore()?.context
  }
}
