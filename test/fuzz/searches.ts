import { recordings } from './recordings.ts'
import type { Search } from './search.ts'

/** Every search there is. Each gets the same share of the time. */
export const searches: readonly Search[] = [recordings]
