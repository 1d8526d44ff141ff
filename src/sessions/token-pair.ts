import type { TokenLocation } from '../context.ts'
import type { ResolvedOptions } from '../options.ts'
import { type SetCookiesOptions, writeTokenCookies } from '../tokens/cookies.ts'

/** What a login or a refresh gives out. To log it shows no token; to send it as JSON does, for that is its purpose. */
export class TokenPair {
  /** In seconds, from when it was made; null where the access token never expires. */
  readonly expiresIn: number | null
  readonly sessionId: string
  /** Where the token came from that this pair replaces: undefined after a login. */
  readonly location: TokenLocation | undefined
  readonly #tokens: { readonly access: string; readonly refresh: string }
  readonly #config: ResolvedOptions

  /** @internal */
  constructor(
    tokens: { readonly access: string; readonly refresh: string },
    details: Pick<TokenPair, 'expiresIn' | 'sessionId' | 'location'>,
    config: ResolvedOptions,
  ) {
    this.expiresIn = details.expiresIn
    this.sessionId = details.sessionId
    this.location = details.location
    this.#tokens = tokens
    this.#config = config
  }

  get accessToken(): string {
    return this.#tokens.access
  }

  get refreshToken(): string {
    return this.#tokens.refresh
  }

  /** The `Set-Cookie` values that put both tokens, and their CSRF values, into cookies. */
  async cookies(options: SetCookiesOptions = {}): Promise<string[]> {
    const access = await writeTokenCookies('access', this.accessToken, options, this.#config)
    return [...access, ...(await writeTokenCookies('refresh', this.refreshToken, options, this.#config))]
  }

  /** The body of a token response (RFC 6749 section 5.1). */
  toJSON(): TokenResponse {
    return {
      access_token: this.accessToken,
      token_type: this.#config.header.type || 'Bearer',
      ...(this.expiresIn !== null && { expires_in: this.expiresIn }),
      refresh_token: this.refreshToken,
    }
  }
}

/** A token response (RFC 6749 section 5.1). */
export interface TokenResponse {
  readonly access_token: string
  readonly token_type: string
  /** In seconds; absent where the token never expires. */
  readonly expires_in?: number
  readonly refresh_token: string
}
