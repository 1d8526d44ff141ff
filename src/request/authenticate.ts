import type { AnonymousContext } from '../context.ts'
import { JwtError } from '../errors.ts'
import { type Awaitable, orElse, whenReady } from '../internal/awaitable.ts'
import type { ResolvedOptions } from '../options.ts'
import { isExpired, verifyToken } from '../tokens/verify.ts'
import { checkClaims, checkFresh, checkType } from './check-claims.ts'
import { checkRevocation } from './check-revocation.ts'
import { loadUser } from './load-user.ts'
import { type LocatedToken, locateToken } from './locate.ts'
import type { JwtRequest } from './request.ts'
import { anonymousContext, VerifiedContext } from './request-context.ts'
import type { ResolvedRequirements } from './requirements.ts'

/**
 * The whole way from a request to its context. The order of the steps is a promise: it decides which of several faults
 * of a request is the one that is answered. Each goes on at once, unless it has to wait for something: a promise costs
 * more than most steps.
 *
 * @throws JwtError at the first check that fails
 */
export function authenticate(
  request: JwtRequest,
  requirements: ResolvedRequirements,
  config: ResolvedOptions,
): Awaitable<VerifiedContext | AnonymousContext> {
  return whenReady(findToken(request, requirements, config), located =>
    located === undefined ? anonymousContext : checkToken(located, requirements, config),
  )
}

function checkToken(
  located: LocatedToken,
  requirements: ResolvedRequirements,
  config: ResolvedOptions,
): Awaitable<VerifiedContext | AnonymousContext> {
  const isLenient = requirements.optional === 'lenient'
  const { token, csrf } = located
  const options = csrf === undefined ? { allowExpired: isLenient } : { allowExpired: isLenient, csrf }
  return whenReady(verifyToken(token, options, config), jwt => {
    const isOver = isLenient && isExpired(jwt, config.now(), config)
    if (!isOver) checkType(jwt, requirements, config)
    if (!isOver) checkFresh(jwt, requirements, config)
    const isRevocable = !requirements.skipRevocationCheck
    return whenReady(isRevocable ? checkRevocation(jwt, requirements, config) : undefined, () => {
      if (isOver) return anonymousContext
      return whenReady(checkClaims(jwt, config), () =>
        whenReady(
          loadUser(jwt, config),
          user => new VerifiedContext(jwt, located.location, config.identityClaim, user),
        ),
      )
    })
  })
}

/** The token of the request; undefined where there is none and need not be one. */
function findToken(
  request: JwtRequest,
  requirements: ResolvedRequirements,
  config: ResolvedOptions,
): Awaitable<LocatedToken | undefined> {
  if (requirements.optional === false) return locateToken(request, requirements, config)
  return orElse(
    () => locateToken(request, requirements, config),
    error => {
      if (error instanceof JwtError && error.code === 'token_missing') return undefined
      throw error
    },
  )
}
