import { setImmediate } from 'node:timers/promises'
import { judgeRotation } from './judge-rotation.ts'
import { endOf, endOfSession, type SessionRow, swapToken, toSession, whole } from './session-row.ts'
import { SqliteConnection, type SqliteDatabase } from './sqlite-connection.ts'
import { sqliteSchema, sqliteTables } from './sqlite-schema.ts'
import { type SqliteStatements, sqliteStatements } from './sqlite-statements.ts'
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
   * its own: the store sets its `PRAGMA busy_timeout` to 20 ms at most, and cannot work while the application has a
   * transaction open on the same object. What a power cut may take is decided by its `PRAGMA synchronous`: nothing that
   * was answered with `FULL`, the last moments with `NORMAL` (the default of better-sqlite3).
   */
  readonly database: SqliteDatabase
  /** What the names of the tables begin with. @default 'jwt' */
  readonly prefix?: string
  /**
   * How many milliseconds a call waits for the lock of another connection, before it rejects. Of these the event loop is
   * blocked for 20 at a time. @default 500
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
export function sqliteStore({ database, prefix, busyTimeoutMs = 500, clock = Date.now }: SqliteStoreOptions): Store {
  const sql = sqliteStatements(sqliteTables(prefix))
  if (!Number.isFinite(busyTimeoutMs) || busyTimeoutMs < 0)
    throw new TypeError(`busyTimeoutMs is ${busyTimeoutMs}; expected milliseconds, from 0 on`)
  const schema = sqliteSchema(prefix === undefined ? {} : { prefix })
  return new SqliteStore({ connection: new SqliteConnection(database, busyTimeoutMs), sql, schema, clock })
}

interface SqliteStoreParts {
  readonly connection: SqliteConnection
  readonly sql: SqliteStatements
  readonly schema: string
  readonly clock: () => number
}

interface FoundRow extends SessionRow {
  /** 1 where its time is over. */
  readonly isOver: number
  /** 1 where the global watermark has ended it. */
  readonly isEnded: number
}

/** How many outdated rows each creation and revocation removes. */
const prunedPerWrite = 10

/** How many rows are pruned in one transaction: others get their turn in between. */
const prunedAtOnce = 1000

/** How long what is over is kept, in milliseconds. */
const keptAfterEndMs = 60_000

class SqliteStore implements Store {
  readonly name = 'sqlite'
  readonly isVolatile: boolean
  readonly #connection: SqliteConnection
  readonly #sql: SqliteStatements
  readonly #schema: string
  readonly #clock: () => number

  constructor({ connection, sql, schema, clock }: SqliteStoreParts) {
    this.#connection = connection
    this.isVolatile = connection.isInMemory
    this.#sql = sql
    this.#schema = schema
    this.#clock = clock
  }

  migrate(): Promise<void> {
    return this.#connection.migrate(this.#schema)
  }

  createSession({ sid, sub, jti, lifetimeMs, idleMs, ip, userAgent, newerThan }: NewSession): Promise<IssuedSession> {
    return this.#write(now => {
      this.#pruneSome(prunedPerWrite, now)
      const createdAt = this.#newerThan([globalWatermark], now)
      const row: SessionRow = {
        sid,
        sub,
        jti,
        previousJti: null,
        generation: 0,
        createdAt,
        rotatedAt: createdAt,
        usedAt: createdAt,
        expiresAt: endOf(createdAt, lifetimeMs),
        idleMs: whole(idleMs),
        ip,
        userAgent,
      }
      this.#connection.run(this.#sql.saveSession, { ...row, endsAt: endOfSession(row) })
      return { session: toSession(row), issuedAt: this.#newerThan(newerThan, createdAt) }
    })
  }

  rotateSession(rotation: Rotation): Promise<RotationResult> {
    return this.#write(now => {
      const row = this.#findSession(rotation.sid, now)
      if (this.#hasEntry(sessionEntryId(rotation.sid), now)) return { verdict: 'revoked' }
      if (row === undefined || row.sub !== rotation.sub) return { verdict: 'unknown' }
      if (row.isEnded) return { verdict: 'revoked' }
      if (row.isOver) return { verdict: 'expired' }
      const verdict = judgeRotation(row, rotation, now)
      if (verdict === 'reused') {
        this.#end(row.sid, rotation.keepMs, now)
        return { verdict, session: toSession(row) }
      }
      const used = { ...row, usedAt: now, ip: rotation.ip ?? row.ip, userAgent: rotation.userAgent ?? row.userAgent }
      const next =
        verdict === 'rotated' && row.jti !== rotation.proposedJti ? swapToken(used, rotation.proposedJti, now) : used
      this.#use(next)
      return { verdict, session: toSession(next), issuedAt: this.#newerThan(rotation.newerThan, now) }
    })
  }

  getSession(sid: string): Promise<StoredSession | undefined> {
    return this.#read(now => this.#getSession(sid, now))
  }

  listSessions(sub: string, { cursor = '', limit }: { cursor?: string; limit: number }): Promise<SessionPage> {
    return this.#read(now => {
      // One more than asked for tells whether there are more.
      const rows = this.#connection.all(this.#sql.listSessions, { sub, cursor, limit: limit + 1, now }) as SessionRow[]
      const page = rows.slice(0, limit)
      const last = page.at(-1)
      return { sessions: page.map(toSession), ...(rows.length > limit && last !== undefined && { cursor: last.sid }) }
    })
  }

  revokeSession(sid: string, keepMs: number | null): Promise<StoredSession | undefined> {
    return this.#write(now => {
      const session = this.#getSession(sid, now)
      this.#end(sid, keepMs, now)
      this.#pruneSome(prunedPerWrite, now)
      return session
    })
  }

  revokeSessions(
    sub: string,
    { except: kept, keepMs, entries }: Parameters<Store['revokeSessions']>[1],
  ): Promise<readonly string[]> {
    const except = kept ?? null
    return this.#write(now => {
      const lived = this.#connection.all(this.#sql.listLive, { sub, except, now }) as { readonly sid: string }[]
      this.#connection.run(this.#sql.addEntriesOfSessions, { sub, except, expiresAt: endOf(now, keepMs), now })
      this.#connection.run(this.#sql.deleteSessions, { sub, except })
      this.#addAll(entries, now)
      return lived.map(({ sid }) => sid)
    })
  }

  revoke(_sub: string | undefined, entries: readonly RevocationEntry[]): Promise<void> {
    return this.#write(now => this.#addAll(entries, now))
  }

  isRevoked({ sub, ids, watermarks, issuedAt, session }: RevocationQuery): Promise<boolean> {
    return this.#read(now => {
      const { sid = null, jti = null, graceMs = null } = session ?? {}
      const lists = { ids: JSON.stringify(ids), watermarks: JSON.stringify(watermarks) }
      const parameters = { ...lists, sub, issuedAt, sid, jti, graceMs, now }
      const row = this.#connection.get(this.#sql.isRevoked, parameters) as { readonly isRevoked: number }
      // Whatever else it were, it must not pass.
      return row.isRevoked !== 0
    })
  }

  async prune(limit: number = Number.POSITIVE_INFINITY): Promise<number> {
    let total = 0
    while (total < limit) {
      const step = Math.min(prunedAtOnce, limit - total)
      const count = await this.#write(now => this.#pruneSome(step, now))
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

  #findSession(sid: string, now: number): FoundRow | undefined {
    return this.#connection.get(this.#sql.findSession, { sid, now }) as FoundRow | undefined
  }

  #getSession(sid: string, now: number): StoredSession | undefined {
    const row = this.#connection.get(this.#sql.getSession, { sid, now }) as SessionRow | undefined
    return row && toSession(row)
  }

  #hasEntry(id: string, now: number): boolean {
    return this.#connection.get(this.#sql.hasEntry, { id, now }) !== undefined
  }

  /** The time now, or the first that no watermark of these reaches. */
  #newerThan(watermarks: readonly string[], now: number): number {
    if (watermarks.length === 0) return now
    const parameters = { ids: JSON.stringify(watermarks), now }
    const row = this.#connection.get(this.#sql.latestWatermark, parameters) as { readonly issuedBy: number | null }
    return row.issuedBy === null ? now : Math.max(now, row.issuedBy + 1)
  }

  #use(row: SessionRow): void {
    const { sid, jti, previousJti, generation, rotatedAt, usedAt, ip, userAgent } = row
    const endsAt = endOfSession(row)
    const parameters = { sid, jti, previousJti, generation, rotatedAt, usedAt, endsAt, ip, userAgent }
    this.#connection.run(this.#sql.useSession, parameters)
  }

  #end(sid: string, keepMs: number | null, now: number): void {
    this.#add({ id: sessionEntryId(sid), keepMs }, now)
    this.#connection.run(this.#sql.deleteSession, { sid })
  }

  #addAll(entries: readonly RevocationEntry[], now: number): void {
    for (const entry of entries) this.#add(entry, now)
    this.#pruneSome(prunedPerWrite, now)
  }

  #add({ id, issuedBy, keepMs }: RevocationEntry, now: number): void {
    const watermark = issuedBy === 'now' ? now : whole(issuedBy ?? null)
    this.#connection.run(this.#sql.addEntry, { id, issuedBy: watermark, expiresAt: endOf(now, keepMs), now })
  }

  #pruneSome(limit: number, now: number): number {
    const before = now - keptAfterEndMs
    const count = this.#connection.run(this.#sql.pruneSessions, { before, limit })
    return count + this.#connection.run(this.#sql.pruneEntries, { before, limit: limit - count })
  }
}
