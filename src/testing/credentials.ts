import { stringifyCookie } from 'cookie'
import { isPlainObject } from '../internal/plain-object.ts'
import { type AnyJwtManager, configOf, type Identity, JwtManager } from '../manager.ts'
import { checkNames, type ResolvedOptions } from '../options.ts'
import type { TokenKind } from '../tokens/build-claims.ts'
import { decodeUnverified } from '../tokens/decode.ts'
import { createTestToken, type TestTokenOptions, tokenOptionNames } from './test-token.ts'

export interface TestCookiesOptions extends TestTokenOptions {
  /** Whether the CSRF value comes in its header; `false` makes the request that another site would forge. @default true */
  readonly csrf?: boolean
  /** The cookies of the other kind of token too, as a browser has them after a login. @default false */
  readonly other?: boolean | Omit<TestTokenOptions, 'type'>
}

/** Headers of a request, by name: for `fetch`, `app.request`, `inject` and the like. */
export type TestHeaders = Readonly<Record<string, string>>

/** Makes what a user sends, under the names that the manager is configured with. */
export interface TestCredentials {
  /**
   * A token of a user.
   *
   * @throws TypeError where the options contradict each other, or the manager would not make such a token
   */
  tokenFor(identity: Identity, options?: TestTokenOptions): Promise<string>
  /**
   * The header of a request with a token: `{ Authorization: 'Bearer ...' }`.
   *
   * @throws TypeError where the manager takes no token from headers
   */
  headersFor(identity: Identity, options?: TestTokenOptions): Promise<TestHeaders>
  /**
   * The headers of a request by cookie, whatever the path of the cookies: `Cookie`, and `X-CSRF-TOKEN` for methods such
   * as `POST`.
   *
   * @throws TypeError where the manager takes no token from cookies
   */
  cookiesFor(identity: Identity, options?: TestCookiesOptions): Promise<TestHeaders>
}

/**
 * Makes tokens, headers and cookies of users for the tests of an application: with its own manager, its keys, loaders,
 * names and clock.
 *
 * ```ts
 * const { headersFor } = testCredentials(jwt)
 * await app.request('/me', { headers: await headersFor('ada') })
 * ```
 *
 * @throws TypeError where it is given no manager
 */
export function testCredentials(jwt: AnyJwtManager): TestCredentials {
  if (!(jwt instanceof JwtManager))
    throw new TypeError('testCredentials needs the JwtManager of the application, from the same copy of jwt-extended')
  const config = configOf(jwt)
  return {
    tokenFor: (identity, options = {}) => createTestToken(identity, options, config),
    headersFor: (identity, options = {}) => writeHeader(identity, options, config),
    cookiesFor: (identity, options = {}) => writeCookies(identity, options, config),
  }
}

async function writeHeader(
  identity: Identity,
  options: TestTokenOptions,
  config: ResolvedOptions,
): Promise<TestHeaders> {
  checkLocation('headers', config)
  const { name, type } = config.header
  const token = await createTestToken(identity, options, config)
  return { [name]: type === '' ? token : `${type} ${token}` }
}

async function writeCookies(
  identity: Identity,
  options: TestCookiesOptions,
  config: ResolvedOptions,
): Promise<TestHeaders> {
  checkLocation('cookies', config)
  checkNames(options, [...tokenOptionNames, 'csrf', 'other'], 'the options of cookiesFor')
  const { csrf = true, other = false, ...asked } = options
  if (typeof csrf !== 'boolean') throw new TypeError('csrf must be true or false')
  const main = await createCarried(identity, asked, config)
  const carried = other === false ? [main] : [main, await createOther(main.kind, identity, other, config)]
  const cookies = carried.map(token => cookiesOf(token, config))
  return {
    // Under a name that both kinds share, the token that was asked for wins.
    Cookie: stringifyCookie(Object.assign({}, ...cookies, cookies[0])),
    ...(csrf && csrfHeadersOf(carried, config)),
  }
}

interface CarriedToken {
  readonly kind: TokenKind
  readonly token: string
  /** Undefined where the manager makes none. */
  readonly csrf: string | undefined
}

async function createCarried(
  identity: Identity,
  options: TestTokenOptions,
  config: ResolvedOptions,
): Promise<CarriedToken> {
  const token = await createTestToken(identity, options, config)
  // Not verified, for an expired token has cookies too.
  const { csrf } = decodeUnverified(token, config.maxTokenSize).claims
  return { kind: options.type ?? 'access', token, csrf: typeof csrf === 'string' ? csrf : undefined }
}

function createOther(
  kind: TokenKind,
  identity: Identity,
  options: unknown,
  config: ResolvedOptions,
): Promise<CarriedToken> {
  const type = kind === 'access' ? 'refresh' : 'access'
  if (options === true) return createCarried(identity, { type }, config)
  if (!isPlainObject(options)) throw new TypeError('other must be true, false or the options of a token')
  checkNames(
    options,
    tokenOptionNames.filter(name => name !== 'type'),
    'other',
  )
  return createCarried(identity, { ...options, type }, config)
}

function cookiesOf({ kind, token, csrf }: CarriedToken, { cookies, csrf: rules }: ResolvedOptions): TestHeaders {
  const tokenCookie = { [cookies[kind].name]: token }
  if (rules === false || !rules.inCookies || csrf === undefined) return tokenCookie
  return { ...tokenCookie, [rules[kind].cookieName]: csrf }
}

/** Both kinds share one header by default: then it is for the token that was asked for, the first. */
function csrfHeadersOf(carried: readonly CarriedToken[], { csrf: rules }: ResolvedOptions): TestHeaders {
  const headers: Record<string, string> = {}
  if (rules === false) return headers
  for (const { kind, csrf } of carried) {
    const { headerName } = rules[kind]
    const isTaken = Object.keys(headers).some(name => name.toLowerCase() === headerName.toLowerCase())
    if (!isTaken && csrf !== undefined) headers[headerName] = csrf
  }
  return headers
}

function checkLocation(location: 'headers' | 'cookies', { tokenLocation }: ResolvedOptions): void {
  if (tokenLocation.includes(location)) return
  const other = location === 'headers' ? 'cookies' : 'headers'
  const remedy = tokenLocation.includes(other)
    ? `Use ${other}For`
    : 'Put the token of tokenFor where the application reads it'
  throw new TypeError(
    `this manager takes no token from ${location}: its tokenLocation is ${tokenLocation.join(', ')}. ${remedy}`,
  )
}
