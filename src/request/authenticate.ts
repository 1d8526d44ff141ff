import type { AnonymousContext } from '../context.ts'
import { JwtError } from '../errors.ts'
import type { ResolvedOptions } from '../options.ts'
import { type CheckedJwt, isExpired, verifyToken } from '../tokens/verify.ts'
import { checkClaims, checkFresh, checkType } from './check-claims.ts'
import { checkRevocation } from './check-revocation.ts'
import { loadUser } from './load-user.ts'
import { type LocatedToken, locateToken } from './locate.ts'
import type { JwtRequest } from './request.ts'
import { anonymousContext, VerifiedContext } from './request-context.ts'
import type { ResolvedRequirements } from './requirements.ts'

/**
 * The whole way from a request to its context. The order of the steps is a promise: it decides which of several faults
 * of a request is the one that is answered.
 *
 * @throws JwtError at the first check that fails
 */
export async function authenticate(
  request: JwtRequest,
  requirements: ResolvedRequirements,
  config: ResolvedOptions,
): Promise<VerifiedContext | AnonymousContext> {
  const located = await findToken(request, requirements, config)
  if (located === undefined) return anonymousContext
  const isLenient = requirements.optional === 'lenient'
  const options = { ...(located.csrf !== undefined && { csrf: located.csrf }), allowExpired: isLenient }
  const jwt = await verifyToken(located.token, options, config)
  if (isLenient && isExpired(jwt, config.now(), config.leeway)) return passAsAnonymous(jwt, requirements, config)
  checkType(jwt, requirements, config)
  checkFresh(jwt, requirements, config)
  if (!requirements.skipRevocationCheck) await checkRevocation(jwt, requirements, config)
  await checkClaims(jwt, config)
  return new VerifiedContext(jwt, located.location, config.identityClaim, await loadUser(jwt, config))
}

/** The token of the request; undefined where there is none and need not be one. */
async function findToken(
  request: JwtRequest,
  requirements: ResolvedRequirements,
  config: ResolvedOptions,
): Promise<LocatedToken | undefined> {
  try {
    return await locateToken(request, requirements, config)
  } catch (error) {
    if (requirements.optional !== false && error instanceof JwtError && error.code === 'token_missing') return undefined
    throw error
  }
}

async function passAsAnonymous(
  jwt: CheckedJwt,
  requirements: ResolvedRequirements,
  config: ResolvedOptions,
): Promise<AnonymousContext> {
  if (!requirements.skipRevocationCheck) await checkRevocation(jwt, requirements, config)
  return anonymousContext
}
