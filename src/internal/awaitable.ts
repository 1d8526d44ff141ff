/** A value, or a promise of it: what every loader may return. */
export type Awaitable<Value> = Value | PromiseLike<Value>
