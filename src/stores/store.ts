import type { Awaitable } from '../internal/awaitable.ts'

/** The id of the watermark that ends every session which was created at or before it: always an entry with a time. */
export const globalWatermark = 'all'

/** A login that is to be kept. All spans of time are milliseconds, and counted by the clock of the store. */
export interface NewSession {
  readonly sid: string
  readonly sub: string
  /** The id of its first refresh token. */
  readonly jti: string
  /** How long it lasts, however much it is used; null for ever. */
  readonly lifetimeMs: number | null
  /** How long it lasts without being used; null for ever. */
  readonly idleMs: number | null
  readonly ip: string | null
  /** Short: at most 64 bytes. */
  readonly userAgent: string | null
  /** Watermarks that its first access token has to be newer than. */
  readonly newerThan: readonly string[]
}

/** A session as a store holds it. All times are milliseconds since 1970, by the clock of the store. */
export interface StoredSession {
  readonly sid: string
  readonly sub: string
  /** The id of its current refresh token. */
  readonly jti: string
  /** How often it has been rotated. */
  readonly generation: number
  readonly createdAt: number
  /** When it was used last: at its creation, or at a rotation or replay. */
  readonly usedAt: number
  /** When it ends, however much it is used; null for never. */
  readonly expiresAt: number | null
  readonly ip: string | null
  readonly userAgent: string | null
}

/** A new session, or one that has been rotated. */
export interface IssuedSession {
  readonly session: StoredSession
  /** Milliseconds since 1970 to give a new access token: now, and later than every watermark of `newerThan`. */
  readonly issuedAt: number
}

/** A refresh token that was presented, and what is to take its place. */
export interface Rotation {
  readonly sid: string
  readonly sub: string
  readonly presentedJti: string
  /** The id of the next refresh token. Proposed by the caller, so that the same rotation can be tried again. */
  readonly proposedJti: string
  /** How long after a rotation the token before is answered with the same successor. */
  readonly graceMs: number
  /** How soon after a rotation the current token keeps its id. */
  readonly minRotationMs: number
  /** For how long the session is kept on the blocklist where this turns out to be reuse; null for ever. */
  readonly keepMs: number | null
  /** Where it was used from, where that is known: takes the place of what was known. */
  readonly ip: string | null
  readonly userAgent: string | null
  /** Watermarks that the next access token has to be newer than. */
  readonly newerThan: readonly string[]
}

/**
 * - `rotated`: the current token was presented, and `proposedJti` is the current one now
 * - `current`: the current token was presented again so soon that it stays the current one
 * - `replayed`: the token before was presented within the grace: the current one is to be sent once more
 * - `reused`: an older token was presented: the session has been revoked in the same step
 * - `revoked`, `expired`, `unknown`: there is nothing to rotate
 */
export type RotationResult =
  | ({ readonly verdict: 'rotated' | 'current' | 'replayed' } & IssuedSession)
  | { readonly verdict: 'reused'; readonly session: StoredSession }
  | { readonly verdict: 'revoked' | 'expired' | 'unknown' }

/** Something that is refused from now on. Entries of one id are merged: the later watermark and the later end win. */
export interface RevocationEntry {
  /** The id of a token, of a session or of a watermark, as the caller names it. */
  readonly id: string
  /**
   * Makes it a watermark: only what was issued at or before then is refused. Milliseconds since 1970, or now by the clock
   * of the store, and then later than the watermark was, for what was issued since counts as one after it. Absent, all
   * that has the id is refused.
   */
  readonly issuedBy?: number | 'now'
  /** How long it matters, in milliseconds from now; null for ever. */
  readonly keepMs: number | null
}

/** What is asked about a token. */
export interface RevocationQuery {
  readonly sub: string
  /** Entries that refuse the token where they exist. */
  readonly ids: readonly string[]
  /** Entries that refuse the token where it was issued at or before their time. */
  readonly watermarks: readonly string[]
  /** When the token was issued: milliseconds since 1970. */
  readonly issuedAt: number
  /**
   * For a token of a session: it is refused, too, unless the session lives. A refresh token has to be the current one of
   * the session besides, or within the grace the one before.
   */
  readonly session?: { readonly sid: string; readonly refresh?: { readonly jti: string; readonly graceMs: number } }
}

/** A part of a list. */
export interface SessionPage {
  /** In the order of their ids. */
  readonly sessions: readonly StoredSession[]
  /** Where to go on; absent where there are no more. */
  readonly cursor?: string
}

/**
 * Where sessions and revocations are kept. Each method is atomic, and one round trip to wherever that is. A store opens
 * and closes nothing that it was handed, and never sees a token: only ids. To write one, see docs/extending/store.md.
 */
export interface Store {
  /** What kind of store it is, for messages: `'memory'`, `'redis'`, ... */
  readonly name: string
  /** Whether what it holds is lost with the process. */
  readonly isVolatile: boolean

  /** Creates tables where they are missing. Safe to call at every start, and from several processes. */
  migrate(): Promise<void>

  createSession(session: NewSession): Promise<IssuedSession>
  /** Compares and swaps the refresh token of a session, by the rules of `RotationResult`. */
  rotateSession(rotation: Rotation): Promise<RotationResult>
  /** A session that lives: neither revoked nor expired. */
  getSession(sid: string): Promise<StoredSession | undefined>
  /** The sessions of a user that live. */
  listSessions(sub: string, page: { readonly cursor?: string; readonly limit: number }): Promise<SessionPage>
  /** Ends a session and puts `sid:<sid>` on the blocklist, whether it is known or not. Returns it where it lived. */
  revokeSession(sid: string, keepMs: number | null): Promise<StoredSession | undefined>
  /**
   * Ends all sessions of a user but one, puts them on the blocklist as `revokeSession` does, and adds the entries in the
   * same step. Returns the ids of those that lived.
   */
  revokeSessions(
    sub: string,
    options: {
      readonly except?: string | undefined
      readonly keepMs: number | null
      readonly entries: readonly RevocationEntry[]
    },
  ): Promise<readonly string[]>

  /** Adds entries for one user, or with an undefined `sub` for all. */
  revoke(sub: string | undefined, entries: readonly RevocationEntry[]): Promise<void>
  isRevoked(query: RevocationQuery): Awaitable<boolean>

  /**
   * Removes up to `limit` sessions and entries whose time has been over for a minute, and returns how many. Stores do so
   * by themselves, a few at each creation and revocation: nobody needs to call it but to free memory or disk at once.
   */
  prune(limit?: number): Promise<number>
}

/** The entry that refuses the tokens of a session. */
export function sessionEntryId(sid: string): string {
  return `sid:${sid}`
}
