import { endOf, endOfSession, type SessionRow, whole } from './session-row.ts'
import type { SqliteConnection, SqliteParameters } from './sqlite-connection.ts'
import type { SqliteTables } from './sqlite-schema.ts'
import { type SqliteStatementName, type SqliteStatements, sqliteStatements } from './sqlite-statements.ts'
import { type RevocationEntry, type RevocationQuery, sessionEntryId } from './store.ts'

/** A session, whether it lives or not. */
export interface FoundRow extends SessionRow {
  /** 1 where its time is over. */
  readonly isOver: number
  /** 1 where the global watermark has ended it. */
  readonly isEnded: number
}

/** Which sessions of a user are meant: all, or all but one. */
export interface SessionsOfUser {
  readonly sub: string
  readonly except: string | null
}

/** How long what is over is kept, in milliseconds. */
const keptAfterEndMs = 60_000

/** The rows of both tables. `now` is milliseconds since 1970. */
export class SqliteRows {
  readonly #connection: SqliteConnection
  readonly #sql: SqliteStatements

  constructor(connection: SqliteConnection, tables: SqliteTables) {
    this.#connection = connection
    this.#sql = sqliteStatements(tables)
  }

  save(row: SessionRow): void {
    this.#run('saveSession', { ...row, endsAt: endOfSession(row) })
  }

  /** Saves what a use of the session changes. */
  saveUse(row: SessionRow): void {
    const { sid, jti, previousJti, generation, rotatedAt, usedAt, ip, userAgent } = row
    const endsAt = endOfSession(row)
    this.#run('useSession', { sid, jti, previousJti, generation, rotatedAt, usedAt, endsAt, ip, userAgent })
  }

  find(sid: string, now: number): FoundRow | undefined {
    return this.#connection.get(this.#sql.findSession, { sid, now }) as FoundRow | undefined
  }

  getLive(sid: string, now: number): SessionRow | undefined {
    return this.#connection.get(this.#sql.getSession, { sid, now }) as SessionRow | undefined
  }

  listLive(sub: string, { cursor, limit, now }: { cursor: string; limit: number; now: number }): SessionRow[] {
    return this.#connection.all(this.#sql.listSessions, { sub, cursor, limit, now }) as SessionRow[]
  }

  /** Deletes a session, known or not, and puts it on the blocklist. */
  end(sid: string, keepMs: number | null, now: number): void {
    this.add({ id: sessionEntryId(sid), keepMs }, now)
    this.#run('deleteSession', { sid })
  }

  /** Deletes sessions and puts them on the blocklist. Returns the ids of those that lived. */
  endAll({ sub, except }: SessionsOfUser, keepMs: number | null, now: number): string[] {
    const lived = this.#connection.all(this.#sql.listLive, { sub, except, now }) as { readonly sid: string }[]
    this.#run('addEntriesOfSessions', { sub, except, expiresAt: endOf(now, keepMs), now })
    this.#run('deleteSessions', { sub, except })
    return lived.map(({ sid }) => sid)
  }

  add({ id, issuedBy, keepMs }: RevocationEntry, now: number): void {
    const watermark = issuedBy === 'now' ? this.newerThan([id], now) : whole(issuedBy ?? null)
    this.#run('addEntry', { id, issuedBy: watermark, expiresAt: endOf(now, keepMs), now })
  }

  hasEntry(id: string, now: number): boolean {
    return this.#connection.get(this.#sql.hasEntry, { id, now }) !== undefined
  }

  /** The time now, or the first that no watermark of these reaches. */
  newerThan(watermarks: readonly string[], now: number): number {
    if (watermarks.length === 0) return now
    const parameters = { ids: JSON.stringify(watermarks), now }
    const row = this.#connection.get(this.#sql.latestWatermark, parameters) as { readonly issuedBy: number | null }
    return row.issuedBy === null ? now : Math.max(now, row.issuedBy + 1)
  }

  isRevoked({ sub, ids, watermarks, issuedAt, session }: RevocationQuery, now: number): boolean {
    const { sid = null, refresh } = session ?? {}
    const { jti = null, graceMs = null } = refresh ?? {}
    const lists = { ids: JSON.stringify(ids), watermarks: JSON.stringify(watermarks) }
    const parameters = { ...lists, sub, issuedAt, sid, jti, graceMs, now }
    const row = this.#connection.get(this.#sql.isRevoked, parameters) as { readonly isRevoked: number }
    // Whatever else it were, it must not pass.
    return row.isRevoked !== 0
  }

  /** Removes up to `limit` rows whose time has been over for a minute, and returns how many. */
  prune(limit: number, now: number): number {
    const before = now - keptAfterEndMs
    const count = this.#run('pruneSessions', { before, limit })
    return count + this.#run('pruneEntries', { before, limit: limit - count })
  }

  #run(name: SqliteStatementName, parameters: SqliteParameters): number {
    return this.#connection.run(this.#sql[name], parameters)
  }
}
