import { AsyncLocalStorage } from 'node:async_hooks'

/** Remembers the context of the request that is being handled, below everything that its handler calls and awaits. */
export class CurrentContext<Context> {
  readonly #storage = new AsyncLocalStorage<Context>()

  run<Result>(context: Context, callback: () => Result): Result {
    return this.#storage.run(context, callback)
  }

  find(): Context | undefined {
    return this.#storage.getStore()
  }

  /** @throws Error outside a protected request */
  get(): Context {
    const context = this.find()
    if (context !== undefined) return context
    throw new Error(
      'There is no current token: current() works in the handler of a route protected by required(), and in what that handler calls. Elsewhere use authenticate(request), which returns the context',
    )
  }
}
