import { describe } from 'vitest'
import { testFacts } from '../sessions/facts.ts'
import { describeStores } from '../stores/harness/describe-stores.ts'
import { memory } from '../stores/harness/memory.ts'

// On the store in memory alone: what the others do with the same calls is theirs.
describe('sessions', () => {
  describeStores(({ harness }) => testFacts(harness), [memory])
})
