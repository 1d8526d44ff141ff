import { JwtError } from '../errors.ts'
import { type Awaitable, whenReady } from '../internal/awaitable.ts'
import type { ResolvedOptions } from '../options.ts'
import type { CheckedJwt } from '../tokens/verify.ts'
import type { ResolvedRequirements } from './requirements.ts'

/**
 * Lets access tokens open access routes and refresh tokens refresh routes. A token that states no type opens neither.
 *
 * @throws JwtError `token_wrong_type`
 */
export function checkType(jwt: CheckedJwt, { kind, verifyType }: ResolvedRequirements, config: ResolvedOptions): void {
  if (!verifyType) return
  const type = jwt.declaredType
  if (kind === 'refresh' && type !== 'refresh')
    throw new JwtError('token_wrong_type', 'Only refresh tokens are allowed')
  if (kind === 'refresh' || config.acceptedAccessTypes.some(accepted => accepted === type)) return
  throw new JwtError(
    'token_wrong_type',
    type === 'refresh' ? 'Only non-refresh tokens are allowed' : 'Only access tokens are allowed',
  )
}

/**
 * Asks for a fresh token where the route does.
 *
 * @throws JwtError `fresh_token_required`, or `token_invalid` where the claim is neither a boolean nor a time
 */
export function checkFresh(jwt: CheckedJwt, requirements: ResolvedRequirements, config: ResolvedOptions): void {
  if (!requirements.fresh) return
  const fresh: unknown = jwt.claims.fresh
  if (typeof fresh !== 'boolean' && !Number.isFinite(fresh)) {
    throw new JwtError('token_invalid', 'The claim fresh must be a boolean or a number')
  }
  const isFresh = typeof fresh === 'number' ? fresh >= config.now() : fresh === true
  if (!isFresh) throw new JwtError('fresh_token_required', 'Fresh token required', { jwt })
}

/**
 * Runs the application's own check of the claims.
 *
 * @throws JwtError `claims_rejected`; TypeError where the check returns no boolean
 */
export function checkClaims(jwt: CheckedJwt, { loaders }: ResolvedOptions): Awaitable<void> {
  if (loaders.verifyClaims === undefined) return
  return whenReady<unknown, void>(loaders.verifyClaims(jwt.header, jwt.claims), answer => {
    if (answer === true) return
    if (answer !== false) throw new TypeError('verifyClaims must return true or false')
    throw new JwtError('claims_rejected', 'User claims verification failed', { jwt })
  })
}
