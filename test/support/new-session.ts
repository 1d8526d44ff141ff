import type { NewSession, Rotation } from 'jwt-extended/stores'

/** A login with everything filled in that does not matter. */
export function newSession(changes: Partial<NewSession> = {}): NewSession {
  return {
    sid: 'session-1',
    sub: 'ada',
    jti: 'jti-0',
    lifetimeMs: 3_600_000,
    idleMs: 1_200_000,
    ip: null,
    userAgent: null,
    newerThan: [],
    ...changes,
  }
}

/** A rotation of that session. */
export function newRotation(presentedJti: string, proposedJti: string, changes: Partial<Rotation> = {}): Rotation {
  return {
    sid: 'session-1',
    sub: 'ada',
    presentedJti,
    proposedJti,
    graceMs: 30_000,
    minRotationMs: 30_000,
    keepMs: 960_000,
    ip: null,
    userAgent: null,
    newerThan: [],
    ...changes,
  }
}
