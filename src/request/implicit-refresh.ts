import type { JwtContext } from '../context.ts'
import type { ResolvedOptions } from '../options.ts'
import { readSessionId } from '../revocation/entries.ts'
import type { SessionPart } from '../tokens/build-claims.ts'
import { writeTokenCookies } from '../tokens/cookies.ts'
import { renewAccessToken } from '../tokens/create.ts'
import type { VerifiedContext } from './request-context.ts'
import type { ResolvedRequirements } from './requirements.ts'

/**
 * The `Set-Cookie` values which replace an access token that came in a cookie and is about to expire; none where the
 * option is off, the token came another way or lives long enough, or the route did not check all that a token has to
 * stand: what is renewed opens other routes, too.
 */
export async function renewAccessCookies(
  context: VerifiedContext,
  requirements: ResolvedRequirements,
  config: ResolvedOptions,
): Promise<string[]> {
  if (!isFullyChecked(requirements) || !isDue(context, config)) return []
  try {
    const { header, signedClaims: claims } = context
    const session = await findSession(claims, config)
    if (session === 'over') return []
    return await writeTokenCookies('access', await renewAccessToken({ header, claims }, config, session), {}, config)
  } catch {
    // The request itself is fine. A token of another issuer may hold what is never signed here.
    config.warn('a token could not be renewed: it expires as it is')
    return []
  }
}

/**
 * Whether a response sets or removes the access cookies already. Then the handler has spoken, and a renewed token
 * would bring a session back to life that has just been logged out.
 */
export function touchesAccessCookies(setCookies: readonly string[], { cookies, csrf }: ResolvedOptions): boolean {
  const names = [cookies.access.name, ...(csrf === false ? [] : [csrf.access.cookieName])]
  return setCookies.some(value => names.some(name => value.startsWith(`${name}=`)))
}

/** The session that a token belongs to: one that is over renews nothing. */
async function findSession(
  claims: JwtContext['claims'],
  { store }: ResolvedOptions,
): Promise<SessionPart | undefined | 'over'> {
  const sid = readSessionId(claims)
  if (store === undefined || sid === undefined) return undefined
  const session = await store.call('getSession', sid)
  return session === undefined ? 'over' : { sid, expiresAt: session.expiresAt }
}

function isFullyChecked({ kind, verifyType, skipRevocationCheck, onStoreError }: ResolvedRequirements): boolean {
  // Where the store may fail unnoticed a revoked token would come out as a new one.
  return kind === 'access' && verifyType && !skipRevocationCheck && onStoreError === 'reject'
}

function isDue({ location, claims: { exp } }: VerifiedContext, { implicitRefresh, now }: ResolvedOptions): boolean {
  if (implicitRefresh === undefined || location !== 'cookies' || exp === undefined) return false
  return exp - now() < implicitRefresh.within
}
