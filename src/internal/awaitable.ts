/** A value, or a promise of it: what every loader may return. */
export type Awaitable<Value> = Value | PromiseLike<Value>

/**
 * Goes on with a value: at once where it is there, for a promise costs more than most checks, and later where it is
 * promised.
 */
export function whenReady<Value, Result>(
  value: Awaitable<Value>,
  next: (value: Value) => Awaitable<Result>,
): Awaitable<Result> {
  return isPromise(value) ? toPromise(value).then(next) : next(value)
}

/** Does some work, and what is thrown or rejected there is turned into a value, or thrown on. */
export function orElse<Result, Other>(
  work: () => Awaitable<Result>,
  recover: (error: unknown) => Awaitable<Other>,
): Awaitable<Result | Other> {
  try {
    const result = work()
    return isPromise(result) ? toPromise(result).then(value => value, recover) : result
  } catch (error) {
    return recover(error)
  }
}

/** A promise of what some work gives, now or later, or throws. */
export function promised<Result>(work: () => Awaitable<Result>): Promise<Result> {
  try {
    return Promise.resolve(work())
  } catch (error) {
    return Promise.reject(error)
  }
}

export function isPromise<Value>(value: Awaitable<Value>): value is PromiseLike<Value> {
  if (typeof value !== 'function' && (typeof value !== 'object' || value === null)) return false
  return typeof (value as { then?: unknown }).then === 'function'
}

/** What another library's `then` returns is not to be relied on: it may be nothing, which would count as an answer. */
function toPromise<Value>(value: PromiseLike<Value>): Promise<Value> {
  return Promise.resolve(value)
}
