import type { NewSession, StoredSession } from './store.ts'

/** A session as it lies in a table. */
export interface SessionRow extends StoredSession {
  /** The refresh token before the current one; null until the first rotation. */
  readonly previousJti: string | null
  readonly rotatedAt: number
  readonly idleMs: number | null
}

/** The row of a session that begins now. */
export function newRow({ newerThan, lifetimeMs, idleMs, ...session }: NewSession, createdAt: number): SessionRow {
  return {
    ...session,
    previousJti: null,
    generation: 0,
    createdAt,
    rotatedAt: createdAt,
    usedAt: createdAt,
    expiresAt: endOf(createdAt, lifetimeMs),
    idleMs: whole(idleMs),
  }
}

/** When a span of time is over, null for never. */
export function endOf(start: number, spanMs: number | null): number | null {
  return spanMs === null ? null : Math.ceil(start + spanMs)
}

/** Whole milliseconds, which is what the tables take. */
export function whole(milliseconds: number | null): number | null {
  return milliseconds === null ? null : Math.ceil(milliseconds)
}

/** When a session is over if it is not used again, null for never. */
export function endOfSession({ expiresAt, usedAt, idleMs }: SessionRow): number | null {
  const idleEnd = endOf(usedAt, idleMs)
  if (expiresAt === null || idleEnd === null) return expiresAt ?? idleEnd
  return Math.min(expiresAt, idleEnd)
}

/** Without what the drivers and the queries add to a row. */
export function toSession(row: SessionRow): StoredSession {
  const { sid, sub, jti, generation, createdAt, usedAt, expiresAt, ip, userAgent } = row
  return { sid, sub, jti, generation, createdAt, usedAt, expiresAt, ip, userAgent }
}

/** The row once `proposedJti` has taken the place of its current token. */
export function swapToken(row: SessionRow, proposedJti: string, now: number): SessionRow {
  return { ...row, previousJti: row.jti, jti: proposedJti, generation: row.generation + 1, rotatedAt: now }
}
