import type { Claims } from '../context.ts'
import { readUuidV7Time } from '../internal/uuid-v7.ts'
import type { ResolvedOptions } from '../options.ts'
import { globalWatermark, type RevocationEntry, sessionEntryId } from '../stores/store.ts'

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
export const globalAccessWatermark = 'access'

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

/** The entry that refuses a token until it would have expired. */
export function entryOfToken(
  { jti, exp }: { readonly jti: string; readonly exp?: number | undefined },
  { now, leeway }: Pick<ResolvedOptions, 'now' | 'leeway'>,
): RevocationEntry {
  const keepMs = exp === undefined ? null : Math.max(0, (exp + leeway - now()) * 1000) + marginMs
  return { id: tokenEntryId(jti), keepMs: keepMs && Math.ceil(keepMs) }
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
  return typeof identity === 'string' ? identity : String(JSON.stringify(identity))
}

/** The session that a token belongs to. Other issuers have a claim of this name, too, with ids of another kind. */
export function readSessionId({ sid }: Claims): string | undefined {
  return typeof sid === 'string' && readUuidV7Time(sid) !== undefined ? sid : undefined
}

export { sessionEntryId }
