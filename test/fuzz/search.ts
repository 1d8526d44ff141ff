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

/** What one search gets of the time until `endsAt`, where `left` of them, itself included, have yet to run. */
export function shareOf(endsAt: number, left: number): number {
  const now = performance.now()
  return now + Math.max(0, endsAt - now) / left
}

/**
 * Tries each of `count` cases once, in an order that the seed shuffles: a sample where there is little time, and all of
 * them where there is enough.
 *
 * @returns how many of all it has tried, in words
 */
export async function tryEach(
  count: number,
  budget: Budget,
  attempt: (index: number) => Promise<void>,
): Promise<string> {
  let tried = 0
  for (const index of shuffle(count, budget.seed)) {
    if (!hasTime(budget)) break
    await attempt(index)
    tried++
  }
  return tried === count ? `all ${count}` : `${tried} of ${count}`
}

/** The numbers from 0 to `count` in random order (Fisher and Yates). */
export function shuffle(count: number, seed: number): Uint32Array {
  const numbers = Uint32Array.from({ length: count }, (_, index) => index)
  const random = randomFrom(seed)
  for (let last = count - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1))
    const moved = numbers[last] as number
    numbers[last] = numbers[other] as number
    numbers[other] = moved
  }
  return numbers
}

/** Random numbers from 0 to 1, the same for the same seed (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
