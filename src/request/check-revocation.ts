import type { Claims, VerifiedJwt } from '../context.ts'
import { JwtError } from '../errors.ts'
import { withinTime } from '../internal/within-time.ts'
import type { ResolvedOptions } from '../options.ts'
import {
  accessWatermark,
  accessWatermarksOf,
  readSessionId,
  readSub,
  tokenEntryId,
  userWatermark,
} from '../revocation/entries.ts'
import { globalWatermark, type RevocationQuery, sessionEntryId } from '../stores/store.ts'
import type { StoreClient } from '../stores/store-client.ts'
import { readIssuedAt } from '../tokens/issued-at.ts'
import type { CheckedJwt } from '../tokens/verify.ts'
import type { ResolvedRequirements } from './requirements.ts'

/**
 * Asks the store and the application's blocklist about a token.
 *
 * @throws JwtError `token_revoked`; `store_unavailable` where the question got no proper answer, which is never a pass
 */
export async function checkRevocation(
  jwt: CheckedJwt,
  { onStoreError }: Pick<ResolvedRequirements, 'onStoreError'>,
  config: ResolvedOptions,
): Promise<void> {
  const { store, loaders, isFlask } = config
  if (loaders.tokenInBlocklist === undefined && store === undefined) return
  // Such a token could never be revoked.
  if (jwt.claims.jti === null && !isFlask) throw new JwtError('token_invalid', 'Missing claim: jti')
  if (store !== undefined && (await askStore(store, buildQuery(jwt.claims, config), onStoreError))) throw revoked(jwt)
  await checkBlocklist(jwt, config)
}

/**
 * Asks the application's blocklist alone, where the store is asked in another way: a rotation does.
 *
 * @throws JwtError `token_revoked`; `store_unavailable` where it gave no proper answer
 */
export async function checkBlocklist(jwt: VerifiedJwt, config: ResolvedOptions): Promise<void> {
  const { tokenInBlocklist } = config.loaders
  if (tokenInBlocklist !== undefined && (await isInBlocklist(jwt, tokenInBlocklist, config))) throw revoked(jwt)
}

function revoked(jwt: VerifiedJwt): JwtError {
  return new JwtError('token_revoked', 'Token has been revoked', { jwt })
}

async function askStore(
  store: StoreClient,
  query: RevocationQuery,
  onStoreError: 'reject' | 'accept',
): Promise<boolean> {
  try {
    // Whatever is not a clear no counts as revoked.
    return (await store.call('isRevoked', query)) !== false
  } catch (error) {
    if (onStoreError === 'accept' && error instanceof JwtError) return false
    throw error
  }
}

/** What the store is asked about a token: all of it at once. */
function buildQuery(
  claims: Claims,
  { sessions, identityClaim }: Pick<ResolvedOptions, 'sessions' | 'identityClaim'>,
): RevocationQuery {
  const sub = readSub(claims, { identityClaim })
  const sid = readSessionId(claims)
  const own = claims.jti === null ? [] : [tokenEntryId(claims.jti)]
  const query = { sub, issuedAt: readIssuedAt(claims) ?? 0 }
  const isRefresh = claims.type === 'refresh'
  if (sid === undefined) {
    const watermarks = [userWatermark(sub), globalWatermark]
    return { ...query, ids: own, watermarks: isRefresh ? watermarks : [...watermarks, accessWatermark(sub)] }
  }
  const ids = [...own, sessionEntryId(sid)]
  if (!isRefresh) return { ...query, ids, watermarks: accessWatermarksOf(sub), session: { sid } }
  const refresh = { jti: claims.jti ?? '', graceMs: sessions.grace * 1000 }
  return { ...query, ids, watermarks: [], session: { sid, refresh } }
}

type Blocklist = NonNullable<ResolvedOptions['loaders']['tokenInBlocklist']>

async function isInBlocklist(
  { header, claims }: VerifiedJwt,
  tokenInBlocklist: Blocklist,
  { storeTimeoutMs, warn }: ResolvedOptions,
): Promise<boolean> {
  try {
    const asked: unknown = tokenInBlocklist(header, claims)
    if (typeof asked === 'boolean') return asked
    const answer = await withinTime(Promise.resolve(asked), storeTimeoutMs, 'tokenInBlocklist')
    if (typeof answer === 'boolean') return answer
    throw new TypeError('tokenInBlocklist must return true or false')
  } catch (cause) {
    warn('tokenInBlocklist threw, took too long, or did not return true or false: requests are answered with 503')
    throw new JwtError('store_unavailable', 'Revocation could not be checked', { cause })
  }
}
