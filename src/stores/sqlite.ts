import { setImmediate } from 'node:timers/promises'
import { judgeRotation } from './judge-rotation.ts'
import { newRow, type SessionRow, swapToken, toSession } from './session-row.ts'
import { SqliteConnection, type SqliteDatabase } from './sqlite-connection.ts'
import { SqliteRows } from './sqlite-rows.ts'
import { sqliteSchema, sqliteTables } from './sqlite-schema.ts'
import {
  globalWatermark,
  type IssuedSession,
  type NewSession,
  type RevocationEntry,
  type RevocationQuery,
  type Rotation,
  type RotationResult,
  type SessionPage,
  type Store,
  type StoredSession,
  sessionEntryId,
} from './store.ts'

export interface SqliteStoreOptions {
  /**
   * An open database: a `DatabaseSync` of `node:sqlite`, or a `Database` of better-sqlite3 or `libsql`. Best an object of
   * its own: the store sets its `PRAGMA busy_timeout` to 5 ms at most, and cannot work while the application has a
   * transaction open on the same object. What a power cut may take is decided by its `PRAGMA synchronous`: nothing that
   * was answered with `FULL`, the last moments with `NORMAL` (the default of better-sqlite3).
   */
  readonly database: SqliteDatabase
  /** What the names of the tables begin with. @default 'jwt' */
  readonly prefix?: string
  /**
   * How many milliseconds a call waits for the lock of another connection, before it rejects. Of these the event loop is
   * blocked for 5 at a time. @default 2000
   */
  readonly busyTimeoutMs?: number
  /** Milliseconds since 1970, the same in all processes that share the file; for tests. @default Date.now */
  readonly clock?: () => number
}

/**
 * Keeps sessions in a SQLite file (3.38 or later): for an application on one machine, in one process or in several.
 * `migrate()` creates the tables and puts the file into WAL mode.
 *
 * ```ts
 * import { DatabaseSync } from 'node:sqlite'
 *
 * const store = sqliteStore({ database: new DatabaseSync('sessions.db') })
 * await store.migrate()
 * ```
 *
 * @throws TypeError at a database of another kind, and at other options that are wrong
 */
export function sqliteStore({ database, prefix, busyTimeoutMs = 2000, clock = Date.now }: SqliteStoreOptions): Store {
  const tables = sqliteTables(prefix)
  if (!Number.isFinite(busyTimeoutMs) || busyTimeoutMs < 0)
    throw new TypeError(`busyTimeoutMs is ${busyTimeoutMs}; expected milliseconds, from 0 on`)
  const connection = new SqliteConnection(database, busyTimeoutMs)
  const rows = new SqliteRows(connection, tables)
  return new SqliteStore({ connection, rows, schema: sqliteSchema({ prefix }), clock })
}

interface SqliteStoreParts {
  readonly connection: SqliteConnection
  readonly rows: SqliteRows
  readonly schema: string
  readonly clock: () => number
}

/** How many outdated rows each creation and revocation removes. */
const prunedPerWrite = 10

/** How many rows are pruned in one transaction: others get their turn in between. */
const prunedAtOnce = 1000

class SqliteStore implements Store {
  readonly name = 'sqlite'
  readonly isVolatile: boolean
  readonly #connection: SqliteConnection
  readonly #rows: SqliteRows
  readonly #schema: string
  readonly #clock: () => number

  constructor({ connection, rows, schema, clock }: SqliteStoreParts) {
    this.#connection = connection
    this.#rows = rows
    this.#schema = schema
    this.#clock = clock
    this.isVolatile = connection.isInMemory
  }

  migrate(): Promise<void> {
    return this.#connection.migrate(this.#schema)
  }

  createSession(session: NewSession): Promise<IssuedSession> {
    return this.#write(now => {
      this.#rows.prune(prunedPerWrite, now)
      const createdAt = this.#rows.newerThan([globalWatermark], now)
      const row = newRow(session, createdAt)
      // One that has been revoked before its creation came: a second attempt whose first was.
      if (!this.#rows.hasEntry(sessionEntryId(row.sid), now)) this.#rows.save(row)
      return { session: toSession(row), issuedAt: this.#rows.newerThan(session.newerThan, createdAt) }
    })
  }

  rotateSession(rotation: Rotation): Promise<RotationResult> {
    return this.#write(now => {
      if (this.#rows.hasEntry(sessionEntryId(rotation.sid), now)) return { verdict: 'revoked' }
      const row = this.#rows.find(rotation.sid, now)
      if (row === undefined || row.sub !== rotation.sub) return { verdict: 'unknown' }
      if (row.isEnded) return { verdict: 'revoked' }
      if (row.isOver) return { verdict: 'expired' }
      const verdict = judgeRotation(row, rotation, now)
      if (verdict === 'reused') {
        this.#rows.end(row.sid, rotation.keepMs, now)
        return { verdict, session: toSession(row) }
      }
      const used = { ...row, usedAt: now, ip: rotation.ip ?? row.ip, userAgent: rotation.userAgent ?? row.userAgent }
      const isSwap = verdict === 'rotated' && row.jti !== rotation.proposedJti
      const next = isSwap ? swapToken(used, rotation.proposedJti, now) : used
      this.#rows.saveUse(next)
      return { verdict, session: toSession(next), issuedAt: this.#rows.newerThan(rotation.newerThan, now) }
    })
  }

  getSession(sid: string): Promise<StoredSession | undefined> {
    return this.#read(now => asSession(this.#rows.getLive(sid, now)))
  }

  listSessions(sub: string, { cursor = '', limit }: { cursor?: string; limit: number }): Promise<SessionPage> {
    return this.#read(now => {
      // One more than asked for tells whether there are more.
      const rows = this.#rows.listLive(sub, { cursor, limit: limit + 1, now })
      const page = rows.slice(0, limit)
      const last = page.at(-1)
      return { sessions: page.map(toSession), ...(rows.length > limit && last !== undefined && { cursor: last.sid }) }
    })
  }

  revokeSession(sid: string, keepMs: number | null): Promise<StoredSession | undefined> {
    return this.#write(now => {
      const session = asSession(this.#rows.getLive(sid, now))
      this.#rows.end(sid, keepMs, now)
      this.#rows.prune(prunedPerWrite, now)
      return session
    })
  }

  revokeSessions(
    sub: string,
    { except, keepMs, entries }: Parameters<Store['revokeSessions']>[1],
  ): Promise<readonly string[]> {
    return this.#write(now => {
      const lived = this.#rows.endAll({ sub, except: except ?? null }, keepMs, now)
      this.#addAll(entries, now)
      return lived
    })
  }

  revoke(_sub: string | undefined, entries: readonly RevocationEntry[]): Promise<void> {
    return this.#write(now => this.#addAll(entries, now))
  }

  isRevoked(query: RevocationQuery): Promise<boolean> {
    return this.#read(now => this.#rows.isRevoked(query, now))
  }

  async prune(limit: number = Number.POSITIVE_INFINITY): Promise<number> {
    let total = 0
    while (total < limit) {
      const step = Math.min(prunedAtOnce, limit - total)
      const count = await this.#write(now => this.#rows.prune(step, now))
      total += count
      if (count < step) break
      await setImmediate()
    }
    return total
  }

  #read<Result>(body: (now: number) => Result): Promise<Result> {
    return this.#connection.read(() => body(Math.floor(this.#clock())))
  }

  /** The time is taken once the lock is held: writes are in its order. */
  #write<Result>(body: (now: number) => Result): Promise<Result> {
    return this.#connection.write(() => body(Math.floor(this.#clock())))
  }

  #addAll(entries: readonly RevocationEntry[], now: number): void {
    for (const entry of entries) this.#rows.add(entry, now)
    this.#rows.prune(prunedPerWrite, now)
  }
}

function asSession(row: SessionRow | undefined): StoredSession | undefined {
  return row && toSession(row)
}
