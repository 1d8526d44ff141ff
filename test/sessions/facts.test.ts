import { afterAll, beforeAll, describe } from 'vitest'
import { describeStores } from '../stores/harness/describe-stores.ts'
import { type StoreWorkers, startWorkers } from '../stores/harness/workers.ts'
import { testFacts } from './facts.ts'
import { testSharedFacts } from './shared-facts.ts'

describe('the facts', { timeout: 30_000 }, () => {
  let workers: StoreWorkers

  beforeAll(async () => {
    workers = await startWorkers()
  }, 30_000)
  afterAll(() => workers.stop())

  describeStores(under => {
    testFacts(under.harness)
    describe('between processes', () => {
      // Servers wait for their clients to go.
      afterAll(() => workers.disconnect())
      testSharedFacts(under, () => workers)
    })
  })
})
