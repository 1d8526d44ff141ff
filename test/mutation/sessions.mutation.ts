import { describe } from 'vitest'
import { memory } from '../stores/harness/memory.ts'
import { describeStores } from '../stores/harness/describe-stores.ts'
import { testFacts } from '../sessions/facts.ts'

// On the store in memory alone: what the others do with the same calls is theirs.
describe('sessions', () => {
  describeStores(({ harness }) => testFacts(harness), [memory])
})
