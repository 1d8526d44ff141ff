import type { AnonymousContext, JwtContext, TokenLocation } from '../context.ts'
import { readSessionId } from '../revocation/entries.ts'
import type { CheckedJwt } from '../tokens/verify.ts'

/** The context of a request whose token has passed every check. Frozen: everybody who asks gets the same object. */
export class VerifiedContext implements JwtContext {
  readonly identity: string
  readonly claims: JwtContext['claims']
  readonly header: JwtContext['header']
  readonly location: TokenLocation
  // Private, so that a log line of the context does not print the user's record.
  readonly #user: { readonly value: unknown } | undefined
  readonly #signedClaims: JwtContext['claims']

  constructor(
    { claims, header, signedClaims = claims }: CheckedJwt,
    location: TokenLocation,
    identityClaim: string,
    user?: { readonly value: unknown },
  ) {
    // A string where `verifySub` holds and the identity claim is `sub`; else what the application put there.
    this.identity = claims[identityClaim] as string
    this.claims = claims
    this.header = header
    this.location = location
    this.#user = user
    this.#signedClaims = signedClaims
    Object.freeze(this)
  }

  /** The claims as they stand in the token, which `claimsSchema` may have transformed. */
  get signedClaims(): JwtContext['claims'] {
    return this.#signedClaims
  }

  get sessionId(): string | undefined {
    return readSessionId(this.claims)
  }

  get user(): unknown {
    if (this.#user !== undefined) return this.#user.value
    throw new TypeError('There is no user: set the option userLookup, which loads the user of a token')
  }
}

/** Claims and header are empty rather than absent, so that `claims.role` is undefined there instead of a crash. */
export const anonymousContext: AnonymousContext = Object.freeze({
  identity: undefined,
  claims: Object.freeze({}),
  header: Object.freeze({}),
  location: undefined,
  sessionId: undefined,
  user: undefined,
})
