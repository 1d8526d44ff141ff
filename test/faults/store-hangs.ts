import { sqliteStore } from 'jwt-extended/stores'
import { sqliteDrivers, withFile } from '../stores/harness/sqlite.ts'
import { findPostgres } from '../support/postgres-server.ts'
import { hasPrograms } from '../support/programs.ts'
import { type FallibleStore, startFalliblePostgres, startFallibleRedis } from './support/fallible-store.ts'
import { checkHang, type Hang } from './support/hang.ts'

const rounds = 4
const times = 4

/** Servers that keep their connections and answer nothing: every request is answered with 503, in time. */
export async function run(): Promise<void> {
  if (hasPrograms('redis-server')) await hangServer('Redis', await startFallibleRedis())
  const programs = findPostgres()
  if (programs !== false) await hangServer('Postgres', await startFalliblePostgres(programs))
  for (const driver of sqliteDrivers) await withFile(file => hangSqlite(driver, file))
}

async function hangServer(name: string, server: FallibleStore): Promise<void> {
  try {
    for (const [index, store] of server.stores.entries()) {
      const { pause, resume } = server
      await hang(`${name} stopped${server.stores.length > 1 ? `, client ${index + 1}` : ''}`, { store, pause, resume })
    }
  } finally {
    await server.close()
  }
}

async function hangSqlite({ name, open }: (typeof sqliteDrivers)[number], file: string): Promise<void> {
  const [database, other] = [open(file), open(file)]
  const store = sqliteStore({ database })
  await store.migrate()
  const lock = async (): Promise<void> => void other.exec('BEGIN IMMEDIATE')
  const unlock = (): void => void other.exec('ROLLBACK')
  // Readers need no lock in WAL mode.
  const answered = ['GET /protected', 'GET /sessions']
  await hang(`SQLite with ${name}, locked for writers`, { store, pause: lock, resume: unlock, answered })
  database.close()
  other.close()
}

async function hang(name: string, parts: Hang): Promise<void> {
  const taken: number[] = []
  for (let round = 0; round < rounds; round++) taken.push(...(await checkHang(parts, times)))
  taken.sort((a, b) => a - b)
  const [p50 = 0, max = 0] = [taken.at(taken.length >> 1), taken.at(-1)]
  console.log(
    `${name}: ${taken.length} requests, all 503; after ${p50.toFixed(0)} ms (p50), ${max.toFixed(0)} ms (longest)`,
  )
}
