import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { findPostgres } from '../test/support/postgres-server.ts'
import { type Contestant, openContestants } from './contestants.ts'
import { describePackages, inMs, inThousands, median, quantile, type Report, type Table } from './figures.ts'
import type { Settings } from './settings.ts'
import { atOnce, type Measured, type Operation, operations, takeTurn } from './turn.ts'

interface StorePace {
  readonly rounds: number
  readonly turnMs: number
  /** How many sessions it takes until the code is warm. */
  readonly warmUp: number
}

type Turns = ReadonlyMap<Contestant, Record<Operation, Measured>[]>

/** What each store takes for what the manager asks of it. */
export async function measureStores({ isQuick }: Settings): Promise<Report> {
  const pace = isQuick ? { rounds: 2, turnMs: 50, warmUp: 5 } : { rounds: 9, turnMs: 700, warmUp: 20 }
  const contestants = await openContestants()
  const turns = await takeTurns(contestants, pace)
  for (const { close } of contestants) await close()
  return { tables: [toStoreTable(turns)], remark: describeStores(contestants, pace) }
}

/** They take turns, so that what else the machine does hits all alike. */
async function takeTurns(contestants: readonly Contestant[], pace: StorePace): Promise<Turns> {
  const counts = new Map<Contestant, number>()
  for (const contestant of contestants) counts.set(contestant, await chooseCount(contestant, pace))
  const turns: Turns = new Map(contestants.map(contestant => [contestant, []]))
  for (let round = 0; round < pace.rounds; round++) {
    for (const [contestant, results] of turns) {
      results.push(await takeTurn(contestant.store, counts.get(contestant) ?? 1))
    }
  }
  return turns
}

/** How many sessions a turn has, so that it takes about `turnMs`; measured once the code is warm. */
async function chooseCount({ store }: Contestant, { warmUp, turnMs }: StorePace): Promise<number> {
  await takeTurn(store, warmUp)
  const start = performance.now()
  await takeTurn(store, warmUp)
  const ms = performance.now() - start
  return Math.min(2000, Math.max(20, Math.round((warmUp * turnMs) / ms)))
}

function toStoreTable(turns: Turns): Table {
  const rows = operations.flatMap(operation =>
    [...turns].map(([{ name }, results]) => {
      const measured = results.map(result => result[operation])
      const perSecond = median(measured.map(result => result.perSecond))
      const [p50, p99] = [0.5, 0.99].map(part => median(measured.map(result => quantile(result.latencies, part))))
      return [`\`${operation}\``, name, inThousands(perSecond), inMs(p50), inMs(p99)]
    }),
  )
  const head = ['operation', 'store', `per second, ${atOnce} at once`, 'p50 ms, one by one', 'p99 ms']
  return { title: 'Stores', labels: 2, head, rows }
}

function describeStores(contestants: readonly Contestant[], { rounds }: StorePace): string {
  const postgres = findPostgres()
  const programs = [
    ...(postgres === false ? [] : [firstLine(join(postgres, 'postgres'))]),
    ...(contestants.some(({ name }) => name.startsWith('Redis')) ? [firstLine('redis-server')] : []),
  ]
  return [
    `${describePackages(['libsql', '@electric-sql/pglite', 'pg', 'redis', 'ioredis'])}; ${programs.join('; ')}.`,
    `Medians of ${rounds} rounds; each store in turn; servers over loopback, with their data on a disk.`,
  ].join('\n')
}

function firstLine(program: string): string {
  const [version = ''] = execFileSync(program, ['--version'], { encoding: 'utf8' }).split('\n')
  return version.replace(/ sha=.*/, '')
}
