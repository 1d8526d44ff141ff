import { parseArgs } from 'node:util'
import { harnesses } from '../adapters/harness/index.ts'
import { readAttacks, readKeyTable } from './corpus.ts'
import type { Verdict } from './judge.ts'
import { runAttacks } from './run.ts'

const { values } = parseArgs({
  options: {
    corpus: { type: 'string' },
    keys: { type: 'string' },
    adapter: { type: 'string' },
    verbose: { type: 'boolean', default: false },
  },
})

function count(verdicts: readonly Verdict[], ...results: readonly Verdict['result'][]): number {
  return verdicts.filter(({ result }) => results.includes(result)).length
}

/** A line for each class, and for each strength that is no must. */
function report(verdicts: readonly Verdict[]): void {
  for (const name of new Set(verdicts.map(verdict => verdict.class))) {
    const ofClass = verdicts.filter(verdict => verdict.class === name)
    console.log(`${name}: ${describe(ofClass)}`)
  }
  for (const { id, result, strength, answer } of verdicts) {
    if (result === 'failed') console.log(`FAILED ${id} (${strength}): ${answer}`)
    if (result === 'otherwise') console.log(`otherwise ${id} (${strength}): ${answer}`)
    if (result === 'pending' && values.verbose) console.log(`pending ${id}: ${answer}`)
    if (result === 'as recommended' && values.verbose) console.log(`passed ${id} (${strength}): ${answer}`)
  }
}

function describe(verdicts: readonly Verdict[]): string {
  const otherwise = count(verdicts, 'otherwise')
  const pending = count(verdicts, 'pending')
  const failed = count(verdicts, 'failed')
  return [
    `${count(verdicts, 'as recommended')} passed`,
    `${failed} failed`,
    ...(otherwise > 0 ? [`${otherwise} answered otherwise`] : []),
    ...(pending > 0 ? [`${pending} pending`] : []),
  ].join(', ')
}

const cases = readAttacks(values.corpus)
const keys = readKeyTable(values.keys)
const name = values.adapter ?? 'express'
const harness = Object.hasOwn(harnesses, name) ? harnesses[name] : undefined
if (harness === undefined) throw new Error(`no adapter ${name}; known: ${Object.keys(harnesses).join(', ')}`)
console.log(`# the core, and ${harness.name}`)
const all = await runAttacks(cases, keys, harness)
report(all)

for (const strength of ['should', 'choice'] as const) {
  const ofStrength = all.filter(verdict => verdict.strength === strength)
  console.log(
    `${strength}: ${count(ofStrength, 'as recommended')} as recommended, ${count(ofStrength, 'otherwise')} otherwise, ${count(ofStrength, 'pending')} pending, ${count(ofStrength, 'failed')} failed`,
  )
}
const pending = count(all, 'pending')
if (pending > 0) console.log(`pending: ${pending}`)
const must = all.filter(({ strength }) => strength === 'must')
const failed = count(all, 'failed')
console.log(`attacks: ${count(must, 'as recommended', 'otherwise')} passed, ${failed} failed`)
// What a server that was attacked has left open would keep the process alive.
process.exit(failed > 0 ? 1 : 0)
