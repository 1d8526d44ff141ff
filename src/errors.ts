import type { VerifiedJwt } from './context.ts'
import type { StandardIssue } from './internal/standard-schema.ts'

/** What a refused request is refused for. The codes are stable; the messages are not. */
export type JwtErrorCode =
  | 'token_missing'
  | 'csrf_missing'
  | 'csrf_mismatch'
  | 'csrf_cross_site'
  | 'header_malformed'
  | 'duplicate_value'
  | 'token_invalid'
  | 'token_wrong_type'
  | 'claims_invalid'
  | 'token_expired'
  | 'token_revoked'
  | 'fresh_token_required'
  | 'user_not_found'
  | 'claims_rejected'
  | 'store_unavailable'

/** An HTTP answer as data: what an adapter writes. */
export interface JwtAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: unknown
}

interface Refusal {
  readonly status: number
  /** The `error` of the challenge (RFC 6750 section 3.1, RFC 9470 section 3); null is a challenge without one. */
  readonly challenge?: string | null
}

/** Status and challenge of every code. */
const refusals: Readonly<Record<JwtErrorCode, Refusal>> = {
  token_missing: { status: 401, challenge: null },
  csrf_missing: { status: 401, challenge: null },
  csrf_mismatch: { status: 401, challenge: null },
  csrf_cross_site: { status: 403 },
  header_malformed: { status: 400, challenge: 'invalid_request' },
  duplicate_value: { status: 400, challenge: 'invalid_request' },
  token_invalid: { status: 401, challenge: 'invalid_token' },
  token_wrong_type: { status: 401, challenge: 'invalid_token' },
  claims_invalid: { status: 401, challenge: 'invalid_token' },
  token_expired: { status: 401, challenge: 'invalid_token' },
  token_revoked: { status: 401, challenge: 'invalid_token' },
  fresh_token_required: { status: 401, challenge: 'insufficient_user_authentication' },
  user_not_found: { status: 401, challenge: 'invalid_token' },
  claims_rejected: { status: 403, challenge: 'insufficient_scope' },
  store_unavailable: { status: 503 },
}

/** Seconds after which a client may try again when the revocation store did not answer. */
const retryAfterSeconds = '1'

/** Statuses whose answers have no body (RFC 9110 section 15). */
export const bodilessStatuses: ReadonlySet<number> = new Set([204, 205, 304])

export interface JwtErrorOptions extends Partial<JwtAnswer> {
  /** What made the check fail, for logs; never sent to the client. */
  readonly cause?: unknown
  /** The token that was refused, where its signature had been verified. */
  readonly jwt?: VerifiedJwt
  /** What `claimsSchema` found. */
  readonly issues?: readonly StandardIssue[]
}

let readRefusedJwt: (error: JwtError) => VerifiedJwt | undefined
let readIsStandard: (error: JwtError) => boolean

/**
 * A refused request. It carries its whole answer: `status`, `headers` (among them the challenge of RFC 6750
 * section 3) and `body`. Neither the message nor any member holds a token, a key or a secret. It has no stack: what is
 * wrong is the request, and not the program.
 *
 * `statusCode` and `expose` are what the error handling of Express, Koa and Fastify looks for.
 */
export class JwtError extends Error {
  static {
    readRefusedJwt = error => error.#jwt
    readIsStandard = error => error.#isStandard
  }

  override readonly name = 'JwtError'
  readonly code: JwtErrorCode
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: unknown
  // Private, so that no log line prints the claims of a user.
  readonly #jwt: VerifiedJwt | undefined
  readonly #issues: readonly StandardIssue[] | undefined
  readonly #isStandard: boolean

  constructor(code: JwtErrorCode, message: string, options: JwtErrorOptions = {}) {
    const { stackTraceLimit } = Error
    // To write down the stack takes ten times as long as to refuse a forged token.
    // Where the intrinsics are frozen nothing comes of it, and a refusal has a stack.
    Reflect.set(Error, 'stackTraceLimit', 0)
    super(message, 'cause' in options ? { cause: options.cause } : undefined)
    Reflect.set(Error, 'stackTraceLimit', stackTraceLimit)
    this.code = code
    this.status = options.status ?? statusOf(code)
    this.headers = options.headers ?? buildHeaders(code, message)
    this.body = options.body === undefined ? { msg: message, code } : options.body
    this.#jwt = options.jwt
    this.#issues = options.issues
    this.#isStandard = options.status === undefined && options.headers === undefined && options.body === undefined
  }

  /**
   * What `claimsSchema` found, behind `claims_invalid` alone. Not sent to the client and not printed with the error, for
   * the words of a schema may quote the claims.
   */
  get issues(): readonly StandardIssue[] | undefined {
    return this.#issues
  }

  /** The same as `status`, under the name that Express and Fastify read. */
  get statusCode(): number {
    return this.status
  }

  /** The whole answer as a `Response` of the fetch standard. */
  getResponse(): Response {
    return toResponse(this)
  }

  /** Whether the message may be shown to the client, as http-errors tells it. */
  get expose(): boolean {
    return this.status < 500
  }
}

/** An answer as a `Response` of the fetch standard. */
export function toResponse({ status, headers, body }: JwtAnswer): Response {
  const init = { status, headers: { ...headers } }
  return bodilessStatuses.has(status) ? new Response(null, init) : Response.json(body, init)
}

/** The verified token behind a refusal (expired, revoked, ...), where there was one. */
export function refusedJwt(error: JwtError): VerifiedJwt | undefined {
  return readRefusedJwt(error)
}

/** Whether the answer of a refusal follows from its code and message alone. */
export function isStandardAnswer(error: JwtError): boolean {
  return readIsStandard(error)
}

/** The status that a code has by default. */
export function statusOf(code: JwtErrorCode): number {
  return refusals[code].status
}

/** The headers of a refusal: the challenge, named after `scheme`, or when to come again. */
export function buildHeaders(code: JwtErrorCode, message: string, scheme = 'Bearer'): Record<string, string> {
  const { challenge } = refusals[code]
  if (code === 'store_unavailable') return { 'retry-after': retryAfterSeconds }
  if (challenge === undefined) return {}
  if (challenge === null) return { 'www-authenticate': scheme }
  return { 'www-authenticate': `${scheme} error="${challenge}", error_description="${describe(message)}"` }
}

/** A message may name an identity: a proxy refuses an answer whose headers are as long as that may be. */
const maxDescriptionLength = 256

/** Leaves only the characters which RFC 6750 section 3 allows in an error_description. */
function describe(message: string): string {
  return message
    .slice(0, maxDescriptionLength)
    .replaceAll('"', "'")
    .replaceAll(/[^\x20-\x21\x23-\x5b\x5d-\x7e]/g, '?')
}
