import { JwtError } from '../errors.ts'
import type { ResolvedOptions } from '../options.ts'
import type { CheckedJwt } from '../tokens/verify.ts'

/**
 * Asks the blocklist about a token.
 *
 * @throws JwtError `token_revoked`; `store_unavailable` where the question got no proper answer, which is never a pass
 */
export async function checkRevocation(jwt: CheckedJwt, { loaders, isFlask, warn }: ResolvedOptions): Promise<void> {
  if (loaders.tokenInBlocklist === undefined) return
  // Such a token could never be revoked.
  if (jwt.claims.jti === null && !isFlask) throw new JwtError('token_invalid', 'Missing claim: jti')
  if (await isInBlocklist(jwt, loaders.tokenInBlocklist, warn))
    throw new JwtError('token_revoked', 'Token has been revoked', { jwt })
}

type Blocklist = NonNullable<ResolvedOptions['loaders']['tokenInBlocklist']>

async function isInBlocklist(
  { header, claims }: CheckedJwt,
  tokenInBlocklist: Blocklist,
  warn: ResolvedOptions['warn'],
): Promise<boolean> {
  try {
    const answer: unknown = await tokenInBlocklist(header, claims)
    if (typeof answer === 'boolean') return answer
    throw new TypeError('tokenInBlocklist must return true or false')
  } catch (cause) {
    warn('tokenInBlocklist threw, or did not return true or false: requests are answered with 503')
    throw new JwtError('store_unavailable', 'Revocation could not be checked', { cause })
  }
}
