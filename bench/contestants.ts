import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import { Redis } from 'ioredis'
import { memoryStore, postgresStore, redisStore, type Store, sqliteStore } from 'jwt-extended/stores'
import { Pool } from 'pg'
import { createClient } from 'redis'
import { sqliteDrivers } from '../test/stores/harness/sqlite.ts'
import { findPostgres, startPostgres } from '../test/support/postgres-server.ts'
import { hasPrograms } from '../test/support/programs.ts'
import { startRedis } from '../test/support/redis-server.ts'

/** A store that is measured, as it is set up in production where it can be. */
export interface Contestant {
  readonly name: string
  readonly store: Store
  close(): Promise<unknown>
}

/** Starts what there is on this machine. */
export async function openContestants(): Promise<Contestant[]> {
  return [
    { name: 'memory', store: memoryStore(), close: async () => {} },
    ...(await openSqlite()),
    await openPglite(),
    ...(await openPostgres()),
    ...(await openRedis('everysec')),
    ...(await openRedis('always')),
  ]
}

async function openSqlite(): Promise<Contestant[]> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-'))
  const contestants = sqliteDrivers.map(({ name, open }): Contestant => {
    const database = open(join(folder, `${name.replace(/\W/g, '')}.db`))
    const close = async (): Promise<void> => {
      database.close()
      await rm(folder, { recursive: true, force: true })
    }
    return { name: `SQLite, ${name}`, store: sqliteStore({ database }), close }
  })
  for (const { store } of contestants) await store.migrate()
  return contestants
}

async function openPglite(): Promise<Contestant> {
  const pool = await PGlite.create()
  const store = postgresStore({ pool })
  await store.migrate()
  return { name: 'PGlite, in memory', store, close: () => pool.close() }
}

async function openPostgres(): Promise<Contestant[]> {
  const programs = findPostgres()
  if (programs === false) return []
  const server = await startPostgres(programs, { fsync: true })
  const pool = new Pool({ connectionString: server.connectionString, max: 20 })
  const store = postgresStore({ pool })
  await store.migrate()
  const close = async (): Promise<void> => {
    await pool.end()
    await server.stop()
  }
  return [{ name: 'Postgres, pg', store, close }]
}

async function openRedis(appendOnly: 'everysec' | 'always'): Promise<Contestant[]> {
  if (!hasPrograms('redis-server')) return []
  const server = await startRedis({ appendOnly })
  const nodeRedis = await createClient({ url: server.url }).connect()
  const ioredis = new Redis({ host: server.host, port: server.port })
  const first: Contestant = {
    name: `Redis ${appendOnly}, node-redis`,
    store: redisStore({ client: nodeRedis }),
    close: async () => nodeRedis.close(),
  }
  const second: Contestant = {
    name: `Redis ${appendOnly}, ioredis`,
    store: redisStore({ client: ioredis }),
    close: async () => {
      await ioredis.quit()
      await server.stop()
    },
  }
  return [first, second]
}
