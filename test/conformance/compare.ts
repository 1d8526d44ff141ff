import { parseSetCookie } from 'cookie'
import { JwtError, type JwtErrorCode } from '../../src/index.ts'
import {
  type CorpusCase,
  type ExpectedCookie,
  type ExpectedToken,
  insertKeys,
  type Json,
  type JsonObject,
  type Keys,
} from './corpus.ts'
import { type CallResult, isSignedBy, type Outcome } from './replay.ts'

/** Which classes of the reference a code of ours stands for. */
export const classesOf: Readonly<Record<JwtErrorCode, readonly string[]>> = {
  token_missing: ['NoAuthorizationError'],
  csrf_missing: ['CSRFError'],
  csrf_mismatch: ['CSRFError'],
  csrf_cross_site: [],
  header_malformed: ['InvalidHeaderError', 'InvalidQueryParamError'],
  duplicate_value: [],
  token_invalid: [
    'JWTDecodeError',
    'DecodeError',
    'InvalidSignatureError',
    'InvalidAlgorithmError',
    'InvalidAudienceError',
    'InvalidIssuerError',
    'InvalidIssuedAtError',
    'ImmatureSignatureError',
    'MissingRequiredClaimError',
    'InvalidSubjectError',
    'InvalidJTIError',
    'InvalidTokenError',
  ],
  token_wrong_type: ['WrongTokenError'],
  claims_invalid: [],
  token_expired: ['ExpiredSignatureError'],
  token_revoked: ['RevokedTokenError'],
  fresh_token_required: ['FreshTokenRequired'],
  user_not_found: ['UserLookupError'],
  claims_rejected: ['UserClaimsVerificationError'],
  store_unavailable: [],
}

/** A mistake of the programmer's: a configuration there, or an argument. */
const mistakeClasses: readonly string[] = ['RuntimeError', 'InvalidTokenError']

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

/** Seconds by which times may differ where the clock runs. */
const tolerance = 2

/** Compares what ours did with what the reference did. Each entry says one thing that differs; none: alike. */
export function compare(testCase: CorpusCase, outcome: Outcome, keys: Keys): string[] {
  const { expect } = testCase
  if (outcome.kind === 'refused') return [`the configuration was refused: ${describe(outcome.error)}`]
  if (outcome.kind === 'answered') return compareAnswer(testCase, outcome, keys)
  if (outcome.kind === 'raised')
    return expect.raises === undefined
      ? [`raised ${describe(outcome.error)}`]
      : compareRaised(expect.raises.class, outcome.error)
  if (expect.raises !== undefined) return [`expected ${expect.raises.class}, but the call returned`]
  return compareResult(testCase, outcome.result, keys)
}

function compareAnswer(testCase: CorpusCase, outcome: Outcome & { kind: 'answered' }, keys: Keys): string[] {
  const { expect } = testCase
  const { reply } = outcome
  // Never right, even where the reference fell over, too; unless the application itself words it so.
  if (reply.status >= 500 && !customStatuses(testCase).includes(reply.status))
    return [`status ${reply.status}: ${describe(outcome.error)}`]
  if (reply.status !== expect.status)
    return [`status ${reply.status} instead of ${expect.status}: ${reply.text.slice(0, 200)}`]
  const cookies = compareCookies(expect.set_cookies ?? [], outcome, testCase)
  if (expect.body_not_json || expect.json === undefined) return cookies
  const mayReword = testCase.message_source !== undefined
  const body = compareValue(expect.json, JSON.parse(reply.text), { path: 'body', clock: testCase.clock, mayReword })
  const renewed = outcome.tokens['access']
  if (expect.new_token === undefined || renewed === undefined) return [...body, ...cookies]
  return [...body, ...cookies, ...compareToken(expect.new_token, renewed, testCase, keys)]
}

/** The statuses of the application's own answers in a case. */
export function customStatuses({ loaders = {} }: CorpusCase): unknown[] {
  return Object.values((loaders['custom_responses'] ?? {}) as JsonObject).map(
    answer => (answer as JsonObject)['status'],
  )
}

function compareResult(testCase: CorpusCase, result: CallResult, keys: Keys): string[] {
  const { expect, clock } = testCase
  if (expect.value !== undefined) return compareValue(expect.value, result.value, { path: 'value', clock })
  if (result.token !== undefined)
    return [...compareToken(expect, result.token, testCase, keys), ...compareDecodes(expect, result.decodes)]
  return compareValue(expect.claims ?? null, result.claims, { path: 'claims', clock })
}

function compareToken(expected: ExpectedToken, token: string, { clock }: CorpusCase, keys: Keys): string[] {
  const [header, claims] = token.split('.').map(segment => Buffer.from(segment, 'base64url').toString())
  const faults = [
    ...compareValue(expected.header ?? null, JSON.parse(header ?? ''), { path: 'header', clock }),
    ...compareValue(expected.claims ?? null, JSON.parse(claims ?? ''), { path: 'claims', clock }),
  ]
  const { signature } = expected
  if (signature === undefined || isSignedBy(token, signature.alg, insertKeys(signature.key, keys))) return faults
  return [...faults, `the signature is not by ${signature.key}`]
}

function compareDecodes({ decodes }: ExpectedToken, actual: unknown): string[] {
  if (decodes === undefined) return []
  if (decodes === true) return actual === true ? [] : [`the new token does not verify: ${describe(actual)}`]
  return actual === true
    ? [`the new token verifies, expected ${decodes.raises.class}`]
    : compareRaised(decodes.raises.class, actual)
}

function compareRaised(expected: string, error: unknown): string[] {
  const classes = error instanceof JwtError ? classesOf[error.code] : error instanceof TypeError ? mistakeClasses : []
  return classes.includes(expected) ? [] : [`expected ${expected}, got ${describe(error)}`]
}

interface Terms {
  readonly path: string
  readonly clock: number | undefined
  /** Strings may differ: the words are not the library's own. */
  readonly mayReword?: boolean
}

function compareValue(expected: Json, actual: unknown, terms: Terms): string[] {
  const { path } = terms
  if (expected === '<uuid>') return typeof actual === 'string' && uuid.test(actual) ? [] : [`${path} is no UUID`]
  if (isTime(expected))
    return isAbout(actual, expected['$now'], terms.clock)
      ? []
      : [`${path} is ${actual}, expected now + ${expected['$now']}`]
  if (typeof expected === 'string' && typeof actual === 'string' && terms.mayReword) return []
  if (typeof expected !== 'object' || expected === null)
    return Object.is(expected, actual) || expected === actual ? [] : [differing(path, expected, actual)]
  if (typeof actual !== 'object' || actual === null || Array.isArray(expected) !== Array.isArray(actual))
    return [differing(path, expected, actual)]
  return compareMembers(expected as JsonObject, actual as Readonly<Record<string, unknown>>, terms)
}

function compareMembers(expected: JsonObject, actual: Readonly<Record<string, unknown>>, terms: Terms): string[] {
  const names = new Set([...Object.keys(expected), ...Object.keys(actual)])
  return [...names].flatMap(name => {
    const path = `${terms.path}.${name}`
    if (!Object.hasOwn(actual, name)) return [`${path} is missing`]
    const value = Object.hasOwn(expected, name) ? expected[name] : undefined
    return value === undefined ? [`${path} is too many`] : compareRaises(value, actual[name], { ...terms, path })
  })
}

/** Accessors compare whether a value or an error came; the words of the error are each library's own. */
function compareRaises(expected: Json, actual: unknown, terms: Terms): string[] {
  const isRaised = typeof expected === 'object' && expected !== null && 'raises' in expected
  return compareValue(expected, actual, isRaised ? { ...terms, mayReword: true } : terms)
}

function compareCookies(
  expected: readonly ExpectedCookie[],
  { reply, tokens }: Outcome & { kind: 'answered' },
  { clock, config }: CorpusCase,
): string[] {
  const refreshName = config['JWT_REFRESH_COOKIE_NAME'] ?? 'refresh_token_cookie'
  const given = reply.setCookies.map(line => ({ line, ...parseSetCookie(line) }))
  const names = given
    .map(cookie => cookie.name)
    .sort()
    .join()
  const wanted = expected
    .map(cookie => cookie.name)
    .sort()
    .join()
  if (names !== wanted) return [`cookies set: ${names || 'none'}; expected: ${wanted || 'none'}`]
  return expected.flatMap(cookie => {
    const actual = given.find(candidate => candidate.name === cookie.name)
    if (actual === undefined) return []
    const attributes = {
      path: actual.path ?? null,
      domain: actual.domain ?? null,
      secure: actual.secure ?? false,
      httponly: actual.httpOnly ?? false,
      samesite: /SameSite=(\w+)/.exec(actual.line)?.[1] ?? null,
      max_age: actual.maxAge ?? null,
      expires: actual.expires === undefined ? null : actual.expires.getTime() / 1000,
    }
    const token = tokens[cookie.name === refreshName ? 'refresh' : 'access']
    const value = cookie.value === '<token>' ? token : otherValue(cookie, tokens, actual.value ?? '')
    return [
      ...(value === actual.value ? [] : [`cookie ${cookie.name} has another value`]),
      ...compareAttributes(cookie, attributes, clock),
    ]
  })
}

function compareAttributes(
  cookie: ExpectedCookie,
  actual: Readonly<Record<string, unknown>>,
  clock: number | undefined,
): string[] {
  return Object.entries(actual).flatMap(([name, value]) => {
    const expected = cookie[name as keyof ExpectedCookie] as Json
    if (name === 'expires' && expected !== null)
      return isExpiry(expected as JsonObject, value, clock) ? [] : [`cookie ${cookie.name} expires ${value}`]
    return value === expected ? [] : [differing(`cookie ${cookie.name} ${name}`, expected, value)]
  })
}

function isExpiry(expected: JsonObject, actual: unknown, clock: number | undefined): boolean {
  return '$epoch' in expected ? actual === expected['$epoch'] : isAbout(actual, Number(expected['$now']), clock)
}

/** What the value of a cookie that holds no token has to be; for a bare UUID whatever it is, if it is one. */
function otherValue(
  cookie: ExpectedCookie,
  tokens: Readonly<Record<string, string>>,
  actual: string,
): string | undefined {
  if (cookie.same_as_claim === undefined) return cookie.value === '<uuid>' && uuid.test(actual) ? actual : cookie.value
  const { token, claim } = cookie.same_as_claim
  const [, payload = ''] = (tokens[token] ?? '').split('.')
  return JSON.parse(Buffer.from(payload, 'base64url').toString())[claim]
}

function isTime(value: Json): value is { readonly $now: number } {
  return typeof value === 'object' && value !== null && '$now' in value
}

function isAbout(actual: unknown, offset: number, clock: number | undefined): boolean {
  return typeof actual === 'number' && Math.abs(actual - (clock ?? Date.now() / 1000) - offset) <= tolerance
}

function differing(path: string, expected: unknown, actual: unknown): string {
  return `${path} is ${JSON.stringify(actual)}, expected ${JSON.stringify(expected)}`
}

export function describe(error: unknown): string {
  if (error instanceof JwtError) return `JwtError ${error.code}: ${error.message}`
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error)
}
