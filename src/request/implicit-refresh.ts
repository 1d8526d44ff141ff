import type { ResolvedOptions } from '../options.ts'
import { writeTokenCookies } from '../tokens/cookies.ts'
import { renewAccessToken } from '../tokens/create.ts'
import type { VerifiedContext } from './request-context.ts'

/**
 * The `Set-Cookie` values which replace an access token that came in a cookie and is about to expire; none where the
 * option is off, or the token came another way, lives long enough, or is no access token.
 */
export async function renewAccessCookies(context: VerifiedContext, config: ResolvedOptions): Promise<string[]> {
  if (!isDue(context, config)) return []
  const token = await renewAccessToken(context, config)
  return writeTokenCookies('access', token, {}, config)
}

/**
 * Whether a response sets or removes the access cookies already. Then the handler has spoken, and a renewed token
 * would bring a session back to life that has just been logged out.
 */
export function touchesAccessCookies(setCookies: readonly string[], { cookies, csrf }: ResolvedOptions): boolean {
  const names = [cookies.access.name, ...(csrf === false ? [] : [csrf.access.cookieName])]
  return setCookies.some(value => names.some(name => value.startsWith(`${name}=`)))
}

function isDue(
  { location, claims }: VerifiedContext,
  { implicitRefresh, acceptedAccessTypes, now }: ResolvedOptions,
): boolean {
  if (implicitRefresh === undefined || location !== 'cookies' || claims.exp === undefined) return false
  return acceptedAccessTypes.includes(claims.type) && claims.exp - now() < implicitRefresh.within
}
