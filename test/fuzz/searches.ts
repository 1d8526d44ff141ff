import { differential } from './differential.ts'
import { properties } from './properties.ts'
import type { Search } from './search.ts'

/** Every search there is. Each gets the same share of the time. */
export const searches: readonly Search[] = [properties, differential]
