import { readdirSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'

/** A file of this folder: prints figures, and throws where something is wrong. */
interface FaultTest {
  run(): Promise<void>
}

/** A test that hangs must not do so for ever. */
const longestMs = 1_800_000

const known = readdirSync(new URL('.', import.meta.url))
  .filter(file => file.endsWith('.ts') && file !== 'main.ts')
  .map(file => file.slice(0, -'.ts'.length))
  .sort()

const asked = process.argv.slice(2)
const unknown = asked.filter(name => !known.includes(name))
if (unknown.length > 0) throw new Error(`there is no ${unknown.join(', ')}; known: ${known.join(', ')}`)

const summary: string[] = []
let failed = 0
for (const name of asked.length > 0 ? asked : known) {
  console.log(`\n# ${name}`)
  const start = performance.now()
  const failure = await failureOf(name)
  if (failure !== undefined) {
    failed++
    console.error(failure)
  }
  const seconds = ((performance.now() - start) / 1000).toFixed(1)
  summary.push(`${name}: ${failure === undefined ? 'passed' : 'FAILED'} in ${seconds} s`)
}
console.log(`\n${summary.join('\n')}\nfaults: ${summary.length - failed} passed, ${failed} failed`)
// What a test that failed has left open would keep the process alive.
process.exit(failed > 0 ? 1 : 0)

async function failureOf(name: string): Promise<unknown> {
  const limit = new AbortController()
  const late = setTimeout(longestMs, new Error(`${name} did not end within ${longestMs} ms`), { signal: limit.signal })
  try {
    const { run } = (await import(`./${name}.ts`)) as FaultTest
    return await Promise.race([run().then(() => undefined), late])
  } catch (error) {
    return error ?? new Error(`${name} threw ${error}`)
  } finally {
    limit.abort()
    late.catch(() => {})
  }
}
