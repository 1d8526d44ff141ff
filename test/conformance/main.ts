import { parseArgs } from 'node:util'
import { harnesses } from '../adapters/harness/index.ts'
import { readCorpus, readKeys } from './corpus.ts'
import { type CaseResult, runCorpus } from './run.ts'

const { values } = parseArgs({
  options: {
    corpus: { type: 'string' },
    keys: { type: 'string' },
    adapter: { type: 'string' },
    verbose: { type: 'boolean', default: false },
  },
})

interface Tally {
  readonly passed: number
  readonly failed: number
  readonly excused: number
}

function tally(results: readonly CaseResult[]): Tally {
  const faulty = results.filter(result => result.faults.length > 0)
  const excused = faulty.filter(result => result.excuse !== undefined).length
  return { passed: results.length - faulty.length, failed: faulty.length - excused, excused }
}

function print(name: string, { passed, failed, excused }: Tally): void {
  console.log(`${name}: ${passed} passed, ${failed} failed, ${excused} excused`)
}

function report(results: readonly CaseResult[]): void {
  for (const area of new Set(results.map(result => result.area)))
    print(area, tally(results.filter(result => result.area === area)))
  for (const { id, faults, excuse } of results) {
    if (faults.length > 0 && excuse === undefined) console.log(`FAILED ${id}\n  ${faults.join('\n  ')}`)
    if (excuse !== undefined && values.verbose) console.log(`excused ${id} by ${excuse}\n  ${faults.join('\n  ')}`)
  }
}

const names = values.adapter === undefined ? Object.keys(harnesses) : [values.adapter]

const cases = readCorpus(values.corpus)
const keys = readKeys(values.keys)
const all: CaseResult[] = []
for (const name of names) {
  const harness = Object.hasOwn(harnesses, name) ? harnesses[name] : undefined
  if (harness === undefined) throw new Error(`no adapter ${name}; known: ${Object.keys(harnesses).join(', ')}`)
  console.log(`# ${harness.name}`)
  const results = await runCorpus(cases, keys, harness)
  report(results)
  all.push(...results)
}
const total = tally(all)
print('conformance', total)
process.exitCode = total.failed > 0 ? 1 : 0
