import { JwtError, type JwtErrorCode } from 'jwt-extended'

/** What ours did with a case. */
export type Answer = Accepted | Refused | Faulty | Played

export interface Accepted {
  readonly outcome: 'accept'
  readonly claims?: unknown
  readonly isAnonymous?: boolean
}

export interface Refused {
  readonly outcome: 'reject'
  /** In our own words. */
  readonly code: string
  /** The errors of the corpus that this may be. */
  readonly kinds: readonly string[]
}

/** A scenario that went step by step as it is written. */
export interface Played {
  readonly outcome: 'scenario'
}

/** What must never be: an exception that is neither a refusal nor a mistake of the set-up, a 5xx. */
export interface Faulty {
  readonly outcome: 'fault'
  readonly reason: string
}

/** What is wrong with a request rather than with its token. */
export const requestErrors: readonly string[] = [
  'no_authorization',
  'invalid_header',
  'invalid_query_param',
  'malformed_token',
  'csrf_error',
]

/** What the corpus calls the causes of our codes. It tells more causes apart than a client is told. */
const kindsOf: Readonly<Record<JwtErrorCode, readonly string[]>> = {
  token_missing: ['no_authorization'],
  csrf_missing: ['csrf_error'],
  csrf_mismatch: ['csrf_error'],
  csrf_cross_site: ['csrf_error'],
  header_malformed: ['invalid_header', 'invalid_query_param'],
  duplicate_value: requestErrors,
  token_invalid: [],
  token_wrong_type: ['wrong_token_type'],
  claims_invalid: ['invalid_claim'],
  token_expired: ['token_expired'],
  token_revoked: ['revoked_token', 'refresh_reuse'],
  fresh_token_required: ['fresh_token_required'],
  user_not_found: [],
  claims_rejected: [],
  store_unavailable: ['revocation_unavailable'],
}

/** What `token_invalid` may be, by how its message says it. */
const kindsOfMessages: readonly (readonly [RegExp, readonly string[]])[] = [
  [/longer than \d+ bytes/, ['token_too_large', 'malformed_token']],
  [/segments|not a string|base64url|not one JSON object/, ['malformed_token', 'invalid_header_param']],
  [/The header |Key ID header|Nested tokens/, ['unsupported_header', 'invalid_header_param', 'malformed_token']],
  [/Algorithm not specified/, ['algorithm_not_allowed', 'invalid_header_param', 'malformed_token']],
  [/alg value/, ['algorithm_not_allowed', 'key_not_found']],
  [/no key for this token/, ['key_not_found', 'invalid_key']],
  // It is checked before the payload is decoded: nothing more is known of that.
  [/Signature/, ['signature_invalid', 'malformed_token']],
  [/not yet valid/, ['token_not_yet_valid']],
  [/issuer|"iss"|Issuer/, ['invalid_issuer', 'missing_claim', 'invalid_claim']],
  [/"aud"|Audience/, ['invalid_audience', 'missing_claim']],
  [/Missing claim/, ['missing_claim', 'invalid_claim']],
  [/must be|claim format/, ['invalid_claim', 'invalid_audience']],
]

/** What a mistake of the set-up, a `TypeError`, may be. */
const setUpErrors: readonly string[] = ['invalid_config', 'invalid_key', 'weak_secret', 'algorithm_not_allowed']

/** What a mistake in the arguments of a call may be. */
export const argumentErrors: readonly string[] = ['invalid_claim', 'invalid_header_param', 'invalid_config']

export function refusal(code: string, message: string): Answer {
  if (!Object.hasOwn(kindsOf, code)) return { outcome: 'fault', reason: `an unknown code: ${code}` }
  const kinds = code === 'token_invalid' ? kindsOfMessage(message) : kindsOf[code as JwtErrorCode]
  return { outcome: 'reject', code: `${code} (${message})`, kinds }
}

function kindsOfMessage(message: string): readonly string[] {
  return kindsOfMessages.find(([pattern]) => pattern.test(message))?.[1] ?? []
}

/** What was thrown while a manager was made, a token signed: a mistake of the application, told to its programmer. */
export function mistake(error: unknown, kinds: readonly string[] = setUpErrors): Answer {
  if (error instanceof TypeError && !isOfEngine(error))
    return { outcome: 'reject', code: `TypeError: ${error.message}`, kinds }
  return thrown(error)
}

/** What was thrown while a token was looked at: whatever a client sends, it must be a refusal. */
export function thrown(error: unknown): Answer {
  if (error instanceof JwtError) return refusal(error.code, error.message)
  return { outcome: 'fault', reason: `a foreign exception: ${error}` }
}

/** `x is not a function` and the like are TypeErrors, too, but of the engine: nobody has checked anything. */
function isOfEngine({ message }: TypeError): boolean {
  return /is not a function|is not iterable|Cannot (read|convert|mix)|of (undefined|null)\b|circular/.test(message)
}

export async function answerOf(work: () => Promise<Answer>, explain: (error: unknown) => Answer): Promise<Answer> {
  try {
    return await work()
  } catch (error) {
    return explain(error)
  }
}

export function describeAnswer(answer: Answer): string {
  switch (answer.outcome) {
    case 'accept':
      return answer.isAnonymous ? 'accepted without an identity' : 'accepted'
    case 'reject':
      return `refused: ${answer.code}`
    case 'scenario':
      return 'as it is written'
    default:
      return answer.reason
  }
}
