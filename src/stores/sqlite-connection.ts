import { blockingMs, LockQueue } from './lock-queue.ts'

/** What a statement is given: by the names of its parameters. */
export type SqliteParameters = Readonly<Record<string, string | number | null>>

/** The part of a prepared statement that the store needs. */
export interface SqliteStatement {
  get(parameters: SqliteParameters): unknown
  all(parameters: SqliteParameters): unknown[]
  run(parameters: SqliteParameters): { readonly changes: number | bigint }
}

/** The part of a database that the store needs: `DatabaseSync` of `node:sqlite`, better-sqlite3 and `libsql` have it. */
export interface SqliteDatabase {
  prepare(sql: string): SqliteStatement
  exec(sql: string): unknown
  /** In better-sqlite3 and `libsql`, as the next; in `node:sqlite` it is a method. */
  readonly open?: unknown
  readonly inTransaction?: boolean
  /** In `node:sqlite`, since Node 22.16. */
  readonly isTransaction?: boolean
}

/** Transactions and prepared statements on a database of the application. */
export class SqliteConnection {
  /** Whether nothing is left of the database once it is closed. */
  readonly isInMemory: boolean
  readonly #database: SqliteDatabase
  readonly #busyTimeoutMs: number
  readonly #readers = new LockQueue(isLocked)
  readonly #writers = new LockQueue(isLocked)
  readonly #statements = new Map<string, SqliteStatement>()

  /** @throws TypeError at what is no such database */
  constructor(database: SqliteDatabase, busyTimeoutMs: number) {
    this.isInMemory = !findFile(database)
    database.exec(`PRAGMA busy_timeout = ${Math.min(blockingMs, Math.trunc(busyTimeoutMs))}`)
    this.#database = database
    this.#busyTimeoutMs = busyTimeoutMs
  }

  /** Runs one SELECT, which sees what is committed when it begins. */
  read<Result>(body: () => Result): Promise<Result> {
    const attempt = (): Result => {
      // Where the database does not say whether a transaction is open, BEGIN does: it fails.
      if (!this.#checkNoTransaction()) return this.#transact('BEGIN', body)
      return body()
    }
    return this.#readers.run(attempt, this.#busyTimeoutMs).catch(explain)
  }

  /** Runs statements in a transaction that keeps all other writers out from its beginning. */
  write<Result>(body: () => Result): Promise<Result> {
    const attempt = (): Result => this.#transact('BEGIN IMMEDIATE', body)
    return this.#writers.run(attempt, this.#busyTimeoutMs).catch(explain)
  }

  /** Creates tables; waits longer, as it is done at the start, and perhaps by several processes at once. */
  migrate(schema: string): Promise<void> {
    const attempt = (): void => {
      this.#checkNoTransaction()
      this.#database.prepare('PRAGMA journal_mode = WAL').get({})
      this.#transact('BEGIN IMMEDIATE', () => this.#database.exec(schema))
    }
    return this.#writers.run(attempt, Math.max(10_000, this.#busyTimeoutMs)).catch(explain)
  }

  get(sql: string, parameters: SqliteParameters): unknown {
    return this.#prepare(sql).get(parameters)
  }

  all(sql: string, parameters: SqliteParameters): unknown[] {
    return this.#prepare(sql).all(parameters)
  }

  /** Returns how many rows it has changed. */
  run(sql: string, parameters: SqliteParameters = {}): number {
    return Number(this.#prepare(sql).run(parameters).changes)
  }

  #transact<Result>(begin: 'BEGIN' | 'BEGIN IMMEDIATE', body: () => Result): Result {
    this.#checkNoTransaction()
    this.run(begin)
    try {
      const result = body()
      this.run('COMMIT')
      return result
    } catch (error) {
      this.#rollBack()
      throw error
    }
  }

  #rollBack(): void {
    try {
      this.run('ROLLBACK')
    } catch {
      // SQLite has rolled back by itself, as it does where the disk is full: the error to be told is the one before.
    }
  }

  /** Returns whether the database says so. */
  #checkNoTransaction(): boolean {
    // Asked for more once it is closed, libsql ends the process.
    if (this.#database.open === false) throw new Error('The database of the store has been closed')
    const isInTransaction = this.#database.inTransaction ?? this.#database.isTransaction
    if (isInTransaction) throw new Error(openTransaction)
    return isInTransaction !== undefined
  }

  #prepare(sql: string): SqliteStatement {
    const known = this.#statements.get(sql)
    if (known !== undefined) return known
    const statement = this.#database.prepare(sql)
    useDefaults(statement)
    this.#statements.set(sql, statement)
    return statement
  }
}

/** The name of the file, empty where the database is in memory. Reads nothing that may be locked. */
function findFile(database: SqliteDatabase): string {
  if (typeof database?.prepare !== 'function' || typeof database.exec !== 'function') throw new TypeError(noDatabase)
  const statement = database.prepare('PRAGMA database_list')
  // Those that answer later, such as libsql/promise, look the same until they are asked.
  if (typeof statement?.get !== 'function') throw new TypeError(noDatabase)
  useDefaults(statement)
  const main = statement.get({}) as { readonly file?: unknown } | undefined
  if (typeof main?.file !== 'string') throw new TypeError(noDatabase)
  return main.file
}

const noDatabase =
  'database is not one that answers at once; expected a DatabaseSync of node:sqlite, or a Database of better-sqlite3 or libsql'

const openTransaction =
  'The application has a transaction open on the database of the store, so that the store can neither read nor write by ' +
  'itself. Give sqliteStore a database object of its own, opened on the same file, or end the transaction before the next await'

/** What the application may have set for its own statements: big integers, rows as arrays, prefixes of names. */
interface Switches {
  /** In better-sqlite3 and `libsql`. */
  safeIntegers?(on: boolean): unknown
  /** In `node:sqlite`, as the rest. */
  setReadBigInts?(on: boolean): unknown
  setReturnArrays?(on: boolean): unknown
  setAllowBareNamedParameters?(on: boolean): unknown
}

function useDefaults(statement: SqliteStatement & Switches): void {
  statement.safeIntegers?.(false)
  statement.setReadBigInts?.(false)
  statement.setReturnArrays?.(false)
  statement.setAllowBareNamedParameters?.(true)
}

// The drivers agree on the messages of SQLite, and not on its codes.
function isLocked(error: unknown): boolean {
  return messageOf(error).includes('database is locked')
}

/** @throws the same error, or one that says what to do */
function explain(error: unknown): never {
  const advice = adviceFor(error)
  throw advice === undefined ? error : new Error(advice, { cause: error })
}

function adviceFor(error: unknown): string | undefined {
  const message = messageOf(error)
  if (message.includes('within a transaction')) return openTransaction
  if (isLocked(error))
    return 'The database is locked by another connection, for longer than busyTimeoutMs. Keep transactions short, or wait longer'
  if (message.includes('no such table'))
    return `${message}. Call \`await store.migrate()\` when the application starts, or run the output of: npx jwt-extended schema sqlite`
  return undefined
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : ''
}
