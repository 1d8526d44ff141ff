import type { Rotation } from './store.ts'

/** What of a session decides about a rotation. */
export interface RotationState {
  readonly jti: string
  /** The refresh token before the current one; null until the first rotation. */
  readonly previousJti: string | null
  readonly rotatedAt: number
}

/** The verdict about a refresh token of a session that lives. */
export function judgeRotation(
  { jti, previousJti, rotatedAt }: RotationState,
  { presentedJti, proposedJti, graceMs, minRotationMs }: Rotation,
  now: number,
): 'rotated' | 'current' | 'replayed' | 'reused' {
  const age = now - rotatedAt
  if (presentedJti === jti) return previousJti !== null && age < minRotationMs ? 'current' : 'rotated'
  if (presentedJti !== previousJti) return 'reused'
  // The caller's own second attempt, after an answer that was lost.
  if (jti === proposedJti) return 'rotated'
  return age <= graceMs ? 'replayed' : 'reused'
}
