import type { StoredSession } from './stores/store.ts'

/** A session in an event: whose it is and where it was used last. No token is ever in an event. */
export interface SessionEvent {
  readonly sessionId: string
  /** The identity, as it stands in the tokens. */
  readonly identity: string
  readonly ip: string | null
  readonly userAgent: string | null
}

/** A reuse: the session as its rightful refreshes left it, and where the token was presented that had been replaced. */
export interface ReuseEvent extends SessionEvent {
  readonly presentedFrom: { readonly ip: string | null; readonly userAgent: string | null }
}

/** What `jwt.on(name, listener)` tells of. */
export interface JwtEvents {
  /** A refresh token was presented that had been replaced: somebody has a copy. The session has been revoked. */
  readonly reuse_detected: ReuseEvent
  readonly session_created: SessionEvent
  /** A session has been ended by the application or its user; `session_revoked` also follows `reuse_detected`. */
  readonly session_revoked: Pick<SessionEvent, 'sessionId'> & Partial<SessionEvent>
  /** The store failed or took too long. */
  readonly store_error: {
    /** The method of the store. */
    readonly operation: string
    readonly error: unknown
  }
}

export function toSessionEvent({ sid, sub, ip, userAgent }: StoredSession): SessionEvent {
  return { sessionId: sid, identity: sub, ip, userAgent }
}
