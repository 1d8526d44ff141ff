import {
  JwtError,
  type JwtErrorCode,
  JwtManager,
  type JwtOptions,
  type JwtRequest,
  type Requirements,
} from '../../src/index.ts'
import { configOf } from '../../src/manager.ts'
import { resolveRequirements } from '../../src/request/requirements.ts'
import type { CorpusCase, CorpusRequest, Json, Keys } from './corpus.ts'
import { readJson } from './facts.ts'
import { anyText, kindOfCause, type Outcome } from './model.ts'
import { buildOptions, describeContext, toRequirements } from './replay.ts'

/** What the reference did with a case. */
export function recordedOutcome({ expect, info }: CorpusCase): Outcome {
  return { cause: info?.exception ?? null, status: expect.status ?? 0, json: expect.json ?? null }
}

/**
 * What the core does with a case: no socket, no framework, so that there is time for many. Undefined where the
 * configuration is refused.
 */
export async function observe(testCase: CorpusCase, keys: Keys): Promise<Outcome | undefined> {
  const made = configure(testCase, keys)
  if (made === undefined) return undefined
  const { jwt, options, requirements } = made
  try {
    const context = await jwt.authenticate(toJwtRequest(testCase.request), requirements)
    const isChecked = testCase.request?.method !== 'OPTIONS'
    return { cause: null, status: 200, json: plain(describeContext(isChecked ? context : undefined, options)) }
  } catch (error) {
    if (!(error instanceof JwtError)) return { cause: String(error), status: 500, json: null }
    return { cause: causeOf(error), status: error.status, json: plain(error.body) }
  }
}

interface Configured {
  readonly jwt: JwtManager<unknown>
  readonly options: JwtOptions
  readonly requirements: Requirements
}

function configure(testCase: CorpusCase, keys: Keys): Configured | undefined {
  try {
    const options = buildOptions(testCase, keys)
    const jwt = new JwtManager<unknown>(options)
    const requirements = toRequirements(testCase.route ?? {})
    // As an adapter does, when the route is defined.
    resolveRequirements(requirements, configOf(jwt))
    return { jwt, options, requirements }
  } catch (error) {
    if (error instanceof TypeError) return undefined
    throw error
  }
}

/** As it looks to a client. */
function plain(value: unknown): Json {
  return JSON.parse(JSON.stringify(value))
}

function toJwtRequest(request: CorpusRequest = { method: 'GET', path: '/protected' }): JwtRequest {
  const { method, headers = [], cookies = {}, query = [], json, form, content_type: type } = request
  const pairs = Object.entries(cookies).map(pair => ['cookie', pair.join('=')] as const)
  const contentType =
    json !== undefined ? 'application/json' : form !== undefined ? 'application/x-www-form-urlencoded' : type
  const lines = [...headers, ...pairs, ...(contentType ? [['content-type', contentType] as const] : [])]
  return {
    method,
    header: name => {
      const values = lines.filter(([field]) => field.toLowerCase() === name.toLowerCase()).map(([, value]) => value)
      return values.length === 0 ? undefined : values.join(name.toLowerCase() === 'cookie' ? '; ' : ', ')
    },
    query: name => query.filter(([parameter]) => parameter === name).map(([, value]) => value),
    body: () => form ?? readJson(request) ?? undefined,
  }
}

const causes: Readonly<Partial<Record<JwtErrorCode, string>>> = {
  token_missing: 'NoAuthorizationError',
  csrf_missing: 'CSRFError',
  csrf_mismatch: 'CSRFError',
  token_wrong_type: 'WrongTokenError',
  token_expired: 'ExpiredSignatureError',
  token_revoked: 'RevokedTokenError',
  fresh_token_required: 'FreshTokenRequired',
  user_not_found: 'UserLookupError',
  claims_rejected: 'UserClaimsVerificationError',
}

/** What the words of an invalid token tell; any others say that it is no well-formed token. */
const words: readonly (readonly [RegExp, string])[] = [
  [/^Invalid value for query parameter/, 'InvalidQueryParamError'],
  [/^Bad .* header\. Expected/, 'InvalidHeaderError'],
  [/^The specified alg value is not allowed$|^Algorithm not specified$/, 'InvalidAlgorithmError'],
  [/^Signature verification failed$/, 'InvalidSignatureError'],
  [/^The token is not yet valid/, 'ImmatureSignatureError'],
  [/^Token is missing the "\w+" claim$/, 'MissingRequiredClaimError'],
  [/^Invalid issuer$/, 'InvalidIssuerError'],
  [/^Audience doesn't match$|^Invalid claim format in token$/, 'InvalidAudienceError'],
  [/^Subject must be a string$/, 'InvalidSubjectError'],
  [/^JWT ID must be a string$/, 'InvalidJTIError'],
  [/^Missing claim: /, 'JWTDecodeError'],
]

/** Which class of the reference an error of ours stands for. */
function causeOf({ code, message }: JwtError): string {
  return causes[code] ?? words.find(([pattern]) => pattern.test(message))?.[1] ?? 'DecodeError'
}

/** Says how an outcome differs from the one that was foretold, or returns undefined where it does not. */
export function findDifference(foretold: Outcome, actual: Outcome): string | undefined {
  if (foretold.cause === 'Crash') return isRefused(actual) ? undefined : 'accepted where the reference falls over'
  if (foretold.cause === 'Odd')
    return actual.cause !== null && kindOfCause(actual.cause) === 'invalid' && actual.status === foretold.status
      ? undefined
      : 'an odd token is not refused as invalid'
  if (foretold.cause !== actual.cause) return `the cause is ${actual.cause}, expected ${foretold.cause}`
  if (foretold.status !== actual.status) return `the status is ${actual.status}, expected ${foretold.status}`
  return isLike(foretold.json, actual.json) ? undefined : 'the body is another'
}

function isRefused({ cause, status }: Outcome): boolean {
  return cause !== null && status < 500
}

function isLike(foretold: Json, actual: Json): boolean {
  if (foretold === anyText) return typeof actual === 'string'
  if (typeof foretold !== 'object' || foretold === null) return foretold === actual
  if (typeof actual !== 'object' || actual === null || Array.isArray(foretold) !== Array.isArray(actual)) return false
  const [expected, given] = [Object.entries(foretold), new Map(Object.entries(actual))]
  return (
    expected.length === given.size &&
    expected.every(([name, value]) => given.has(name) && isLike(value, given.get(name) ?? null))
  )
}
