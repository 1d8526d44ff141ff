const minuteMs = 60_000

/** Remembers which keys to look at when their time is over, by the minute: adding and taking cost the same at any size. */
export class ExpiryQueue {
  readonly #buckets = new Map<number, Set<string>>()
  readonly #minutes = new Map<string, number>()
  #earliest = Number.POSITIVE_INFINITY

  /** Queues a key for a time in milliseconds since 1970. One that is queued for an earlier time stays there. */
  add(key: string, time: number): void {
    if (time === Number.POSITIVE_INFINITY) return
    const minute = Math.floor(time / minuteMs)
    const queued = this.#minutes.get(key)
    if (queued !== undefined && queued <= minute) return
    if (queued !== undefined) this.#buckets.get(queued)?.delete(key)
    this.#minutes.set(key, minute)
    this.#buckets.set(minute, (this.#buckets.get(minute) ?? new Set()).add(key))
    this.#earliest = Math.min(this.#earliest, minute)
  }

  /** Takes up to `limit` keys out whose minute is over. They may have been given more time since they were added. */
  take(now: number, limit: number): string[] {
    const taken: string[] = []
    const current = Math.floor(now / minuteMs)
    while (taken.length < limit && this.#earliest < current && this.#buckets.size > 0) {
      const bucket = this.#buckets.get(this.#earliest) ?? new Set()
      for (const key of bucket) {
        if (taken.length >= limit) return taken
        bucket.delete(key)
        this.#minutes.delete(key)
        taken.push(key)
      }
      this.#buckets.delete(this.#earliest)
      this.#earliest++
    }
    if (this.#buckets.size === 0) this.#earliest = Number.POSITIVE_INFINITY
    return taken
  }
}
