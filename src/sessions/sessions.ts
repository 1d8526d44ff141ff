import type { Awaitable } from '../internal/awaitable.ts'
import { isPlainObject } from '../internal/plain-object.ts'
import { checkNames, type ResolvedOptions } from '../options.ts'
import type { JwtRequest } from '../request/request.ts'
import { resolveSub } from '../revocation/revoke.ts'
import type { CreateAccessTokenOptions } from '../tokens/create.ts'
import { createSession } from './create-session.ts'
import { type Device, readDevice } from './device.ts'
import { listSessions } from './list-sessions.ts'
import { checkPresentedToken, readPresentedToken } from './presented-token.ts'
import { revokeSession, revokeSessionOf, revokeSessions } from './revoke-session.ts'
import { rotateSession } from './rotate-session.ts'
import { type SessionInfo, toInfo } from './session-info.ts'
import type { TokenPair } from './token-pair.ts'

/** What a new session is told. Its `claims` stay for all tokens of the session, those of `additionalClaims` are asked for again. */
export interface CreateSessionOptions<Request = JwtRequest> extends Pick<CreateAccessTokenOptions, 'claims' | 'fresh'> {
  /** Where the user logs in from, for the list of devices: the request, or what is known of it. */
  readonly device?: Request | Device | undefined
}

/** What a refresh is told: `claims` and `fresh` of the access token; fresh where the user has just given the password again. */
export interface RotateOptions extends Pick<CreateAccessTokenOptions, 'claims' | 'fresh'> {
  /**
   * Whom the loaders of the new tokens are asked about, such as a user object. The identity in them stays.
   *
   * @default the user where there are `userLookup` and `userIdentity`, else the identity of the token
   */
  readonly identity?: unknown
  /** Where the refresh comes from. @default what the request says, where one is passed */
  readonly device?: Device | undefined
}

/** What sessions need of their manager. */
export interface SessionParts<Request> {
  readonly config: ResolvedOptions
  read(request: Request): JwtRequest
  /** The session of the running request. */
  currentSid(): string | undefined
  /** Gives refusals their final answer. */
  answering<Result>(work: () => Awaitable<Result>): Awaitable<Result>
}

/** Login sessions: one row in the store for each, whose refresh tokens rotate. `jwt.sessions` has them. */
export class Sessions<Request = JwtRequest> {
  readonly #parts: SessionParts<Request>

  /** @internal */
  constructor(parts: SessionParts<Request>) {
    this.#parts = parts
  }

  /**
   * Begins a session after a login, and makes its first two tokens. `identity` is what `createAccessToken` takes.
   *
   * @throws JwtError `store_unavailable`; TypeError where the identity or a claim is unfit
   */
  create(identity: unknown, options: CreateSessionOptions<Request> = {}): Promise<TokenPair> {
    return this.#answer(config => {
      checkNames(options, ['claims', 'fresh', 'device'], 'the options of the session')
      return createSession(identity, { ...options, device: this.#readDevice(options.device) }, config)
    })
  }

  /**
   * Makes the next two tokens of a session, in exchange for its refresh token: that of a request, or the token itself. A
   * token that was replaced before revokes the session (RFC 9700 section 4.14.2), unless it is the last one and the
   * answer with its successor may have been lost.
   *
   * @throws JwtError `token_revoked`, `token_expired`, `token_invalid` or `store_unavailable`, and all that `authenticate`
   * refuses
   */
  rotate(requestOrToken: Request | string, options: RotateOptions = {}): Promise<TokenPair> {
    return this.#answer(async config => {
      checkNames(options, ['claims', 'fresh', 'identity', 'device'], 'the options of the refresh')
      if (requestOrToken === undefined || requestOrToken === null)
        throw new TypeError('rotate needs the request, or the refresh token as text')
      const presented = await (typeof requestOrToken === 'string'
        ? checkPresentedToken(requestOrToken, config)
        : readPresentedToken(this.#parts.read(requestOrToken), config))
      return rotateSession(presented, options, config)
    })
  }

  /**
   * The sessions of a user that live, at most 1,000 of them, the one used last first. `identity` is that of its tokens, or the user object.
   *
   * @throws JwtError `store_unavailable`
   */
  list(identity: unknown): Promise<SessionInfo[]> {
    return this.#answer(async config => {
      const sessions = await listSessions(await resolveSub(identity, config), config)
      return sessions.map(session => toInfo(session, this.#parts.currentSid()))
    })
  }

  /**
   * Ends a session: its refresh token and all its access tokens are refused from now on. Pass the `identity` where the
   * id comes from a client: then a session of another user stays.
   *
   * @returns whether there was such a session
   * @throws JwtError `store_unavailable`
   */
  revoke(sessionId: string, options: { readonly identity?: unknown } = {}): Promise<boolean> {
    return this.#answer(async config => {
      checkNames(options, ['identity'], 'the options of revoke')
      if (!('identity' in options)) return revokeSession(sessionId, config)
      return revokeSessionOf(await resolveSub(options.identity, config), sessionId, config)
    })
  }

  /**
   * Logs a user out everywhere, or everywhere but in one session. Tokens of the user that belong to no session are
   * refused, too.
   *
   * @returns how many sessions were ended
   * @throws JwtError `store_unavailable`
   */
  revokeAll(identity: unknown, options: { readonly except?: string | undefined } = {}): Promise<number> {
    return this.#answer(async config => {
      checkNames(options, ['except'], 'the options of revokeAll')
      return revokeSessions(await resolveSub(identity, config), options.except, config)
    })
  }

  // Asynchronous, so that whatever is wrong rejects.
  async #answer<Result>(work: (config: ResolvedOptions) => Awaitable<Result>): Promise<Result> {
    return this.#parts.answering(() => work(this.#parts.config))
  }

  #readDevice(device: Request | Device | undefined): Device | undefined {
    if (device === undefined || isDevice(device)) return device as Device | undefined
    return readDevice(this.#parts.read(device as Request))
  }
}

/** Requests of frameworks are objects of classes, or have members of their own. */
function isDevice(value: unknown): boolean {
  return isPlainObject(value) && Object.keys(value).every(name => name === 'ip' || name === 'userAgent')
}
