import type { AdapterHarness } from '../../src/testing/harness.ts'
import { compare } from './compare.ts'
import type { CorpusCase, Keys } from './corpus.ts'
import { findExcuse, writeUsualScheme } from './excuses.ts'
import { replay } from './replay.ts'

export interface CaseResult {
  readonly id: string
  readonly area: string
  readonly faults: readonly string[]
  /** Why the faults are none. */
  readonly excuse: string | undefined
}

/** A case that cannot even be replayed has failed, and the others go on. */
export function runCase(testCase: CorpusCase, keys: Keys, harness: AdapterHarness): Promise<CaseResult> {
  const { id, area } = testCase
  return judgeCase(testCase, keys, harness).catch((error: unknown) => ({
    id,
    area,
    faults: [`it could not be replayed: ${error}`],
    excuse: undefined,
  }))
}

async function judgeCase(testCase: CorpusCase, keys: Keys, harness: AdapterHarness): Promise<CaseResult> {
  const outcome = await replay(testCase, keys, harness)
  const faults = compare(testCase, outcome, keys)
  if (faults.length === 0) return { id: testCase.id, area: testCase.area, faults, excuse: undefined }
  const usual = writeUsualScheme(testCase)
  const withUsualScheme = usual === undefined ? undefined : await replay(usual, keys, harness)
  const excuse = findExcuse({
    testCase,
    outcome,
    faults,
    keys,
    withUsualScheme,
    readsBodyOfGet: harness.readsBodyOfGet,
  })
  return { id: testCase.id, area: testCase.area, faults, excuse }
}

export async function runCorpus(
  cases: readonly CorpusCase[],
  keys: Keys,
  harness: AdapterHarness,
): Promise<CaseResult[]> {
  const results: CaseResult[] = []
  for (const testCase of cases) results.push(await runCase(testCase, keys, harness))
  return results
}
