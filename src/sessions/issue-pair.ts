import type { TokenLocation } from '../context.ts'
import type { ResolvedOptions } from '../options.ts'
import type { IssuedSession } from '../stores/store.ts'
import { type CreateAccessTokenOptions, createTokenFor, type TokenSubject } from '../tokens/create.ts'
import { decodeUnverified } from '../tokens/decode.ts'
import { TokenPair } from './token-pair.ts'

/** What the tokens of a session are made of. */
export interface PairRequest extends Pick<CreateAccessTokenOptions, 'fresh' | 'claims'> {
  readonly subject: TokenSubject
  readonly issued: IssuedSession
  /** The claims of the refresh token before: the additional ones of them stay. */
  readonly former?: Readonly<Record<string, unknown>> | undefined
  readonly location?: TokenLocation | undefined
}

/** Makes the access and the refresh token of a session, as the store has it now. */
export async function issuePair(
  { subject, issued: { session, issuedAt }, former = {}, fresh, claims, location }: PairRequest,
  config: ResolvedOptions,
): Promise<TokenPair> {
  const { sid, jti, expiresAt } = session
  const carried = additionalOf(former, config)
  const access = await createTokenFor('access', subject, { fresh, claims }, config, {
    session: { sid, expiresAt },
    issuedAtMs: issuedAt,
    carried,
  })
  const refresh = await createTokenFor('refresh', subject, { claims, expiresIn: false }, config, {
    session: { sid, jti, expiresAt },
    carried,
  })
  return new TokenPair({ access, refresh }, { expiresIn: lifeOf(access, config), sessionId: sid, location }, config)
}

function lifeOf(token: string, { maxTokenSize, now }: ResolvedOptions): number | null {
  const { exp } = decodeUnverified(token, maxTokenSize).claims
  return typeof exp === 'number' ? Math.max(0, exp - Math.floor(now())) : null
}

function additionalOf(
  claims: Readonly<Record<string, unknown>>,
  { reservedClaims }: ResolvedOptions,
): Record<string, unknown> {
  const isOwn = (name: string): boolean => name === 'exp' || reservedClaims.includes(name)
  return Object.fromEntries(Object.entries(claims).filter(([name]) => !isOwn(name)))
}
