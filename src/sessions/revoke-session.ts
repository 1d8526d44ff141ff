import type { ResolvedOptions } from '../options.ts'
import { keepSessionMs, readSessionId, userWatermark, watermarkNow } from '../revocation/entries.ts'
import { endSession, requireStore } from '../revocation/revoke.ts'

/** Ends a session, and tells whether it lived. */
export async function revokeSession(sid: string, config: ResolvedOptions): Promise<boolean> {
  if (typeof sid !== 'string' || sid === '') throw new TypeError('the id of the session must be a string')
  // It may come from a client: whatever is no id of a session stays out of the store.
  return readSessionId({ sid }) !== undefined && endSession(sid, config)
}

/** Ends a session where it is one of this user, and tells whether it was. */
export async function revokeSessionOf(sub: string, sid: string, config: ResolvedOptions): Promise<boolean> {
  const session = await requireStore(config).call('getSession', sid)
  return session?.sub === sub && revokeSession(sid, config)
}

/** Ends all sessions of a user but one, and tells how many. */
export async function revokeSessions(
  sub: string,
  except: string | undefined,
  config: ResolvedOptions,
): Promise<number> {
  const ended = await requireStore(config).call('revokeSessions', sub, {
    except,
    keepMs: keepSessionMs(config),
    entries: [watermarkNow(userWatermark(sub))],
  })
  for (const sessionId of ended) config.events.emit('session_revoked', { sessionId, identity: sub })
  return ended.length
}
