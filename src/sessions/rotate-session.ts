import type { VerifiedJwt } from '../context.ts'
import { JwtError } from '../errors.ts'
import { type JwtEvents, toSessionEvent } from '../events.ts'
import type { ResolvedOptions } from '../options.ts'
import { checkBlocklist } from '../request/check-revocation.ts'
import { accessWatermarksOf, keepSessionMs, readSessionId, readSub } from '../revocation/entries.ts'
import { requireStore } from '../revocation/revoke.ts'
import type { IssuedSession, RotationResult, StoredSession } from '../stores/store.ts'
import type { CreateAccessTokenOptions, TokenSubject } from '../tokens/create.ts'
import { type Device, resolveDevice } from './device.ts'
import { createJti } from './ids.ts'
import { issuePair } from './issue-pair.ts'
import type { PresentedToken } from './presented-token.ts'
import type { TokenPair } from './token-pair.ts'

export interface RotationRequest extends Pick<CreateAccessTokenOptions, 'claims' | 'fresh'> {
  readonly identity?: unknown
  readonly device?: Device | undefined
}

/** Makes the next two tokens of a session, in exchange for its refresh token. */
export async function rotateSession(
  presented: PresentedToken,
  { identity, device = presented.device, ...options }: RotationRequest,
  config: ResolvedOptions,
): Promise<TokenPair> {
  await checkBlocklist(presented.jwt, config)
  const issued = await swapToken(presented.jwt, device, config)
  const { signedClaims: former, location } = presented
  return issuePair({ subject: subjectOf(presented, identity, config), issued, former, location, ...options }, config)
}

async function swapToken(jwt: VerifiedJwt, device: Device, config: ResolvedOptions): Promise<IssuedSession> {
  const { grace, minRotation } = config.sessions
  const presentedFrom = resolveDevice(device, config)
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
    ...presentedFrom,
  })
  if ('issuedAt' in result) return result
  if (result.verdict === 'reused') tellOfReuse(result.session, presentedFrom, config)
  throw refusalOf(result.verdict, jwt)
}

function tellOfReuse(
  session: StoredSession,
  presentedFrom: JwtEvents['reuse_detected']['presentedFrom'],
  { events }: ResolvedOptions,
): void {
  events.emit('reuse_detected', { ...toSessionEvent(session), presentedFrom })
  events.emit('session_revoked', toSessionEvent(session))
}

function refusalOf(verdict: RotationResult['verdict'], jwt: VerifiedJwt): JwtError {
  if (verdict === 'expired') return new JwtError('token_expired', 'Session has expired', { jwt })
  // The same words for all others: whoever has stolen a token learns nothing.
  return new JwtError('token_revoked', 'Token has been revoked', { jwt })
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
