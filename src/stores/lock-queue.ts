import { setTimeout } from 'node:timers/promises'

/** How long one attempt may wait for a lock, blocking the event loop. Between attempts, it is free. */
export const blockingMs = 5

/**
 * Lets calls wait for a lock that another process has. One of them tries at a time, in the order in which they came:
 * did all of them, each would block the event loop.
 */
export class LockQueue {
  readonly #isLocked: (error: unknown) => boolean
  #pause: Promise<void> | undefined
  #lastError: unknown

  constructor(isLocked: (error: unknown) => boolean) {
    this.#isLocked = isLocked
  }

  /** Tries until the lock is free, and rejects with the error of the last attempt when the time is over. */
  async run<Result>(attempt: () => Result, timeoutMs: number): Promise<Result> {
    const end = performance.now() + timeoutMs
    for (;;) {
      if (this.#pause === undefined) {
        try {
          return attempt()
        } catch (error) {
          if (!this.#isLocked(error)) throw error
          this.#lastError = error
          this.#pause = this.#wait()
        }
      }
      if (performance.now() >= end) throw this.#lastError
      await this.#pause
    }
  }

  async #wait(): Promise<void> {
    // At random, lest several processes keep meeting at the same moment.
    await setTimeout(1 + Math.random() * blockingMs)
    this.#pause = undefined
  }
}
