import { JwtError } from '../../src/index.ts'
import { customStatuses } from './compare.ts'
import { type CorpusCase, insertKeys, type Json, type Keys } from './corpus.ts'
import { hasOddBlank, oddityOfCreation, oddityOfTokens, tokenTexts } from './oddity.ts'
import type { Outcome } from './replay.ts'

interface Subject {
  readonly testCase: CorpusCase
  readonly outcome: Outcome
  readonly faults: readonly string[]
  readonly keys: Keys
  /** What ours does with the same request when the scheme is written as configured; absent where it is so already. */
  readonly withUsualScheme: Outcome | undefined
  /** Whether the adapter can be sent a GET with a body at all. */
  readonly readsBodyOfGet: boolean
}

type Rule = (subject: Subject) => boolean

/** What each tag allows. A tag that is not here allows nothing. */
const tags: Readonly<Record<string, Rule>> = {
  crash: ({ outcome }) => isRefusal(outcome),
  config_error: ({ outcome }) => isRefusal(outcome),
  lazy_config: ({ outcome }) => outcome.kind === 'refused' && isMistake(outcome.error),
  lenient: ({ testCase, outcome }) => isInvalid(outcome, testCase),
  python_repr: ({ testCase, outcome, faults }) =>
    isAnswered(outcome, testCase.expect.status) && faults.every(fault => /^body\.\w+ is "/.test(fault)),
  cookie_writer: ({ outcome, faults }) =>
    (outcome.kind === 'refused' && isMistake(outcome.error) && /cookie/i.test(String(outcome.error))) ||
    faults.every(fault => /^cookie \S+ (path|domain|samesite|expires) /.test(fault)),
  get_with_body: ({ outcome, readsBodyOfGet }) => !readsBodyOfGet && isAnswered(outcome, 401),
}

/** The deliberate differences of docs/guide/coming-from-flask.md, by their numbers there, each told from the case alone. */
const differences: Readonly<Record<string, Rule>> = {
  'difference 1 (weak secret)': subject => isAboutLength(errorOf(subject.outcome)) && hasShortSecret(subject),
  'difference 2 (reserved claims and alg)': ({ testCase, outcome }) =>
    isMistake(errorOf(outcome)) && setsReserved(testCase),
  'difference 3 (type of the token)': ({ testCase, outcome }) =>
    saysWrongType(outcome, testCase) && hasForeignType(testCase),
  'difference 4 (case of the scheme)': ({ outcome, withUsualScheme }) =>
    withUsualScheme !== undefined && isSameAnswer(outcome, withUsualScheme),
  'difference 5 (csrf claim)': subject => !usesCookies(subject.testCase) && isCsrfClaimAlone(subject),
  'difference 6 (odd tokens)': ({ testCase, outcome }) =>
    (isInvalid(outcome, testCase) && oddityOfTokens(testCase) !== undefined) ||
    (isMistake(errorOf(outcome)) && oddityOfCreation(testCase) !== undefined) ||
    (isAnswered(outcome, 401) && hasOddBlank(testCase)),
  'difference 7 (life of zero)': ({ testCase, outcome }) => isMistake(errorOf(outcome)) && hasNoLife(testCase),
  'difference 8 (no 5xx)': ({ testCase, outcome }) => (testCase.expect.status ?? 0) >= 500 && isTokenRefused(outcome),
}

/** Why a case may differ as it does, or undefined where it may not. */
export function findExcuse(subject: Subject): string | undefined {
  const byTag = (subject.testCase.tags ?? []).find(tag => Object.hasOwn(tags, tag) && tags[tag]?.(subject))
  if (byTag !== undefined) return `tag ${byTag}`
  return Object.keys(differences).find(name => differences[name]?.(subject))
}

/** Refused at set-up, by an exception, or by an answer that blames the client and never the server. */
function isRefusal(outcome: Outcome): boolean {
  return outcome.kind === 'refused'
    ? isMistake(outcome.error)
    : outcome.kind === 'raised'
      ? isMistake(outcome.error) || isTokenRefused(outcome)
      : isTokenRefused(outcome)
}

function isTokenRefused(outcome: Outcome): boolean {
  if (outcome.kind === 'answered') return outcome.reply.status >= 400 && outcome.reply.status < 500
  return outcome.kind === 'raised' && outcome.error instanceof JwtError
}

/** Refused as an invalid token, be it in the application's own words. */
function isInvalid(outcome: Outcome, testCase: CorpusCase): boolean {
  if (outcome.kind !== 'answered') return outcome.kind === 'raised' && isCode(outcome.error, 'token_invalid')
  return outcome.reply.status === 422 || customStatuses(testCase).includes(outcome.reply.status)
}

function saysWrongType(outcome: Outcome, testCase: CorpusCase): boolean {
  if (outcome.kind !== 'answered' || !isInvalid(outcome, testCase)) return false
  return outcome.reply.status !== 422 || outcome.reply.text.includes('"Only access tokens are allowed"')
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof JwtError && error.code === code
}

function isAboutLength(error: unknown): boolean {
  return error instanceof TypeError && / is \d+ bytes; \w+ needs at least /.test(error.message)
}

function isAnswered(outcome: Outcome, status: number | undefined): boolean {
  return outcome.kind === 'answered' && outcome.reply.status === status
}

function isMistake(error: unknown): boolean {
  return error instanceof TypeError
}

function errorOf(outcome: Outcome): unknown {
  return 'error' in outcome ? outcome.error : undefined
}

const hashBytes: Readonly<Record<string, number>> = { HS256: 32, HS384: 48, HS512: 64 }

function hasShortSecret({ testCase, keys }: Subject): boolean {
  const { config, loaders = {} } = testCase
  const minBytes = hashBytes[String(config['JWT_ALGORITHM'] ?? 'HS256')] ?? 0
  const given = [config['JWT_SECRET_KEY'], config['SECRET_KEY'], loaders['decode_key'], loaders['encode_key']]
  const tables = [loaders['decode_keys_by_kid'], loaders['encode_keys_by_identity']].map(
    table => Object.values(table ?? {}) as Json[],
  )
  const secrets = insertKeys([...given.map(secret => secret ?? null), ...tables.flat()], keys) as readonly Json[]
  return secrets.some(secret => typeof secret === 'string' && secret !== '' && Buffer.byteLength(secret) < minBytes)
}

function setsReserved({ args = {}, config, loaders = {} }: CorpusCase): boolean {
  const made = (args['create'] ?? args) as Readonly<Record<string, Json>>
  const claims = { ...(loaders['additional_claims'] as object), ...(made['additional_claims'] as object) }
  const headers = { ...(loaders['additional_headers'] as object), ...(made['additional_headers'] as object) }
  const reserved = ['type', 'jti', 'iat', 'nbf', 'fresh', 'csrf', String(config['JWT_IDENTITY_CLAIM'] ?? 'sub')]
  return reserved.some(name => Object.hasOwn(claims, name)) || Object.hasOwn(headers, 'alg')
}

function hasForeignType(testCase: CorpusCase): boolean {
  const { verify_type: verifyType = true, refresh = false } = testCase.route ?? {}
  if (!verifyType || refresh) return false
  return tokensOf(testCase).some(({ claims }) => claims['type'] !== 'access' && claims['type'] !== 'refresh')
}

/** The case with its scheme written as configured, or undefined where no scheme is written in another case. */
export function writeUsualScheme(testCase: CorpusCase): CorpusCase | undefined {
  const { config, request } = testCase
  const name = String(config['JWT_HEADER_NAME'] ?? 'Authorization').toLowerCase()
  const type = String(config['JWT_HEADER_TYPE'] ?? 'Bearer')
  const write = (value: string): string =>
    value.replaceAll(/(^|,)([ \t]*)([^ \t,]+)/g, (field, comma, blanks, scheme: string) =>
      scheme.toLowerCase() === type.toLowerCase() ? comma + blanks + type : field,
    )
  const headers = (request?.headers ?? []).map(
    ([header, value]) => [header, header.toLowerCase() === name ? write(value) : value] as const,
  )
  if (request === undefined || JSON.stringify(headers) === JSON.stringify(request.headers ?? [])) return undefined
  return { ...testCase, request: { ...request, headers } }
}

function isSameAnswer(left: Outcome, right: Outcome): boolean {
  if (left.kind !== 'answered' || right.kind !== 'answered') return false
  return left.reply.status === right.reply.status && left.reply.text === right.reply.text
}

function usesCookies({ config }: CorpusCase): boolean {
  const locations = config['JWT_TOKEN_LOCATION'] ?? ['headers']
  return locations === 'cookies' || (Array.isArray(locations) && locations.includes('cookies'))
}

/** All that differs is the claim, or, where cookies are to be set from it, that the token has none. */
function isCsrfClaimAlone({ outcome, faults, testCase }: Subject): boolean {
  if (faults.every(fault => fault === 'claims.csrf is missing')) return true
  const error = errorOf(outcome)
  return testCase.action === 'login_cookies' && error instanceof JwtError && error.message === 'Missing claim: csrf'
}

function hasNoLife({ args = {}, config }: CorpusCase): boolean {
  const made = (args['create'] ?? args) as Readonly<Record<string, Json>>
  return [made['expires_delta'], config['JWT_ACCESS_TOKEN_EXPIRES'], config['JWT_REFRESH_TOKEN_EXPIRES']].includes(0)
}

interface LooseToken {
  readonly header: Readonly<Record<string, unknown>>
  readonly claims: Readonly<Record<string, unknown>>
}

/** Every token in a case that can be read at all, unverified. */
function tokensOf(testCase: CorpusCase): LooseToken[] {
  return tokenTexts(testCase).flatMap(token => {
    try {
      const [header, claims] = token
        .split('.')
        .slice(0, 2)
        .map(segment => JSON.parse(Buffer.from(segment, 'base64url').toString()))
      return [{ header, claims }]
    } catch {
      return []
    }
  })
}
