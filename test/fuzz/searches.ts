import { differential } from './differential.ts'
import { leaks } from './leaks.ts'
import { mutations } from './mutations.ts'
import { properties } from './properties.ts'
import { recordings } from './recordings.ts'
import type { Search } from './search.ts'

/** Every search there is. Each gets the same share of the time, and of what those before it have left. */
export const searches: readonly Search[] = [mutations, leaks, properties, differential, recordings]
