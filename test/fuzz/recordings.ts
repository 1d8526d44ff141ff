import fc from 'fast-check'
import { combinations, writeCorpus } from '../conformance/combine.ts'
import { type CorpusCase, type Keys, readCorpus, readKeys } from '../conformance/corpus.ts'
import { findBroken } from '../conformance/invariants.ts'
import { type Outcome, predict } from '../conformance/model.ts'
import { findDifference, observe } from '../conformance/observe.ts'
import { findEffect, relations } from '../conformance/relations.ts'
import { type Budget, hasTime, type Search } from './search.ts'

const batchSize = 100

/**
 * Puts the recordings of Flask-JWT-Extended together anew, and compares what ours does with what they foretell: with a
 * model of the reference that the recordings have proved, and with what holds in all of them.
 */
export const recordings: Search = {
  name: 'recordings',
  run: budget => searchRecordings(budget, observe),
}

type Observe = (testCase: CorpusCase, keys: Keys) => Promise<Outcome | undefined>

/** The search, with what is searched: for the test that it finds something. */
export async function searchRecordings(budget: Budget, look: Observe): Promise<string> {
  const keys = readKeys()
  const combined = combinations(readCorpus(), keys)
  const counts = { tried: 0, configured: 0, passed: 0 }
  const examine = async (testCase: CorpusCase, relation: string | undefined): Promise<void> => {
    counts.tried++
    const outcome = await look(testCase, keys)
    if (outcome === undefined) return
    counts.configured++
    if (outcome.cause === null) counts.passed++
    const fault = await findFault(testCase, outcome, { keys, look, relation })
    if (fault !== undefined) throw new Error(`${fault}\n${writeCorpus(testCase, predict(testCase, keys, 'ours'))}`)
  }
  const property = fc.asyncProperty(combined, sometimes(fc.constantFrom(...Object.keys(relations))), examine)
  for (let seed = budget.seed; seed === budget.seed || hasTime(budget); seed++) await check(property, seed)
  return `${counts.tried} combinations, ${counts.configured} of them configured, ${counts.passed} passed`
}

async function check(property: fc.IAsyncProperty<[CorpusCase, string | undefined]>, seed: number): Promise<void> {
  const { failed, errorInstance, numRuns, numShrinks } = await fc.check(property, { seed, numRuns: batchSize })
  if (!failed) return
  const fault = errorInstance instanceof Error ? errorInstance.message : String(errorInstance)
  throw new Error(`seed ${seed}, combination ${numRuns}, made smaller ${numShrinks} times: ${fault}`)
}

interface Terms {
  readonly keys: Keys
  readonly look: Observe
  /** A change that must have no effect; undefined: none is tried. */
  readonly relation: string | undefined
}

async function findFault(
  testCase: CorpusCase,
  outcome: Outcome,
  { keys, look, relation }: Terms,
): Promise<string | undefined> {
  const difference = findDifference(predict(testCase, keys, 'ours'), outcome)
  if (difference !== undefined) return difference
  const [broken] = findBroken(testCase, outcome, keys)
  if (broken !== undefined) return `it does not hold that ${broken}`
  return relation === undefined ? undefined : findEffectOf(relation, testCase, { outcome, keys, look })
}

async function findEffectOf(
  relation: string,
  testCase: CorpusCase,
  { outcome, keys, look }: Pick<Terms, 'keys' | 'look'> & { readonly outcome: Outcome },
): Promise<string | undefined> {
  const after = await look(relations[relation]?.(testCase) ?? testCase, keys)
  const effect = after === undefined ? 'the configuration is refused' : findEffect(outcome, after)
  return effect === undefined ? undefined : `${relation} has an effect: ${effect}`
}

/** A second look at each combination would halve their number. */
function sometimes(relation: fc.Arbitrary<string>): fc.Arbitrary<string | undefined> {
  return fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: relation })
}
