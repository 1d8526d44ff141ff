import type { SqliteTables } from './sqlite-schema.ts'
import { globalWatermark, sessionEntryId } from './store.ts'

export type SqliteStatementName =
  | 'saveSession'
  | 'useSession'
  | 'findSession'
  | 'getSession'
  | 'listSessions'
  | 'deleteSession'
  | 'listLive'
  | 'addEntriesOfSessions'
  | 'deleteSessions'
  | 'addEntry'
  | 'hasEntry'
  | 'latestWatermark'
  | 'isRevoked'
  | 'pruneSessions'
  | 'pruneEntries'

/** The SQL of every statement but those of transactions. */
export type SqliteStatements = Readonly<Record<SqliteStatementName, string>>

const columns = `sid, sub, jti, previous_jti AS previousJti, generation, created_at AS createdAt, rotated_at AS rotatedAt,
  used_at AS usedAt, expires_at AS expiresAt, idle_ms AS idleMs, ip, user_agent AS userAgent`

/** Parameters are named; `@now` is milliseconds since 1970. */
export function sqliteStatements({ sessions, revocations }: SqliteTables): SqliteStatements {
  const isKept = '(expires_at IS NULL OR expires_at > @now)'
  const isOver = 'coalesce(ends_at <= @now, FALSE)'
  const isEnded = `EXISTS (SELECT 1 FROM ${revocations} AS mark WHERE mark.id = '${globalWatermark}'
    AND (mark.expires_at IS NULL OR mark.expires_at > @now)
    AND (mark.issued_by IS NULL OR mark.issued_by >= ${sessions}.created_at))`
  const isLive = `NOT ${isOver} AND NOT ${isEnded}`
  return {
    saveSession: `INSERT OR REPLACE INTO ${sessions} (sid, sub, jti, previous_jti, generation, created_at, rotated_at,
        used_at, expires_at, idle_ms, ends_at, ip, user_agent)
      VALUES (@sid, @sub, @jti, @previousJti, @generation, @createdAt, @rotatedAt,
        @usedAt, @expiresAt, @idleMs, @endsAt, @ip, @userAgent)`,

    useSession: `UPDATE ${sessions} SET jti = @jti, previous_jti = @previousJti, generation = @generation,
        rotated_at = @rotatedAt, used_at = @usedAt, ends_at = @endsAt, ip = @ip, user_agent = @userAgent
      WHERE sid = @sid`,

    findSession: `SELECT ${columns}, ${isOver} AS isOver, ${isEnded} AS isEnded FROM ${sessions} WHERE sid = @sid`,

    getSession: `SELECT ${columns} FROM ${sessions} WHERE sid = @sid AND ${isLive}`,

    listSessions: `SELECT ${columns} FROM ${sessions} WHERE sub = @sub AND sid > @cursor AND ${isLive}
      ORDER BY sid LIMIT @limit`,

    deleteSession: `DELETE FROM ${sessions} WHERE sid = @sid`,

    listLive: `SELECT sid FROM ${sessions} WHERE sub = @sub AND sid IS NOT @except AND ${isLive}`,

    addEntriesOfSessions: `INSERT INTO ${revocations} (id, issued_by, expires_at)
      SELECT '${sessionEntryId('')}' || sid, NULL, @expiresAt FROM ${sessions} WHERE sub = @sub AND sid IS NOT @except
      ${mergeEntries}`,

    deleteSessions: `DELETE FROM ${sessions} WHERE sub = @sub AND sid IS NOT @except`,

    addEntry: `INSERT INTO ${revocations} (id, issued_by, expires_at) VALUES (@id, @issuedBy, @expiresAt) ${mergeEntries}`,

    hasEntry: `SELECT 1 FROM ${revocations} WHERE id = @id AND issued_by IS NULL AND ${isKept}`,

    latestWatermark: `SELECT max(issued_by) AS issuedBy FROM ${revocations}
      WHERE id IN (SELECT value FROM json_each(@ids)) AND ${isKept}`,

    isRevoked: `SELECT EXISTS (
        SELECT 1 FROM ${revocations} WHERE id IN (SELECT value FROM json_each(@ids)) AND issued_by IS NULL AND ${isKept}
      ) OR EXISTS (
        SELECT 1 FROM ${revocations} WHERE id IN (SELECT value FROM json_each(@watermarks))
          AND (issued_by IS NULL OR issued_by >= @issuedAt) AND ${isKept}
      ) OR (@sid IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM ${sessions} WHERE sid = @sid AND sub = @sub AND ${isLive}
          AND (@jti IS NULL OR jti = @jti OR (previous_jti = @jti AND @now - rotated_at <= @graceMs))
      )) AS isRevoked`,

    pruneSessions: `DELETE FROM ${sessions} WHERE rowid IN
      (SELECT rowid FROM ${sessions} WHERE ends_at <= @before ORDER BY ends_at LIMIT @limit)`,

    pruneEntries: `DELETE FROM ${revocations} WHERE rowid IN
      (SELECT rowid FROM ${revocations} WHERE expires_at <= @before ORDER BY expires_at LIMIT @limit)`,
  }
}

/** Of two values of which one is null, max() is null: for ever, and all that has the id, win. */
const mergeEntries = `ON CONFLICT (id) DO UPDATE SET
        issued_by = iif(expires_at <= @now, excluded.issued_by, max(issued_by, excluded.issued_by)),
        expires_at = iif(expires_at <= @now, excluded.expires_at, max(expires_at, excluded.expires_at))`
