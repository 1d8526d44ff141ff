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
  /** The claims of the refresh token before: those stay that were given when the session was created. */
  readonly former?: Readonly<Record<string, unknown>> | undefined
  readonly location?: TokenLocation | undefined
}

/** Makes the access and the refresh token of a session, as the store has it now. */
export async function issuePair(
  { subject, issued: { session, issuedAt }, former, fresh, claims, location }: PairRequest,
  config: ResolvedOptions,
): Promise<TokenPair> {
  const { sid, jti, expiresAt } = session
  // What comes with a refresh is for its access token alone: a replay of the token before would know nothing of it.
  const keeping = former === undefined ? claims : keptOf(former, config)
  const access = await createTokenFor('access', subject, { fresh, claims }, config, {
    session: { sid, expiresAt },
    issuedAtMs: issuedAt,
    carried: keeping,
  })
  const refresh = await createTokenFor('refresh', subject, { claims: keeping, expiresIn: false }, config, {
    session: { sid, expiresAt, kept: Object.keys(keeping ?? {}) },
    jti,
  })
  return new TokenPair({ access, refresh }, { expiresIn: lifeOf(access, config), sessionId: sid, location }, config)
}

function lifeOf(token: string, { maxTokenSize, now }: ResolvedOptions): number | null {
  const { exp } = decodeUnverified(token, maxTokenSize).claims
  return typeof exp === 'number' ? Math.max(0, exp - Math.floor(now())) : null
}

/** Not what `additionalClaims` has put there: it is asked again, and may have taken something back. */
function keptOf(
  claims: Readonly<Record<string, unknown>>,
  { reservedClaims }: ResolvedOptions,
): Record<string, unknown> {
  const names: readonly unknown[] = Array.isArray(claims['kept']) ? claims['kept'] : []
  const isKept = (name: string): boolean => names.includes(name) && !reservedClaims.includes(name)
  return Object.fromEntries(Object.entries(claims).filter(([name]) => isKept(name)))
}
