import { afterAll, beforeAll, describe, test } from 'vitest'
import { describeStores } from '../stores/harness/describe-stores.ts'
import { type StoreWorkers, startWorkers } from '../stores/harness/workers.ts'
import { testFacts } from './facts.ts'
import { checkModel } from './model/check-model.ts'
import { testSharedFacts } from './shared-facts.ts'

// All of it in one file, for each file starts servers of its own.
describe('sessions', { timeout: 60_000 }, () => {
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

    const runs = under.family.name === 'memory' ? 200 : 8
    test(`do as the model says, in ${runs} random runs`, async () => {
      await checkModel(under.harness, { runs, seed: Date.now() % 2 ** 31 })
    })
  })
})
