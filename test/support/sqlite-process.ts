import { type Store, sqliteStore } from 'jwt-extended/stores'
import { rotation } from '../../src/testing/store-contract/open-store.ts'
import { driverByName } from './sqlite.ts'

// A process of its own on a file: does what it is told by messages, and answers each with one.

/** Creates the tables in each of the files. */
interface Migrate {
  readonly migrate: readonly string[]
}

/** Presents the first token of each session in a file many times at once. */
interface Rotate {
  readonly rotate: string
  readonly sids: readonly string[]
  readonly times: number
}

export type SqliteTask = Migrate | Rotate

const [driver = ''] = process.argv.slice(2)

process.on('message', (task: SqliteTask) => {
  const work = 'migrate' in task ? migrateAll(task) : rotateAll(task)
  work.then(
    answer => process.send?.({ answer }),
    error => process.send?.({ error: String(error) }),
  )
})
process.send?.({ answer: 'ready' })

function open(file: string): Store {
  return sqliteStore({ database: driverByName(driver).open(file), busyTimeoutMs: 10_000 })
}

async function migrateAll({ migrate }: Migrate): Promise<void> {
  for (const file of migrate) await open(file).migrate()
}

async function rotateAll({ rotate, sids, times }: Rotate): Promise<string[][]> {
  const store = open(rotate)
  const all: string[][] = []
  for (const sid of sids)
    all.push(await Promise.all(Array.from({ length: times }, (_, index) => rotateOnce(store, sid, index))))
  return all
}

async function rotateOnce(store: Store, sid: string, index: number): Promise<string> {
  const proposedJti = `${process.pid}-${index}`
  const result = await store.rotateSession(rotation('first', proposedJti, { sid }))
  return 'session' in result ? `${result.verdict} ${result.session.jti}` : result.verdict
}
