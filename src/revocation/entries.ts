import type { Claims } from '../context.ts'
import { readUuidV7Time } from '../internal/uuid-v7.ts'
import type { ResolvedOptions } from '../options.ts'
import { globalWatermark, type RevocationEntry } from '../stores/store.ts'

/** How much longer an entry is kept than the tokens that it refuses: for clocks that differ, and answers on their way. */
const marginMs = 60_000

/** The watermark below which every token of a user that belongs to no session is refused. */
export function userWatermark(sub: string): string {
  return `user:${sub}`
}

/** The watermark below which every access token of a user is refused. */
export function accessWatermark(sub: string): string {
  return `access:${sub}`
}

/** The watermark below which every access token of a session is refused: it has to be refreshed. */
const globalAccessWatermark = 'access'

/** The entry that refuses one token. */
export function tokenEntryId(jti: string): string {
  return `jti:${jti}`
}

/** Watermarks that the access tokens of a session have to be newer than; the one of sessions, too: it may lie ahead. */
export function accessWatermarksOf(sub: string): readonly string[] {
  return [accessWatermark(sub), globalAccessWatermark, globalWatermark]
}

/** A watermark at this moment. It is kept for ever: nobody knows how long the tokens live that it refuses. */
export function watermarkNow(id: string): RevocationEntry {
  return { id, issuedBy: 'now', keepMs: null }
}

/** The entries which refuse everything that was issued at or before a time: milliseconds since 1970, or now. */
export function entriesBefore(time: number | 'now'): readonly RevocationEntry[] {
  return [{ id: globalWatermark, issuedBy: time, keepMs: null }, watermarkNow(globalAccessWatermark)]
}

/** The entry that refuses a token until it would have expired, and one that implicit refresh may just have made of it. */
export function entryOfToken(
  { jti, exp }: { readonly jti: string; readonly exp?: number | undefined },
  config: ResolvedOptions,
): RevocationEntry {
  const { now, leeway, implicitRefresh } = config
  const ownMs = exp === undefined ? null : Math.ceil(Math.max(0, (exp + leeway - now()) * 1000)) + marginMs
  const renewedMs = implicitRefresh === undefined ? 0 : keepSessionMs(config)
  return { id: tokenEntryId(jti), keepMs: ownMs === null || renewedMs === null ? null : Math.max(ownMs, renewedMs) }
}

/** For how long the id of a revoked session matters, in milliseconds: as long as its last access token lives. */
export function keepSessionMs({ accessTokenExpires, leeway }: ResolvedOptions): number | null {
  return accessTokenExpires === false ? null : Math.ceil((accessTokenExpires + leeway) * 1000) + marginMs
}

/** The identity of a token as stores know it: text, whatever `identityClaim` holds. */
export function readSub(claims: Claims, { identityClaim }: Pick<ResolvedOptions, 'identityClaim'>): string {
  return toSub(claims[identityClaim])
}

export function toSub(identity: unknown): string {
  if (typeof identity === 'string') return identity
  return typeof identity === 'bigint' ? String(identity) : String(JSON.stringify(identity))
}

/** The session that a token belongs to. Other issuers have a claim of this name, too, with ids of another kind. */
export function readSessionId({ sid }: Readonly<Record<string, unknown>>): string | undefined {
  return typeof sid === 'string' && readUuidV7Time(sid) !== undefined ? sid : undefined
}
