import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { findPostgres } from '../test/support/postgres-server.ts'
import { type Contestant, openContestants } from './contestants.ts'
import { describeNode, inMs, median, quantile, toTable } from './figures.ts'
import { atOnce, type Measured, type Operation, operations, takeTurn } from './turn.ts'

const { values } = parseArgs({ options: { quick: { type: 'boolean', default: false } } })
const { rounds, turnMs, warmUp } = values.quick
  ? { rounds: 2, turnMs: 50, warmUp: 5 }
  : { rounds: 9, turnMs: 700, warmUp: 20 }

const contestants = await openContestants()
const counts = new Map<Contestant, number>()
for (const contestant of contestants) counts.set(contestant, await chooseCount(contestant))

const turns = new Map<Contestant, Record<Operation, Measured>[]>(contestants.map(contestant => [contestant, []]))
// They take turns, so that what else the machine does hits all alike.
for (let round = 0; round < rounds; round++) {
  for (const [contestant, results] of turns) results.push(await takeTurn(contestant.store, counts.get(contestant) ?? 1))
}
for (const { close } of contestants) await close()
console.log(`${describeMachine()}\n\n${describeResults()}`)

/** How many sessions a turn has, so that it takes about `turnMs`; measured once the code is warm. */
async function chooseCount({ store }: Contestant): Promise<number> {
  await takeTurn(store, warmUp)
  const start = performance.now()
  await takeTurn(store, warmUp)
  const ms = performance.now() - start
  return Math.min(2000, Math.max(20, Math.round((warmUp * turnMs) / ms)))
}

function describeResults(): string {
  const rows = operations.flatMap(operation =>
    [...turns].map(([{ name }, results]) => {
      const measured = results.map(result => result[operation])
      const perSecond = median(measured.map(result => result.perSecond))
      const [p50, p99] = [0.5, 0.99].map(part => median(measured.map(result => quantile(result.latencies, part))))
      return [`\`${operation}\``, name, inThousands(perSecond), inMs(p50), inMs(p99)]
    }),
  )
  const head = ['operation', 'store', `per second, ${atOnce} at once`, 'p50 ms, one by one', 'p99 ms']
  return toTable([head, ['---', '---', '---:', '---:', '---:'], ...rows])
}

function describeMachine(): string {
  const packages = ['libsql', '@electric-sql/pglite', 'pg', 'redis', 'ioredis'].map(
    name => `${name} ${versionOf(name)}`,
  )
  const postgres = findPostgres()
  const programs = [
    ...(postgres === false ? [] : [firstLine(join(postgres, 'postgres'))]),
    ...(contestants.some(({ name }) => name.startsWith('Redis')) ? [firstLine('redis-server')] : []),
  ]
  return [
    `${describeNode()}, ${packages.join(', ')}; ${programs.join('; ')}.`,
    `Medians of ${rounds} rounds; each store in turn; servers over loopback, with their data on a disk.`,
  ].join('\n')
}

function versionOf(name: string): string {
  const file = new URL(`../node_modules/${name}/package.json`, import.meta.url)
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version
}

function firstLine(program: string): string {
  const [version = ''] = execFileSync(program, ['--version'], { encoding: 'utf8' }).split('\n')
  return version.replace(/ sha=.*/, '')
}

function inThousands(count: number): string {
  return Number(count.toPrecision(2)).toLocaleString('en')
}
