import fc from 'fast-check'
import { fixedClock, type StoreHarness } from 'jwt-extended/testing'
import { compareWithModel } from './compare.ts'
import { scenario } from './steps.ts'

export interface ModelRuns {
  readonly runs: number
  /** Of the generator; the same one gives the same runs. */
  readonly seed: number
}

/**
 * Compares random steps on a store with what the model says, each run on a store of its own.
 *
 * @throws at a difference, with the shortest steps that lead to it
 * @returns how many steps there were
 */
export async function checkModel(harness: StoreHarness, { runs, seed }: ModelRuns): Promise<number> {
  let steps = 0
  const property = fc.asyncProperty(scenario, async each => {
    steps += each.steps.length
    // Near to now, for servers drop rows by a clock of their own; and tokens say their times in whole seconds.
    const clock = fixedClock(new Date(Math.floor(Date.now() / 1000) * 1000))
    const { store, close } = await harness.open({ clock })
    try {
      await store.migrate()
      await compareWithModel(store, clock, each)
    } finally {
      await close()
    }
  })
  await fc.assert(property, { numRuns: runs, seed })
  return steps
}
