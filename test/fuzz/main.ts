import { parseArgs } from 'node:util'
import { shareOf } from './search.ts'
import { searches } from './searches.ts'

const defaultSeconds = 300

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { seconds: { type: 'string' }, seed: { type: 'string' } },
})
const seconds = readNumber('seconds', defaultSeconds)
const seed = readNumber('seed', Date.now() % 2 ** 31)
const unknown = positionals.filter(name => searches.every(search => search.name !== name))
if (unknown.length > 0)
  throw new Error(`there is no ${unknown.join(', ')}; known: ${searches.map(({ name }) => name).join(', ')}`)

const asked = searches.filter(({ name }) => positionals.length === 0 || positionals.includes(name))
const endsAt = performance.now() + seconds * 1000
let failed = 0
for (const [index, search] of asked.entries()) {
  const start = performance.now()
  const outcome = await search.run({ seed, endsAt: shareOf(endsAt, asked.length - index) }).catch((fault: unknown) => {
    failed++
    return `FAILED: ${fault instanceof Error ? (fault.stack ?? fault.message) : fault}`
  })
  console.log(`${search.name}: ${outcome} (${((performance.now() - start) / 1000).toFixed(1)} s)`)
}
console.log(`fuzz: ${asked.length - failed} passed, ${failed} failed; seed ${seed}`)
process.exit(failed > 0 ? 1 : 0)

function readNumber(name: 'seconds' | 'seed', otherwise: number): number {
  const given = values[name]
  if (given === undefined) return otherwise
  if (!/^\d+$/.test(given)) throw new Error(`--${name} must be a whole number`)
  return Number(given)
}
