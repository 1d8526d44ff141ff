import { AsyncLocalStorage } from 'node:async_hooks'

/** What one manager knows of a request; around it may be what others know. */
interface Scope {
  readonly owner: object
  readonly outer: Scope | undefined
  /** Filled when a request has been checked. */
  readonly held: { context: unknown }
}

// One for all managers: before Node 24 every storage that has been used costs each promise of the process something, for
// good.
const scopes = new AsyncLocalStorage<Scope>()

/** Remembers the context of the request that is being handled, below everything that its handler calls and awaits. */
export class CurrentContext<Context> {
  readonly #isKept: boolean

  /** @param isKept whether anything is remembered at all */
  constructor(isKept = true) {
    this.#isKept = isKept
  }

  run<Result>(context: Context | undefined, callback: () => Result): Result {
    if (!this.#isKept) return callback()
    return scopes.run({ owner: this, outer: this.#withoutOwn(scopes.getStore()), held: { context } }, callback)
  }

  /**
   * Says what `run` around it did not know yet: for frameworks whose checks cannot wrap the handler. A request has a
   * scope of its own, so nothing is left for the next one on its connection, as `enterWith` would leave it.
   */
  fill(context: Context): void {
    const scope = this.#findScope()
    if (scope !== undefined) scope.held.context = context
  }

  find(): Context | undefined {
    return this.#findScope()?.held.context as Context | undefined
  }

  /** @throws Error outside a protected request */
  get(): Context {
    const context = this.find()
    if (context !== undefined) return context
    if (!this.#isKept)
      throw new Error('current() is turned off by the option context: read the context that the framework hands on')
    throw new Error(
      'There is no current token: current() works in the handler of a route protected by required(), and in what that handler calls. Elsewhere use authenticate(request), which returns the context',
    )
  }

  /**
   * What is around, but not what this manager knew of an earlier request: a handler that starts the next one, as a queue
   * does, would make a chain of all of them.
   */
  #withoutOwn(scope: Scope | undefined): Scope | undefined {
    if (scope === undefined) return undefined
    const outer = this.#withoutOwn(scope.outer)
    if (scope.owner === this) return outer
    return outer === scope.outer ? scope : { ...scope, outer }
  }

  #findScope(): Scope | undefined {
    let scope = scopes.getStore()
    while (scope !== undefined && scope.owner !== this) scope = scope.outer
    return scope
  }
}
