import { JwtError } from '../errors.ts'
import { type Awaitable, isPromise, orElse } from '../internal/awaitable.ts'
import { withinTime } from '../internal/within-time.ts'
import type { IssuedSession, NewSession, RevocationQuery, Store } from './store.ts'

type Operation = Exclude<keyof Store, 'name' | 'isVolatile' | 'migrate' | 'prune'>

/** The store as the rest of the package asks it: within a time, and with one kind of failure. */
export class StoreClient {
  readonly #store: Store
  readonly #timeoutMs: number
  readonly #onError: (operation: Operation, error: unknown) => void

  /** @param onError told of each failure, once */
  constructor(store: Store, timeoutMs: number, onError: (operation: Operation, error: unknown) => void) {
    this.#store = store
    this.#timeoutMs = timeoutMs
    this.#onError = onError
  }

  /**
   * Calls a method of the store.
   *
   * @throws JwtError `store_unavailable` where it fails or takes too long
   */
  async call<Name extends Operation>(operation: Name, ...args: Parameters<Store[Name]>): Promise<Result<Name>> {
    return this.#answer(operation, this.#start(operation, args))
  }

  /**
   * Asks whether a token is revoked: each request does. At once where the store answers at once.
   *
   * @throws JwtError `store_unavailable`
   */
  isRevoked(query: RevocationQuery): Awaitable<unknown> {
    return orElse<unknown, never>(
      () => {
        const answer = this.#store.isRevoked(query)
        return isPromise(answer) ? withinTime(Promise.resolve(answer), this.#timeoutMs, 'The store') : answer
      },
      cause => this.#fail('isRevoked', cause),
    )
  }

  /**
   * Calls a method that may be called twice, and does so where the first answer was lost.
   *
   * @throws JwtError `store_unavailable` where it fails twice, or takes too long
   */
  async callTwice<Name extends Operation>(operation: Name, ...args: Parameters<Store[Name]>): Promise<Result<Name>> {
    const attempt = (): Promise<Result<Name>> => this.#start(operation, args)
    const attempts = attempt().catch((error: unknown) => {
      this.#onError(operation, error)
      return attempt()
    })
    return this.#answer(operation, attempts)
  }

  /**
   * Begins a session. One that the store makes after the time is over is ended at once: nobody has its tokens, and its user
   * would find it in the list.
   *
   * @throws JwtError `store_unavailable`
   */
  async createSession(session: NewSession, keepMs: number | null): Promise<IssuedSession> {
    const created = this.#start('createSession', [session])
    try {
      return await this.#answer('createSession', created)
    } catch (error) {
      // The listeners of store_error know of either failure.
      created.then(() => this.call('revokeSession', session.sid, keepMs)).catch(() => {})
      throw error
    }
  }

  async #answer<Name extends Operation>(operation: Name, work: Promise<Result<Name>>): Promise<Result<Name>> {
    try {
      return await withinTime(work, this.#timeoutMs, 'The store')
    } catch (cause) {
      return this.#fail(operation, cause)
    }
  }

  #fail(operation: Operation, cause: unknown): never {
    this.#onError(operation, cause)
    throw new JwtError('store_unavailable', 'The session store did not answer', { cause })
  }

  // A store may throw before it returns a promise.
  async #start<Name extends Operation>(operation: Name, args: Parameters<Store[Name]>): Promise<Result<Name>> {
    const method = this.#store[operation] as (...args: Parameters<Store[Name]>) => Promise<Result<Name>>
    return method.apply(this.#store, args)
  }
}

type Result<Name extends Operation> = Awaited<ReturnType<Store[Name]>>
