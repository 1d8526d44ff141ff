import { isKept, isLive } from './postgres-fragments.ts'
import type { PostgresNames } from './postgres-names.ts'

/** Their first parameter is the time; NULL is now by the clock of the server. */
export interface PostgresQueries {
  readonly get: string
  readonly list: string
  readonly isRevoked: string
}

/** What only reads: plain statements of one snapshot, which would run on a replica, too. */
export function buildQueries(names: PostgresNames): PostgresQueries {
  const { sessions, entries } = names
  const clock = '(SELECT coalesce($1::bigint, floor(extract(epoch FROM statement_timestamp()) * 1000)::bigint) AS now)'
  const from = `SELECT s.* FROM ${sessions} AS s, ${clock} AS clock`
  const live = isLive(names, 's', 'clock.now')
  const entry = `SELECT FROM ${entries} AS e WHERE ${isKept('e', 'clock.now')}`
  return {
    get: `${from} WHERE s.sid = $2 AND ${live}`,
    list: `${from} WHERE s.sub = $2 AND s.sid > $3 AND ${live} ORDER BY s.sid LIMIT $4::bigint + 1`,
    isRevoked: `
      SELECT EXISTS (${entry} AND e.id = ANY ($2::text[]) AND e.issued_by IS NULL)
        OR EXISTS (${entry} AND e.id = ANY ($3::text[]) AND coalesce(e.issued_by >= $4::bigint, true))
        OR ($5::text IS NOT NULL AND NOT EXISTS (
          SELECT FROM ${sessions} AS s WHERE s.sid = $5::text AND s.sub = $6::text AND ${live}
          AND ($7::text IS NULL OR s.jti = $7::text OR (s.previous_jti = $7::text AND clock.now - s.rotated_at <= $8::bigint)))) AS revoked
      FROM ${clock} AS clock`,
  }
}
