import type { VerifiedJwt } from '../context.ts'
import { type Awaitable, promised, whenReady } from '../internal/awaitable.ts'
import { type Duration, parseDuration } from '../internal/duration.ts'
import { isPlainObject } from '../internal/plain-object.ts'
import { readUuidV7Time } from '../internal/uuid-v7.ts'
import { Key } from '../keys/key.ts'
import { checkNames, lifetime, type ResolvedOptions } from '../options.ts'
import { buildClaims, type ClaimsRequest, type SessionPart, type TokenKind } from './build-claims.ts'
import { readIssuedAt } from './issued-at.ts'
import { signToken } from './sign.ts'

export interface CreateTokenOptions {
  /** The life of this token, false for ever. @default `accessTokenExpires` or `refreshTokenExpires` */
  readonly expiresIn?: Duration | false | undefined
  /** Further claims; they win over those of `additionalClaims`. */
  readonly claims?: Readonly<Record<string, unknown>> | null | undefined
  /** Further header members; they win over those of `additionalHeaders`. */
  readonly headers?: Readonly<Record<string, unknown>> | null | undefined
}

export interface CreateAccessTokenOptions extends CreateTokenOptions {
  /**
   * Whether the token is fresh, as after a login with a password: true; or for how long; or until when.
   *
   * @default false
   */
  readonly fresh?: boolean | Duration | Date | undefined
}

const optionNames = {
  access: ['fresh', 'expiresIn', 'claims', 'headers'],
  refresh: ['expiresIn', 'claims', 'headers'],
} as const

/** Whom a token is for. */
export interface TokenSubject {
  /** What the application passed: the loaders are asked about it. */
  readonly identity: unknown
  /** What of it goes into the token. */
  readonly claim: unknown
}

/** Finds out what of an identity goes into its tokens. */
export function resolveSubject(identity: unknown, { loaders }: ResolvedOptions): Awaitable<TokenSubject> {
  if (loaders.userIdentity === undefined) return { identity, claim: identity }
  return whenReady(loaders.userIdentity(identity), claim => ({ identity, claim }))
}

/** Makes a token for an identity: asks the loaders, builds the claims, signs. */
export function createToken(
  kind: TokenKind,
  identity: unknown,
  options: CreateAccessTokenOptions,
  config: ResolvedOptions,
): Promise<string> {
  return promised(() => {
    checkNames(options, optionNames[kind], `the options of the ${kind} token`)
    return whenReady(resolveSubject(identity, config), subject => createTokenFor(kind, subject, options, config))
  })
}

/** What a session adds to the options of a token, and what it passes on from the token before. */
export interface SessionGrant extends Pick<ClaimsRequest, 'session' | 'jti' | 'issuedAtMs'> {
  /** Claims that the session keeps; they win over those of `additionalClaims`. */
  readonly carried?: Readonly<Record<string, unknown>> | null | undefined
}

/** Makes a token whose options have been checked. */
export function createTokenFor(
  kind: TokenKind,
  { identity, claim }: TokenSubject,
  options: CreateAccessTokenOptions,
  config: ResolvedOptions,
  { carried, ...session }: SessionGrant = {},
): Awaitable<string> {
  const { loaders } = config
  const sign = (additional: unknown): Awaitable<string> => {
    const claims = buildClaims(
      {
        type: kind,
        identity: claim,
        expiresIn: resolveLifetime(kind, options.expiresIn, config),
        fresh: resolveFresh(options.fresh, config),
        additional: {
          ...membersOf(additional, 'the result of additionalClaims'),
          ...membersOf(carried, 'claims'),
          ...membersOf(options.claims, 'claims'),
        },
        ...session,
      },
      config,
    )
    return whenReady<unknown, string>(loaders.additionalHeaders?.(identity), given => {
      const headers = {
        ...membersOf(given, 'the result of additionalHeaders'),
        ...membersOf(options.headers, 'headers'),
      }
      return whenReady(chooseSigningKey(identity, config), key => signToken(claims, { key, headers }, config))
    })
  }
  return whenReady<unknown, string>(loaders.additionalClaims?.(identity), sign)
}

/** Makes an access token that takes the place of another: its claims and header stay, but the times are new and it is not fresh. */
export async function renewAccessToken(
  { claims, header }: Pick<VerifiedJwt, 'claims' | 'header'>,
  config: ResolvedOptions,
  session?: SessionPart,
): Promise<string> {
  const { type, jti, iat, nbf, exp, fresh, csrf, [config.identityClaim]: identity, ...others } = claims
  const { sid, ...additional } = others
  // A verified header may hold what is never signed here: nobody has read it.
  const { alg, kid, jku, jwk, x5u, x5c, ...headers } = header
  // Where tokens live for ever by default, this one did not: it keeps the life that it had.
  const expiresIn = config.accessTokenExpires || (exp !== undefined && exp - (iat ?? config.now()))
  const renewed = buildClaims(
    {
      type,
      identity,
      expiresIn,
      fresh: false,
      additional: session === undefined ? others : additional,
      session,
      // What it says is as old as it was: whatever refuses the former token, before or later, refuses this one.
      issuedAtMs: readIssuedAt(claims),
      jti: config.store === undefined || jti === null || readUuidV7Time(jti) === undefined ? undefined : jti,
    },
    config,
  )
  const key = await chooseSigningKey(identity, config)
  const kept = key.kid === undefined && kid !== undefined ? { ...headers, kid } : headers
  return signToken(renewed, { key, headers: kept }, config)
}

/** The value itself where it has members that can be spread: those of a Map or a promise would be lost without a word. */
function membersOf(value: unknown, name: string): Readonly<Record<string, unknown>> {
  if (value === undefined || value === null) return {}
  if (!isPlainObject(value)) throw new TypeError(`${name} must be a plain object`)
  return value
}

function resolveLifetime(
  kind: TokenKind,
  given: Duration | false | undefined,
  config: ResolvedOptions,
): number | false {
  if (given !== undefined) return lifetime(given, 'expiresIn', config.isFlask)
  return kind === 'access' ? config.accessTokenExpires : config.refreshTokenExpires
}

function resolveFresh(fresh: boolean | Duration | Date = false, config: ResolvedOptions): boolean | number {
  if (typeof fresh === 'boolean') return fresh
  if (fresh instanceof Date) return fresh.getTime() / 1000
  return config.now() + parseDuration(fresh, 'fresh')
}

function chooseSigningKey(identity: unknown, { keyRing, loaders }: ResolvedOptions): Awaitable<Key> {
  return whenReady<unknown, Key>(loaders.encodeKey?.(identity), chosen => asSigningKey(chosen ?? keyRing.signingKey))
}

function asSigningKey(chosen: unknown): Key {
  if (chosen === undefined) throw new TypeError('This manager has no key to sign with: set privateKey (or encodeKey)')
  if (!(chosen instanceof Key)) throw new TypeError('encodeKey must return a key made by importKey, or undefined')
  if (chosen.type === 'public') throw new TypeError('encodeKey returned a public key, which cannot sign')
  return chosen
}
