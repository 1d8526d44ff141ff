import type { Claims, TokenLocation, VerifiedJwt } from '../context.ts'
import { JwtError } from '../errors.ts'
import type { ResolvedOptions } from '../options.ts'
import { authenticate } from '../request/authenticate.ts'
import { checkClaims, checkType } from '../request/check-claims.ts'
import { loadUser } from '../request/load-user.ts'
import type { JwtRequest } from '../request/request.ts'
import { VerifiedContext } from '../request/request-context.ts'
import { type ResolvedRequirements, resolveRequirements } from '../request/requirements.ts'
import { verifyToken } from '../tokens/verify.ts'
import { type Device, readDevice } from './device.ts'

/** A refresh token that has passed every check but that of the store, which its rotation makes. */
export interface PresentedToken {
  readonly jwt: VerifiedJwt
  /** The claims as they are signed, which `claimsSchema` may have transformed. */
  readonly signedClaims: Claims
  readonly location: TokenLocation | undefined
  readonly device: Device
  /** What `userLookup` found. */
  readonly user: { readonly value: unknown } | undefined
}

/** @throws JwtError at the first check that fails */
export async function readPresentedToken(request: JwtRequest, config: ResolvedOptions): Promise<PresentedToken> {
  // Before anything is waited for: a client that goes away meanwhile takes its address along.
  const device = readDevice(request)
  const context = await authenticate(request, refreshRequirements(config), config)
  // Nobody passes without a token here.
  if (!(context instanceof VerifiedContext)) throw new JwtError('token_missing', 'Missing refresh token')
  const { header, claims, signedClaims, location } = context
  const user = config.loaders.userLookup === undefined ? undefined : { value: context.user }
  return { jwt: { verified: true, header, claims }, signedClaims, location, device, user }
}

/** @throws JwtError at the first check that fails */
export async function checkPresentedToken(token: string, config: ResolvedOptions): Promise<PresentedToken> {
  const jwt = await verifyToken(token, {}, config)
  checkType(jwt, refreshRequirements(config), config)
  await checkClaims(jwt, config)
  const user = await loadUser(jwt, config)
  return { jwt, signedClaims: jwt.signedClaims ?? jwt.claims, location: undefined, device: {}, user }
}

function refreshRequirements(config: ResolvedOptions): ResolvedRequirements {
  return resolveRequirements({ refresh: true, skipRevocationCheck: true }, config)
}
