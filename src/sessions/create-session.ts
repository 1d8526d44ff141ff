import { toSessionEvent } from '../events.ts'
import type { ResolvedOptions } from '../options.ts'
import { accessWatermarksOf, keepSessionMs, toSub } from '../revocation/entries.ts'
import { requireStore } from '../revocation/revoke.ts'
import type { IssuedSession } from '../stores/store.ts'
import { type CreateAccessTokenOptions, resolveSubject } from '../tokens/create.ts'
import { type Device, resolveDevice } from './device.ts'
import { createJti, createSid } from './ids.ts'
import { issuePair } from './issue-pair.ts'
import type { TokenPair } from './token-pair.ts'

export interface SessionRequest extends Pick<CreateAccessTokenOptions, 'claims' | 'fresh'> {
  readonly device: Device | undefined
}

/** Begins a session, and makes its first two tokens. */
export async function createSession(
  identity: unknown,
  { device, ...options }: SessionRequest,
  config: ResolvedOptions,
): Promise<TokenPair> {
  const subject = await resolveSubject(identity, config)
  const issued = await keepSession(toSub(subject.claim), device, config)
  try {
    const pair = await issuePair({ subject, issued, ...options }, config)
    config.events.emit('session_created', toSessionEvent(issued.session))
    return pair
  } catch (error) {
    // Nobody has its tokens. Where this fails as well, the listeners of store_error know.
    await requireStore(config)
      .call('revokeSession', issued.session.sid, keepSessionMs(config))
      .catch(() => {})
    throw error
  }
}

function keepSession(sub: string, device: Device | undefined, config: ResolvedOptions): Promise<IssuedSession> {
  const { lifetime, idleLifetime } = config.sessions
  const session = {
    sid: createSid(sub, config),
    sub,
    jti: createJti(config),
    lifetimeMs: toMs(lifetime),
    idleMs: toMs(idleLifetime),
    newerThan: accessWatermarksOf(sub),
    ...resolveDevice(device, config),
  }
  return requireStore(config).createSession(session, keepSessionMs(config))
}

function toMs(seconds: number | false): number | null {
  return seconds === false ? null : seconds * 1000
}
