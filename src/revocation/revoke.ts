import type { Claims } from '../context.ts'
import { toSessionEvent } from '../events.ts'
import type { ResolvedOptions } from '../options.ts'
import type { StoreClient } from '../stores/store-client.ts'
import { toIdentityClaim } from '../tokens/build-claims.ts'
import { resolveSubject } from '../tokens/create.ts'
import {
  accessWatermark,
  entriesBefore,
  entryOfToken,
  keepSessionMs,
  readSessionId,
  readSub,
  toSub,
  watermarkNow,
} from './entries.ts'

/** How far the clock of another machine may be ahead, in milliseconds. */
const maxAheadMs = 60_000

/** Takes one token back; the refresh token of a session ends the session. */
export async function revokeToken(claims: Claims, config: ResolvedOptions): Promise<void> {
  const store = requireStore(config)
  const { jti, exp, type } = claims
  if (typeof jti !== 'string') throw new TypeError('a token without jti cannot be revoked: its claims must have one')
  const sid = readSessionId(claims)
  if (type === 'refresh' && sid !== undefined) await endSession(sid, config)
  else await store.call('revoke', readSub(claims, config), [entryOfToken({ jti, exp }, config)])
}

/** Ends a session, and tells whether it lived. */
export async function endSession(sid: string, config: ResolvedOptions): Promise<boolean> {
  const session = await requireStore(config).call('revokeSession', sid, keepSessionMs(config))
  if (session !== undefined) config.events.emit('session_revoked', toSessionEvent(session))
  return session !== undefined
}

export async function invalidateAccess(identity: unknown, config: ResolvedOptions): Promise<void> {
  const store = requireStore(config)
  const sub = await resolveSub(identity, config)
  await store.call('revoke', sub, [watermarkNow(accessWatermark(sub))])
}

export async function revokeEverythingBefore(time: Date, config: ResolvedOptions): Promise<void> {
  const store = requireStore(config)
  const milliseconds: unknown = time instanceof Date ? time.getTime() : undefined
  if (typeof milliseconds !== 'number' || Number.isNaN(milliseconds)) throw new TypeError('time must be a valid Date')
  const now = config.now() * 1000
  if (milliseconds > now + maxAheadMs) throw new TypeError('time lies ahead: until then nobody could log in')
  // What is now is for the store to say, whose clock may be behind.
  await store.call('revoke', undefined, entriesBefore(milliseconds < now ? milliseconds : 'now'))
}

/** The identity as stores know it: that of the tokens, or made of a user object. */
export async function resolveSub(identity: unknown, config: ResolvedOptions): Promise<string> {
  const isObject = typeof identity === 'object' && identity !== null
  const claim = isObject ? (await resolveSubject(identity, config)).claim : identity
  // By the rule of new tokens: what no token could be made for is a mistake, and not somebody without sessions.
  return toSub(toIdentityClaim(claim, config))
}

/** @throws TypeError where the manager has no store */
export function requireStore({ store }: ResolvedOptions): StoreClient {
  if (store !== undefined) return store
  throw new TypeError('This needs a store: set the option store, for example to memoryStore() of jwt-extended/stores')
}
