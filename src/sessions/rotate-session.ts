import type { VerifiedJwt } from '../context.ts'
import { JwtError } from '../errors.ts'
import { toSessionEvent } from '../events.ts'
import type { ResolvedOptions } from '../options.ts'
import { accessWatermarksOf, keepSessionMs, readSessionId, readSub } from '../revocation/entries.ts'
import { requireStore } from '../revocation/revoke.ts'
import type { IssuedSession, RotationResult } from '../stores/store.ts'
import type { CreateAccessTokenOptions, TokenSubject } from '../tokens/create.ts'
import { type Device, resolveDevice } from './device.ts'
import { createJti } from './ids.ts'
import { issuePair } from './issue-pair.ts'
import type { PresentedToken } from './presented-token.ts'
import type { TokenPair } from './token-pair.ts'

export interface RotationRequest extends Pick<CreateAccessTokenOptions, 'claims'> {
  readonly identity?: unknown
  readonly device?: Device | undefined
}

/** Makes the next two tokens of a session, in exchange for its refresh token. */
export async function rotateSession(
  presented: PresentedToken,
  { identity, device = presented.device, claims }: RotationRequest,
  config: ResolvedOptions,
): Promise<TokenPair> {
  const issued = await swapToken(presented.jwt, device, config)
  const { signedClaims: former, location } = presented
  return issuePair({ subject: subjectOf(presented, identity, config), issued, former, claims, location }, config)
}

async function swapToken(jwt: VerifiedJwt, device: Device, config: ResolvedOptions): Promise<IssuedSession> {
  const { grace, minRotation } = config.sessions
  const sid = readSessionId(jwt.claims)
  const { jti } = jwt.claims
  if (sid === undefined || jti === null) throw new JwtError('token_invalid', 'The refresh token belongs to no session')
  const sub = readSub(jwt.claims, config)
  const result = await requireStore(config).callTwice('rotateSession', {
    sid,
    sub,
    presentedJti: jti,
    proposedJti: createJti(config),
    graceMs: grace * 1000,
    minRotationMs: minRotation * 1000,
    keepMs: keepSessionMs(config),
    newerThan: accessWatermarksOf(sub),
    ...resolveDevice(device, config),
  })
  return 'issuedAt' in result ? result : refuse(result, jwt, config)
}

function refuse(
  result: Exclude<RotationResult, IssuedSession>,
  jwt: VerifiedJwt,
  { events }: Pick<ResolvedOptions, 'events'>,
): never {
  if (result.verdict === 'reused') {
    events.emit('reuse_detected', toSessionEvent(result.session))
    events.emit('session_revoked', toSessionEvent(result.session))
  }
  if (result.verdict === 'expired') throw new JwtError('token_expired', 'Session has expired', { jwt })
  // The same words for all others: whoever has stolen a token learns nothing.
  throw new JwtError('token_revoked', 'Token has been revoked', { jwt })
}

/** Where identities are made of users, the loaders know users. */
function subjectOf(
  { signedClaims, user }: PresentedToken,
  given: unknown,
  { identityClaim, loaders }: ResolvedOptions,
): TokenSubject {
  const claim = signedClaims[identityClaim]
  const known = loaders.userIdentity === undefined ? undefined : user?.value
  return { identity: given ?? known ?? claim, claim }
}
