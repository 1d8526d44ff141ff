import { type Duration, parseDuration } from '../internal/duration.ts'
import { isPlainObject } from '../internal/plain-object.ts'
import type { Identity } from '../manager.ts'
import { checkNames, type ResolvedOptions } from '../options.ts'
import type { TokenKind } from '../tokens/build-claims.ts'
import { type CreateAccessTokenOptions, createToken } from '../tokens/create.ts'

export interface TestTokenOptions extends CreateAccessTokenOptions {
  /** @default 'access' */
  readonly type?: TokenKind
  /** Whether the life of the token is over, by the clock and the leeway of the manager. @default false */
  readonly expired?: boolean
}

export const tokenOptionNames: readonly string[] = ['type', 'expired', 'fresh', 'expiresIn', 'claims', 'headers']

/** The life of an expired token where tokens live for ever. */
const defaultLife: Duration = '15m'

/**
 * Makes a token as the manager does, with its loaders and keys.
 *
 * @throws TypeError where the options contradict each other, or the manager would not make such a token
 */
export async function createTestToken(
  identity: Identity,
  options: TestTokenOptions,
  config: ResolvedOptions,
): Promise<string> {
  checkNames(options, tokenOptionNames, 'the options of a test token')
  const { type = 'access', expired = false, ...asked } = options
  if (type !== 'access' && type !== 'refresh') throw new TypeError("type must be 'access' or 'refresh'")
  if (typeof expired !== 'boolean') throw new TypeError('expired must be true or false')
  if (type === 'refresh' && asked.fresh !== undefined)
    throw new TypeError('fresh is for access tokens: a refresh token is never fresh')
  return expired ? createExpired(type, identity, asked, config) : createToken(type, identity, asked, config)
}

/** A token that was made so long ago that it has just expired: a right one in everything else. */
async function createExpired(
  type: TokenKind,
  identity: Identity,
  options: CreateAccessTokenOptions,
  config: ResolvedOptions,
): Promise<string> {
  checkExpirable(options)
  const life = lifeOf(type, options.expiresIn, config)
  const madeAt = config.now() - Math.max(life, 0) - Math.abs(config.leeway) - 1
  // As a claim, for it has to win over one of additionalClaims.
  const claims = { ...options.claims, exp: Math.floor(madeAt + life) }
  return createToken(type, identity, { ...options, claims }, { ...config, now: () => madeAt })
}

function checkExpirable({ expiresIn, claims }: CreateAccessTokenOptions): void {
  if (expiresIn === false) throw new TypeError('expired contradicts expiresIn: such a token never expires')
  if (claims === undefined || claims === null) return
  if (!isPlainObject(claims)) throw new TypeError('claims must be a plain object')
  if (Object.hasOwn(claims, 'exp')) throw new TypeError('expired contradicts the claim exp: give one of them')
}

function lifeOf(type: TokenKind, expiresIn: Duration | false | undefined, config: ResolvedOptions): number {
  const life = expiresIn ?? (type === 'access' ? config.accessTokenExpires : config.refreshTokenExpires)
  return parseDuration(life === false ? defaultLife : life, 'expiresIn')
}
