import { JwtError } from '../errors.ts'
import type { ResolvedOptions } from '../options.ts'
import type { CheckedJwt } from '../tokens/verify.ts'

/**
 * Loads the user of a verified token, or nothing where no `userLookup` is configured. Wrapped, for a user may well be
 * `0` or an empty string.
 *
 * @throws JwtError `user_not_found`
 */
export async function loadUser(
  jwt: CheckedJwt,
  config: ResolvedOptions,
): Promise<{ readonly value: unknown } | undefined> {
  const { loaders, identityClaim } = config
  if (loaders.userLookup === undefined) return undefined
  const user: unknown = await loaders.userLookup(jwt.header, jwt.claims)
  if (user !== undefined && user !== null) return { value: user }
  throw new JwtError('user_not_found', `Error loading the user ${describe(jwt.claims[identityClaim])}`, { jwt })
}

function describe(identity: unknown): string {
  return typeof identity === 'string' ? identity : JSON.stringify(identity)
}
