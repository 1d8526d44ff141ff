import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type SqliteDatabase, sqliteStore } from 'jwt-extended/stores'
import type { StoreHarness } from 'jwt-extended/testing'
import Libsql from 'libsql'
import { skipUnsupported } from './skip.ts'

export interface ClosableDatabase extends SqliteDatabase {
  close(): unknown
}

export interface SqliteDriver {
  readonly name: string
  open(file: string): ClosableDatabase
}

const libsql: SqliteDriver = { name: 'libsql', open: file => new Libsql(file) }

/** What this Node has of the programs that the store takes. */
export const sqliteDrivers: readonly SqliteDriver[] = [libsql, ...findNodeSqlite()]

function findNodeSqlite(): SqliteDriver[] {
  const module = process.getBuiltinModule('node:sqlite') as
    | { readonly DatabaseSync: new (file: string) => ClosableDatabase }
    | undefined
  if (module !== undefined) return [{ name: 'node:sqlite', open: file => new module.DatabaseSync(file) }]
  skipUnsupported(`node:sqlite: Node ${process.version} does not have it, 22.13 and later do`)
  return []
}

export function driverByName(name: string): SqliteDriver {
  const driver = sqliteDrivers.find(known => known.name === name)
  if (driver === undefined) throw new Error(`There is no ${name} here`)
  return driver
}

/** A file in a folder of its own. */
export async function withFile(body: (file: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'sqlite-'))
  try {
    await body(join(folder, 'test.db'))
  } finally {
    await rm(folder, { recursive: true })
  }
}

export function sqliteHarness(driver: SqliteDriver): StoreHarness {
  return {
    name: `sqlite with ${driver.name}`,
    open: async ({ clock }) => {
      const folder = await mkdtemp(join(tmpdir(), 'sqlite-'))
      const database = driver.open(join(folder, 'test.db'))
      const close = async (): Promise<void> => {
        database.close()
        await rm(folder, { recursive: true })
      }
      return { store: sqliteStore({ database, clock }), close }
    },
  }
}
