import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type SqliteDatabase, sqliteStore } from 'jwt-extended/stores'
import Libsql from 'libsql'
import { skipUnsupported } from '../../support/skip.ts'
import type { StoreConnection, StoreFamily, StoreServer } from './store-family.ts'

export interface ClosableDatabase extends SqliteDatabase {
  close(): unknown
}

export interface SqliteDriver {
  readonly name: string
  open(file: string): ClosableDatabase
}

interface NodeSqlite {
  readonly DatabaseSync: new (file: string) => ClosableDatabase
}

const nodeSqlite = process.getBuiltinModule('node:sqlite') as NodeSqlite | undefined

const libsqlDriver: SqliteDriver = { name: 'libsql', open: file => new Libsql(file) }

const nodeDriver: SqliteDriver = {
  name: 'node:sqlite',
  open(file) {
    if (nodeSqlite === undefined) throw new Error('There is no node:sqlite here')
    return new nodeSqlite.DatabaseSync(file)
  },
}

export const libsql: StoreFamily = familyOf(libsqlDriver, () => true)

export const nodeSqliteFamily: StoreFamily = familyOf(
  nodeDriver,
  () =>
    nodeSqlite !== undefined ||
    skipUnsupported(`node:sqlite: Node ${process.version} does not have it, 22.13 and later do`),
)

/** What this Node has of the programs that the store takes. */
export const sqliteDrivers: readonly SqliteDriver[] =
  nodeSqlite === undefined ? [libsqlDriver] : [libsqlDriver, nodeDriver]

/** A file in a folder of its own. */
export async function withFile(body: (file: string) => Promise<void>): Promise<void> {
  const { address, stop } = await createFolder()
  try {
    await body(join(address, 'test.db'))
  } finally {
    await stop()
  }
}

function familyOf(driver: SqliteDriver, isAvailable: () => boolean): StoreFamily {
  const connect = async (folder: string): Promise<StoreConnection> => connectionOf(driver, folder)
  return {
    name: `sqlite with ${driver.name}`,
    isShared: true,
    isAvailable,
    start: createFolder,
    clients: { [driver.name]: connect },
  }
}

/** A file for each store. */
function connectionOf(driver: SqliteDriver, folder: string): StoreConnection {
  return {
    open: (name, options) => {
      const database = driver.open(join(folder, `${name}.db`))
      // Other processes may hold the lock for long on a machine that is busy.
      const store = sqliteStore({ database, busyTimeoutMs: 10_000, ...options })
      return { store, close: async () => void database.close() }
    },
    close: async () => {},
  }
}

async function createFolder(): Promise<StoreServer> {
  const folder = await mkdtemp(join(tmpdir(), 'sqlite-'))
  return { address: folder, stop: () => rm(folder, { recursive: true }) }
}
