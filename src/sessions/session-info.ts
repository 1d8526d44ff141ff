import type { StoredSession } from '../stores/store.ts'

/** A login of a user, as a list of devices shows it. */
export interface SessionInfo {
  readonly id: string
  readonly createdAt: Date
  /** At the login, or at the last refresh. */
  readonly lastUsedAt: Date
  /** When it ends, however much it is used; null for never. */
  readonly expiresAt: Date | null
  readonly ip: string | null
  /** Short, such as `Firefox on Linux`. */
  readonly userAgent: string | null
  /** Whether the running request belongs to it. */
  readonly isCurrent: boolean
}

export function toInfo(session: StoredSession, currentSid: string | undefined): SessionInfo {
  const { sid, createdAt, usedAt, expiresAt, ip, userAgent } = session
  return {
    id: sid,
    createdAt: new Date(createdAt),
    lastUsedAt: new Date(usedAt),
    expiresAt: expiresAt === null ? null : new Date(expiresAt),
    ip,
    userAgent,
    isCurrent: sid === currentSid,
  }
}
