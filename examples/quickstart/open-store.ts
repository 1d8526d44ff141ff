import { postgresStore, redisStore, type SqliteDatabase, type Store, sqliteStore } from 'jwt-extended/stores'

/** Redis where `REDIS_URL` is set, Postgres where `DATABASE_URL` is, else a file of SQLite in the folder. */
export async function openStore(folder: string): Promise<Store> {
  const { REDIS_URL: redis, DATABASE_URL: postgres } = process.env
  const store = redis ? await openRedis(redis) : postgres ? await openPostgres(postgres) : await openSqlite(folder)
  await store.migrate()
  return store
}

async function openRedis(url: string): Promise<Store> {
  const { createClient } = await import('redis')
  const client = createClient({ url })
  // Without a listener a lost connection would end the process; the client connects again by itself.
  client.on('error', (error: Error) => console.error(`Redis: ${error.message}`))
  return redisStore({ client: await client.connect() })
}

async function openPostgres(connectionString: string): Promise<Store> {
  const { Pool } = await import('pg')
  const pool = new Pool({ connectionString })
  pool.on('error', error => console.error(`Postgres: ${error.message}`))
  return postgresStore({ pool })
}

async function openSqlite(folder: string): Promise<Store> {
  return sqliteStore({ database: await openDatabase(`${folder}/sessions.db`) })
}

/** SQLite comes with Node since 22.13; before that it is a package. */
async function openDatabase(file: string): Promise<SqliteDatabase> {
  const builtIn = process.getBuiltinModule('node:sqlite' as 'node:fs') as unknown
  if (builtIn !== undefined) {
    const { DatabaseSync } = builtIn as { DatabaseSync: new (file: string) => SqliteDatabase }
    return new DatabaseSync(file)
  }
  const { default: Database } = await import('libsql')
  return new Database(file)
}
