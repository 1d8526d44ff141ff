import { buildHeaders, isStandardAnswer, JwtError, type JwtErrorCode, refusedJwt, statusOf } from '../errors.ts'
import { type Awaitable, orElse, whenReady } from '../internal/awaitable.ts'
import { isPlainObject } from '../internal/plain-object.ts'
import type { CustomAnswer, Loaders, ResolvedOptions } from '../options.ts'

/** Statuses of Flask-JWT-Extended where they are others. */
const flaskStatuses: Readonly<Partial<Record<JwtErrorCode, number>>> = {
  header_malformed: 422,
  token_invalid: 422,
  token_wrong_type: 422,
  claims_rejected: 400,
}

type MessageLoader = 'onUnauthorized' | 'onInvalid'
type TokenLoader = 'onExpired' | 'onNeedsFresh' | 'onRevoked' | 'onVerificationFailed' | 'onUserLookupError'

/** Which loader words the answer to which refusal. */
const loaderNames: Readonly<Record<JwtErrorCode, MessageLoader | TokenLoader | undefined>> = {
  token_missing: 'onUnauthorized',
  csrf_missing: 'onUnauthorized',
  csrf_mismatch: 'onUnauthorized',
  csrf_cross_site: undefined,
  header_malformed: 'onInvalid',
  duplicate_value: 'onInvalid',
  token_invalid: 'onInvalid',
  token_wrong_type: 'onInvalid',
  claims_invalid: 'onInvalid',
  token_expired: 'onExpired',
  token_revoked: 'onRevoked',
  fresh_token_required: 'onNeedsFresh',
  user_not_found: 'onUserLookupError',
  claims_rejected: 'onVerificationFailed',
  store_unavailable: undefined,
}

/** Gives the refusals of some work their final answer: the application's own, or the configured words and statuses. */
export function answering<Result>(work: () => Awaitable<Result>, config: ResolvedOptions): Awaitable<Result> {
  return orElse<Result, never>(work, error => {
    if (!(error instanceof JwtError)) throw error
    return whenReady(finishRefusal(error, config), finished => {
      throw finished
    })
  })
}

/** The refusal as it goes out: with the application's own answer, or in the words and statuses that are configured. */
export function finishRefusal(error: JwtError, config: ResolvedOptions): Awaitable<JwtError> {
  return whenReady(askLoader(error, config.loaders), custom =>
    custom === undefined && isStandardAnswer(error) && hasStandardWords(config)
      ? error
      : writeAnswer(error, custom, config),
  )
}

function hasStandardWords({ isFlask, errorMessageKey, header }: ResolvedOptions): boolean {
  return !isFlask && errorMessageKey === 'msg' && header.type === 'Bearer'
}

function writeAnswer(error: JwtError, custom: CustomAnswer | undefined, config: ResolvedOptions): JwtError {
  const { code, message, issues } = error
  const jwt = refusedJwt(error)
  // Flask-JWT-Extended sends no challenge, and knows no store.
  const isBare = config.isFlask && code !== 'store_unavailable'
  const headers = isBare ? {} : buildHeaders(code, message, schemeOf(config))
  const answer = custom === undefined ? defaultAnswer(error, config) : { status: custom.status, body: custom.json }
  return new JwtError(code, message, {
    ...answer,
    headers: { ...(answer.status >= 400 && headers), ...lowerCaseNames(custom?.headers ?? {}) },
    ...(error.cause !== undefined && { cause: error.cause }),
    ...(jwt !== undefined && { jwt }),
    ...(issues !== undefined && { issues }),
  })
}

function defaultAnswer(
  { code, message }: JwtError,
  { isFlask, errorMessageKey }: ResolvedOptions,
): { status: number; body: unknown } {
  const body = { [errorMessageKey]: message }
  if (isFlask) return { status: flaskStatuses[code] ?? statusOf(code), body }
  return { status: statusOf(code), body: { ...body, code } }
}

function askLoader(error: JwtError, loaders: Loaders<unknown, object>): Awaitable<CustomAnswer | undefined> {
  const name = loaderNames[error.code]
  if (name === undefined || loaders[name] === undefined) return undefined
  if (name === 'onUnauthorized' || name === 'onInvalid')
    return whenReady(loaders[name]?.(error.message, error.code), answer => checkAnswer(answer, name))
  const jwt = refusedJwt(error)
  return jwt && whenReady(loaders[name]?.(jwt.header, jwt.claims), answer => checkAnswer(answer, name))
}

/** @throws TypeError where a loader returned something else than an answer: a mistake that must not look like one */
function checkAnswer(answer: unknown, name: string): CustomAnswer {
  const { status, json } = isPlainObject(answer) ? answer : {}
  const isAnswer = Number.isInteger(status) && Number(status) >= 200 && Number(status) <= 599 && json !== undefined
  if (isAnswer) return answer as CustomAnswer
  throw new TypeError(`${name} must return { status, json }, with a status from 200 to 599`)
}

// A challenge starts with a scheme, and `header.type` may be empty or hold a space.
function schemeOf({ header }: ResolvedOptions): string {
  return /^[\w!#$%&'*+.^`|~-]+$/.test(header.type) ? header.type : 'Bearer'
}

function lowerCaseNames(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
}
