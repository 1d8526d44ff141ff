import { JwtError } from '../errors.ts'
import { type Awaitable, whenReady } from '../internal/awaitable.ts'
import type { ResolvedOptions } from '../options.ts'
import type { CheckedJwt } from '../tokens/verify.ts'

/**
 * Loads the user of a verified token, or nothing where no `userLookup` is configured. Wrapped, for a user may well be
 * `0` or an empty string.
 *
 * @throws JwtError `user_not_found`
 */
export function loadUser(
  jwt: CheckedJwt,
  { loaders, identityClaim }: ResolvedOptions,
): Awaitable<{ readonly value: unknown } | undefined> {
  if (loaders.userLookup === undefined) return undefined
  return whenReady<unknown, { readonly value: unknown }>(loaders.userLookup(jwt.header, jwt.claims), user => {
    if (user !== undefined && user !== null) return { value: user }
    throw new JwtError('user_not_found', `Error loading the user ${describe(jwt.claims[identityClaim])}`, { jwt })
  })
}

function describe(identity: unknown): string {
  return typeof identity === 'string' ? identity : JSON.stringify(identity)
}
