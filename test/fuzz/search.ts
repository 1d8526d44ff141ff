/** A search for faults among inputs that nobody wrote down, as long as it is given time. */
export interface Search {
  readonly name: string
  /**
   * Searches, and says in a few words of figures what it has tried.
   *
   * @throws Error that shows the smallest input with a fault, and how to see it again
   */
  run(budget: Budget): Promise<string>
}

export interface Budget {
  /** Where the random inputs begin: the same seed gives the same ones. */
  readonly seed: number
  /** When to end, in milliseconds of `performance.now()`. What has been begun is finished. */
  readonly endsAt: number
}

/** Whether there is time left. */
export function hasTime({ endsAt }: Budget): boolean {
  return performance.now() < endsAt
}
