import { compare } from './compare.ts'
import type { CorpusCase, Keys } from './corpus.ts'
import { findExcuse, writeUsualScheme } from './excuses.ts'
import { startExpress } from './harness/express.ts'
import { startFetch } from './harness/fetch.ts'
import { startHono } from './harness/hono.ts'
import { replay, type Start } from './replay.ts'

interface Adapter {
  readonly start: Start
  readonly readsBodyOfGet: boolean
}

export const adapters = {
  express: { start: startExpress, readsBodyOfGet: true },
  hono: { start: startHono, readsBodyOfGet: false },
  fetch: { start: startFetch, readsBodyOfGet: false },
} as const satisfies Record<string, Adapter>

export type AdapterName = keyof typeof adapters

export interface CaseResult {
  readonly id: string
  readonly area: string
  readonly faults: readonly string[]
  /** Why the faults are none. */
  readonly excuse: string | undefined
}

export async function runCase(testCase: CorpusCase, keys: Keys, adapter: AdapterName): Promise<CaseResult> {
  const { start, readsBodyOfGet } = adapters[adapter]
  const outcome = await replay(testCase, keys, start)
  const faults = compare(testCase, outcome, keys)
  if (faults.length === 0) return { id: testCase.id, area: testCase.area, faults, excuse: undefined }
  const usual = writeUsualScheme(testCase)
  const withUsualScheme = usual === undefined ? undefined : await replay(usual, keys, start)
  const excuse = findExcuse({ testCase, outcome, faults, keys, withUsualScheme, readsBodyOfGet })
  return { id: testCase.id, area: testCase.area, faults, excuse }
}

export async function runCorpus(cases: readonly CorpusCase[], keys: Keys, adapter: AdapterName): Promise<CaseResult[]> {
  const results: CaseResult[] = []
  for (const testCase of cases) results.push(await runCase(testCase, keys, adapter))
  return results
}
