import type { TokenLocation } from '../context.ts'
import { findNearestName } from '../internal/nearest-name.ts'
import { isPlainObject } from '../internal/plain-object.ts'
import { type ResolvedOptions, resolveLocations } from '../options.ts'

/** What a route asks of a request. */
export interface Requirements {
  /**
   * Lets a request without a token pass, without an identity. With `'lenient'` an expired token counts as none, but
   * never one with a bad signature, a revoked one, one that does not fit `claimsSchema`, or one that fails the CSRF
   * check.
   *
   * @default false
   */
  readonly optional?: boolean | 'lenient'
  /** Asks for a fresh access token. @default false */
  readonly fresh?: boolean
  /** Asks for a refresh token instead of an access token. @default false */
  readonly refresh?: boolean
  /** Where to look for the token on this route. @default `tokenLocation` */
  readonly locations?: TokenLocation | readonly TokenLocation[] | undefined
  /** Whether the type of the token matters. @default true */
  readonly verifyType?: boolean
  /** Lets revoked tokens pass, and spares the look-up. @default false */
  readonly skipRevocationCheck?: boolean
  /** What becomes of a request whose revocation the store cannot check. @default `onStoreError` of the manager */
  readonly onStoreError?: 'reject' | 'accept' | undefined
}

export interface ResolvedRequirements {
  readonly optional: boolean | 'lenient'
  readonly fresh: boolean
  readonly kind: 'access' | 'refresh'
  readonly locations: readonly TokenLocation[]
  readonly verifyType: boolean
  readonly skipRevocationCheck: boolean
  readonly onStoreError: 'reject' | 'accept'
}

const names = [
  'optional',
  'fresh',
  'refresh',
  'locations',
  'verifyType',
  'skipRevocationCheck',
  'onStoreError',
] as const satisfies readonly (keyof Requirements)[]

/**
 * Applies the defaults of a route's requirements and checks them.
 *
 * @throws TypeError at an unknown name or location, or a value of the wrong kind
 */
export function resolveRequirements(
  requirements: Requirements,
  config: Pick<ResolvedOptions, 'tokenLocation' | 'onStoreError'>,
): ResolvedRequirements {
  checkRequirements(requirements)
  const {
    optional = false,
    fresh = false,
    refresh = false,
    locations,
    verifyType = true,
    skipRevocationCheck = false,
    onStoreError = config.onStoreError,
  } = requirements
  const isUnset = locations === undefined || (Array.isArray(locations) && locations.length === 0)
  return {
    optional,
    fresh,
    kind: refresh ? 'refresh' : 'access',
    locations: isUnset ? config.tokenLocation : resolveLocations(locations, 'locations'),
    verifyType,
    skipRevocationCheck,
    onStoreError,
  }
}

function checkRequirements(requirements: Requirements): void {
  if (!isPlainObject(requirements))
    throw new TypeError('the requirements of a route must be an object such as { fresh: true }')
  for (const [name, value] of Object.entries(requirements)) {
    if (!names.some(known => known === name)) throw unknownName(name)
    if (name === 'locations' || value === undefined || (typeof value === 'boolean' && name !== 'onStoreError')) continue
    if (name === 'optional' && value === 'lenient') continue
    if (name === 'onStoreError' && (value === 'reject' || value === 'accept')) continue
    if (name === 'onStoreError') throw new TypeError("onStoreError must be 'reject' or 'accept'")
    throw new TypeError(`${name} must be true or false`)
  }
}

function unknownName(name: string): TypeError {
  const nearest = findNearestName(name, names)
  return new TypeError(
    `unknown requirement ${name}: ${nearest === undefined ? `known: ${names.join(', ')}` : `did you mean ${nearest}?`}`,
  )
}
