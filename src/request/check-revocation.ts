import type { Claims, VerifiedJwt } from '../context.ts'
import { JwtError } from '../errors.ts'
import { type Awaitable, orElse, whenReady } from '../internal/awaitable.ts'
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
export function checkRevocation(
  jwt: CheckedJwt,
  { onStoreError }: Pick<ResolvedRequirements, 'onStoreError'>,
  config: ResolvedOptions,
): Awaitable<void> {
  const { store, loaders, isFlask } = config
  if (loaders.tokenInBlocklist === undefined && store === undefined) return
  // Such a token could never be revoked.
  if (jwt.claims.jti === null && !isFlask) throw new JwtError('token_invalid', 'Missing claim: jti')
  if (store === undefined) return checkBlocklist(jwt, config)
  return whenReady(askStore(store, buildQuery(jwt.claims, config), onStoreError), isRevoked => {
    if (isRevoked) throw revoked(jwt)
    return checkBlocklist(jwt, config)
  })
}

/**
 * Asks the application's blocklist alone, where the store is asked in another way: a rotation does.
 *
 * @throws JwtError `token_revoked`; `store_unavailable` where it gave no proper answer
 */
export function checkBlocklist(jwt: VerifiedJwt, config: ResolvedOptions): Awaitable<void> {
  const { tokenInBlocklist } = config.loaders
  if (tokenInBlocklist === undefined) return
  return whenReady(isInBlocklist(jwt, tokenInBlocklist, config), isListed => {
    if (isListed) throw revoked(jwt)
  })
}

function revoked(jwt: VerifiedJwt): JwtError {
  return new JwtError('token_revoked', 'Token has been revoked', { jwt })
}

function askStore(store: StoreClient, query: RevocationQuery, onStoreError: 'reject' | 'accept'): Awaitable<boolean> {
  const ask = (): Awaitable<boolean> =>
    // Whatever is not a clear no counts as revoked.
    whenReady(store.isRevoked(query), answer => answer !== false)
  return onStoreError === 'reject' ? ask() : orElse(ask, () => false)
}

/** What the store is asked about a token: all of it at once. */
function buildQuery(
  claims: Claims,
  { sessions, identityClaim }: Pick<ResolvedOptions, 'sessions' | 'identityClaim'>,
): RevocationQuery {
  const sub = readSub(claims, { identityClaim })
  const sid = readSessionId(claims)
  const own = claims.jti === null ? [] : [tokenEntryId(claims.jti)]
  const issuedAt = readIssuedAt(claims) ?? 0
  const isRefresh = claims.type === 'refresh'
  if (sid === undefined) {
    const watermarks = [userWatermark(sub), globalWatermark]
    if (!isRefresh) watermarks.push(accessWatermark(sub))
    return { sub, issuedAt, ids: own, watermarks }
  }
  const ids = [...own, sessionEntryId(sid)]
  if (!isRefresh) return { sub, issuedAt, ids, watermarks: accessWatermarksOf(sub), session: { sid } }
  const refresh = { jti: claims.jti ?? '', graceMs: sessions.grace * 1000 }
  return { sub, issuedAt, ids, watermarks: [], session: { sid, refresh } }
}

type Blocklist = NonNullable<ResolvedOptions['loaders']['tokenInBlocklist']>

function isInBlocklist(
  { header, claims }: VerifiedJwt,
  tokenInBlocklist: Blocklist,
  { storeTimeoutMs, warn }: ResolvedOptions,
): Awaitable<boolean> {
  const ask = (): Awaitable<boolean> => {
    const asked: unknown = tokenInBlocklist(header, claims)
    if (typeof asked === 'boolean') return asked
    return withinTime(Promise.resolve(asked), storeTimeoutMs, 'tokenInBlocklist').then(toAnswer)
  }
  return orElse(ask, cause => {
    warn('tokenInBlocklist threw, took too long, or did not return true or false: requests are answered with 503')
    throw new JwtError('store_unavailable', 'Revocation could not be checked', { cause })
  })
}

function toAnswer(answer: unknown): boolean {
  if (typeof answer === 'boolean') return answer
  throw new TypeError('tokenInBlocklist must return true or false')
}
