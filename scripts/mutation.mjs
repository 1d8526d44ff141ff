// Which faults in the code that decides about tokens would no test notice? Stryker puts them in, one at a time.
//
//   npm run mutation                            all of it: most of an hour
//   npm run mutation -- 'src/tokens/verify.ts'  one file
//
// In two passes. Many a test makes a manager while it is loaded: a fault in what runs then can only be judged by all
// tests, loaded anew, which takes ten times as long. So the first pass judges each fault by the tests that reach it, and
// the second one by all tests what the first has left.
import { dirname, relative } from 'node:path'
import { Stryker } from '@stryker-mutator/core'

const minPercent = 90

const passed = new Set(['Killed', 'Timeout', 'CompileError', 'RuntimeError'])

const mutate = process.argv.length > 2 ? process.argv.slice(2) : undefined

const first = await run({ ignoreStatic: true, incremental: true, ...(mutate && { mutate }) })
const left = first.filter(mutant => !passed.has(mutant.status))
const second = left.length === 0 ? [] : await run({ ignoreStatic: false, mutate: [...new Set(left.map(rangeOf))] })
const killedLater = new Set(second.filter(mutant => passed.has(mutant.status)).map(keyOf))
const survivors = left.filter(mutant => !killedLater.has(keyOf(mutant)))

for (const mutant of survivors) {
  const { line, column } = mutant.location.start
  console.log(`SURVIVED ${fileOf(mutant)}:${line}:${column} ${mutant.mutatorName}: ${mutant.replacement}`)
}
const folders = [...new Set(first.map(folderOf))].sort()
const percents = folders.map(folder => report(folder))
process.exitCode = percents.some(percent => percent < minPercent) ? 1 : 0

function run(options) {
  return new Stryker({ reporters: ['progress-append-only'], ...options }).runMutationTest()
}

function report(folder) {
  const all = first.filter(mutant => folderOf(mutant) === folder).length
  const lost = survivors.filter(mutant => folderOf(mutant) === folder).length
  const percent = (100 * (all - lost)) / all
  console.log(`${folder}: ${all - lost} of ${all} killed, ${percent.toFixed(1)} %`)
  return percent
}

function folderOf({ fileName }) {
  return dirname(fileOf({ fileName }))
}

/** Whole lines: columns are counted otherwise there than in results. */
function rangeOf(mutant) {
  const { start, end } = mutant.location
  return `${fileOf(mutant)}:${start.line}-${end.line}`
}

function keyOf(mutant) {
  const { start, end } = mutant.location
  const place = [start.line, start.column, end.line, end.column].join(':')
  return [fileOf(mutant), place, mutant.mutatorName, mutant.replacement].join(' ')
}

function fileOf({ fileName }) {
  return relative(process.cwd(), fileName)
}
