import { PGlite } from '@electric-sql/pglite'
import { type PostgresClient, postgresStore } from 'jwt-extended/stores'
import pg from 'pg'
import { findPostgres, startPostgres } from '../../support/postgres-server.ts'
import { noServer, type StoreConnection, type StoreFamily, type StoreServer } from './store-family.ts'

export const pglite: StoreFamily = {
  name: 'PGlite',
  isShared: false,
  isAvailable: () => true,
  start: noServer,
  clients: {
    PGlite: async () => {
      const client = await PGlite.create()
      return { ...overPostgres(client), close: () => client.close() }
    },
  },
}

export const postgres: StoreFamily = {
  name: 'Postgres',
  isShared: true,
  isAvailable: () => findPostgres() !== false,
  start: startFound,
  clients: {
    pg: async connectionString => {
      const pool = new pg.Pool({ connectionString, max: 20 })
      return { ...overPostgres(pool), close: () => pool.end() }
    },
  },
}

/** Stores over a client that somebody else closes, with tables of their own. */
export function overPostgres(pool: PostgresClient): StoreConnection {
  return {
    open: (prefix, options) => ({
      store: postgresStore({ pool, prefix, ...options }),
      close: async () => void (await pool.query(`DROP TABLE IF EXISTS ${prefix}_sessions, ${prefix}_entries`, [])),
    }),
    close: async () => {},
  }
}

async function startFound(): Promise<StoreServer> {
  const programs = findPostgres()
  if (programs === false) throw new Error('there is no Postgres here')
  const { connectionString, stop } = await startPostgres(programs)
  return { address: connectionString, stop }
}
