import { type CorpusCase, insertKeys, type Json, type JsonObject, type Keys } from './corpus.ts'
import { odd, oddityOfToken } from './oddity.ts'
import { isSignedBy } from './replay.ts'

/**
 * What decides a request: the class of the reference's exception, or null where the request passes. `Crash` is where the
 * reference falls over, `Odd` a token that it may accept and ours refuses (rules R6 to R9).
 */
export type Cause = string | null

export interface Outcome {
  readonly cause: Cause
  readonly status: number
  readonly json: Json
}

/** Whose behaviour is foretold: the reference's, or ours, which differs on purpose where the guide says so. */
export type Dialect = 'reference' | 'ours'

type Members = Readonly<Record<string, Json>>

class Refusal extends Error {
  override readonly cause: string
  readonly jwt: Jwt | undefined

  constructor(cause: string, jwt?: Jwt) {
    super(cause)
    this.cause = cause
    this.jwt = jwt
  }
}

interface Jwt {
  readonly header: Members
  readonly claims: Members
  /** Whether the type is the token's own word, and not a default. */
  readonly statesType?: boolean
}

interface Found {
  readonly token: Json
  readonly location: string
  readonly csrf?: string | undefined
}

/**
 * Says what must become of a request to a protected route, from the case alone: a second, plain description of the
 * reference that shares no code with the library. The recordings prove it.
 */
export function predict(testCase: CorpusCase, keys: Keys, dialect: Dialect): Outcome {
  const facts = readFacts(testCase, keys, dialect)
  try {
    return { cause: null, status: 200, json: pass(facts) }
  } catch (refusal) {
    if (!(refusal instanceof Refusal)) throw refusal
    return refuse(refusal, facts)
  }
}

export interface Facts {
  readonly config: Members
  readonly loaders: JsonObject
  readonly route: Members
  readonly request: NonNullable<CorpusCase['request']>
  readonly now: number
  readonly dialect: Dialect
  readonly answersOpenly: boolean
}

const usualConfig = {
  JWT_ALGORITHM: 'HS256',
  JWT_DECODE_ALGORITHMS: [],
  JWT_DECODE_LEEWAY: 0,
  JWT_DECODE_ISSUER: null,
  JWT_DECODE_AUDIENCE: null,
  JWT_VERIFY_SUB: true,
  JWT_IDENTITY_CLAIM: 'sub',
  JWT_ERROR_MESSAGE_KEY: 'msg',
  JWT_TOKEN_LOCATION: ['headers'],
  JWT_HEADER_NAME: 'Authorization',
  JWT_HEADER_TYPE: 'Bearer',
  JWT_QUERY_STRING_NAME: 'jwt',
  JWT_QUERY_STRING_VALUE_PREFIX: '',
  JWT_JSON_KEY: 'access_token',
  JWT_REFRESH_JSON_KEY: 'refresh_token',
  JWT_ACCESS_COOKIE_NAME: 'access_token_cookie',
  JWT_REFRESH_COOKIE_NAME: 'refresh_token_cookie',
  JWT_COOKIE_CSRF_PROTECT: true,
  JWT_CSRF_METHODS: ['POST', 'PUT', 'PATCH', 'DELETE'],
  JWT_CSRF_CHECK_FORM: false,
  JWT_ACCESS_CSRF_HEADER_NAME: 'X-CSRF-TOKEN',
  JWT_REFRESH_CSRF_HEADER_NAME: 'X-CSRF-TOKEN',
  JWT_ACCESS_CSRF_FIELD_NAME: 'csrf_token',
  JWT_REFRESH_CSRF_FIELD_NAME: 'csrf_token',
} as const

export function readFacts(
  { config, loaders, route, request, clock, action }: CorpusCase,
  keys: Keys,
  dialect: Dialect,
): Facts {
  return {
    config: { ...usualConfig, ...insertKeys(config, keys) },
    loaders: insertKeys(loaders ?? {}, keys),
    route: (route ?? {}) as Members,
    request: request ?? { method: 'GET', path: '/protected' },
    now: clock ?? Date.now() / 1000,
    dialect,
    answersOpenly: action === 'verify',
  }
}

function pass(facts: Facts): Json {
  const { request, route, answersOpenly } = facts
  if (request.method === 'OPTIONS') return answersOpenly ? { result: null } : { unprotected: true }
  const found = locate(facts)
  if (found === undefined) {
    if (route['optional'] !== true) throw new Refusal('NoAuthorizationError')
    return answersOpenly ? { result: null } : { identity: null, claims: {}, header: {}, location: null, user: null }
  }
  const jwt = decode(found, facts)
  checkClaims(jwt, facts)
  const user = loadUser(jwt, facts)
  const identity = jwt.claims[identityClaimOf(facts)] ?? null
  const { header, claims } = jwt
  return answersOpenly ? { result: { header, claims } } : { identity, claims, header, location: found.location, user }
}

type Place = (facts: Facts) => Omit<Found, 'location'> | undefined

const places: Readonly<Record<string, Place>> = {
  headers: findInHeader,
  cookies: findInCookie,
  query_string: findInQuery,
  json: findInJson,
}

export function locationsOf({ config, route }: Pick<Facts, 'config' | 'route'>): readonly string[] {
  const asked = route['locations']
  const isAsked = asked !== undefined && asked !== null && !(Array.isArray(asked) && asked.length === 0)
  const locations = isAsked ? asked : config['JWT_TOKEN_LOCATION']
  return (Array.isArray(locations) ? locations : [locations]) as string[]
}

function locate(facts: Facts): Found | undefined {
  for (const location of locationsOf(facts)) {
    const found = places[location]?.(facts)
    if (found !== undefined) return { ...found, location }
  }
  return undefined
}

function findInHeader(facts: Facts): { token: string } | undefined {
  const type = text(facts, 'JWT_HEADER_TYPE')
  const value = readHeader(facts, text(facts, 'JWT_HEADER_NAME'))
    .replace(/^[ \t]+|[ \t]+$/g, '')
    .replace(/^,+|,+$/g, '')
  if (value === '') return undefined
  if (type === '') return { token: onlyOne(words(value)) }
  const fields = value.split(',').map(words)
  if (fields[0]?.length === 0) throw new Refusal(facts.dialect === 'ours' ? 'InvalidHeaderError' : 'Crash')
  const fold = (scheme: string | undefined): string | undefined =>
    facts.dialect === 'ours' ? scheme?.toLowerCase() : scheme
  const ours = fields.filter(([scheme]) => fold(scheme) === fold(type))
  const [first] = ours
  return first === undefined || ours.length > 1 ? undefined : { token: onlyOne(first.slice(1)) }
}

function onlyOne(parts: readonly string[]): string {
  const [token] = parts
  if (token === undefined || parts.length > 1) throw new Refusal('InvalidHeaderError')
  return token
}

function words(value: string): string[] {
  return value.match(/[^ \t]+/g) ?? []
}

function findInCookie(facts: Facts): Omit<Found, 'location'> | undefined {
  const name = text(facts, `JWT_${kindOf(facts)}_COOKIE_NAME`)
  const token = readCookies(facts).find(([cookie]) => cookie === name)?.[1]
  if (!token) return undefined
  return { token, csrf: readCsrf(facts) }
}

function readCookies(facts: Facts): (readonly [string, string])[] {
  const own = Object.entries(facts.request.cookies ?? {}).map(pair => pair.join('='))
  return [readHeader(facts, 'Cookie'), ...own]
    .join(';')
    .split(';')
    .map(pair => pair.trim())
    .map(pair => [pair.split('=', 1).join(), pair.slice(pair.indexOf('=') + 1).replace(/^"(.*)"$/, '$1')] as const)
}

function readCsrf(facts: Facts): string | undefined {
  if (!needsCsrf(facts)) return undefined
  const sent = readHeader(facts, text(facts, `JWT_${kindOf(facts)}_CSRF_HEADER_NAME`)).trim()
  const field = text(facts, `JWT_${kindOf(facts)}_CSRF_FIELD_NAME`)
  const form = facts.config['JWT_CSRF_CHECK_FORM'] ? facts.request.form?.[field] : undefined
  if (sent || form) return sent || form
  throw new Refusal('CSRFError')
}

export function needsCsrf({ config, request }: Facts): boolean {
  return Boolean(config['JWT_COOKIE_CSRF_PROTECT']) && (config['JWT_CSRF_METHODS'] as Json[]).includes(request.method)
}

function findInQuery(facts: Facts): { token: string } | undefined {
  const value = (facts.request.query ?? []).find(([name]) => name === text(facts, 'JWT_QUERY_STRING_NAME'))?.[1]
  const prefix = text(facts, 'JWT_QUERY_STRING_VALUE_PREFIX')
  if (!value) return undefined
  if (!value.startsWith(prefix)) throw new Refusal('InvalidQueryParamError')
  return { token: value.slice(prefix.length) }
}

function findInJson(facts: Facts): { token: Json } | undefined {
  const body = readJson(facts.request)
  if (isNothing(body)) return undefined
  if (!isObject(body)) throw new Refusal('Crash')
  const token = body[text(facts, kindOf(facts) === 'REFRESH' ? 'JWT_REFRESH_JSON_KEY' : 'JWT_JSON_KEY')]
  return token === undefined || isNothing(token) ? undefined : { token }
}

/** The body as data; null where there is none, or where it is not JSON. */
export function readJson({ json, raw_body: raw, content_type: type }: Facts['request']): Json {
  if (json !== undefined) return json
  if (!/^application\/(.+\+)?json *(;|$)/.test(type ?? '')) return null
  try {
    return JSON.parse(raw ?? '')
  } catch {
    return null
  }
}

/** What Python takes for false. */
function isNothing(value: Json): boolean {
  return !value || (typeof value === 'object' && Object.keys(value).length === 0)
}

function decode({ token, csrf }: Found, facts: Facts): Jwt {
  const { header, claims } = parseToken(token, facts)
  checkSignature(token as string, { header, claims }, facts)
  checkTimes(claims, facts)
  checkParties(claims, facts)
  if (facts.config['JWT_VERIFY_SUB']) checkText(claims, 'sub', 'InvalidSubjectError')
  checkText(claims, 'jti', 'InvalidJTIError')
  if (!Object.hasOwn(claims, identityClaimOf(facts))) throw new Refusal('JWTDecodeError')
  if (csrf) checkCsrf(claims, csrf)
  const statesType = Object.hasOwn(claims, 'type')
  const jwt = { header, claims: { type: 'access', fresh: false, jti: null, ...claims }, statesType }
  const exp = claims['exp']
  if (exp !== undefined && Math.trunc(Number(exp)) <= facts.now - leewayOf(facts))
    throw new Refusal('ExpiredSignatureError', jwt)
  return jwt
}

function parseToken(token: Json, { dialect }: Facts): Jwt {
  if (typeof token !== 'string' || token.split('.').length < 3) throw new Refusal('DecodeError')
  const oddity = token.split('.').length > 3 ? odd.segment : oddityOfToken(token)
  const isHarmless = oddity === odd.fresh || (dialect === 'reference' && oddity !== odd.segment && oddity !== odd.time)
  if (oddity !== undefined && !isHarmless) throw new Refusal('Odd')
  const [header, claims] = token.split('.').slice(0, 2).map(parseSegment)
  if (header === undefined || claims === undefined || !isUnderstood(header)) throw new Refusal('Odd')
  return { header, claims }
}

function parseSegment(segment: string): Members | undefined {
  try {
    const value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(segment, 'base64url')))
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** What the reference itself asks of a header. */
function isUnderstood({ kid, crit, b64 }: Members): boolean {
  const isExtended = crit === undefined ? b64 !== undefined && b64 !== true : !(`${crit}` === 'b64' && b64 === true)
  return (kid === undefined || typeof kid === 'string') && !isExtended
}

function checkSignature(token: string, jwt: Jwt, facts: Facts): void {
  const { alg } = jwt.header
  if (!algorithmsOf(facts).some(allowed => allowed === alg)) throw new Refusal('InvalidAlgorithmError')
  const key = chooseKey(jwt, facts)
  if (typeof key !== 'string' || !fits(String(alg), key)) throw new Refusal('Crash')
  if (!isSignedBy(token, String(alg), key)) throw new Refusal('InvalidSignatureError')
}

/** A pair serves RSA, elliptic curves or Edwards curves, and text is a secret: of another family there is no key. */
function fits(alg: string, key: string): boolean {
  return key.startsWith('-----') !== alg.startsWith('HS')
}

export function algorithmsOf({ config }: Pick<Facts, 'config'>): readonly Json[] {
  return [config['JWT_ALGORITHM'] ?? null, ...((config['JWT_DECODE_ALGORITHMS'] ?? []) as readonly Json[])]
}

/** The key that a token is verified with: a loader's, or the configured one. */
export function chooseKey({ header, claims }: Jwt, { config, loaders }: Pick<Facts, 'config' | 'loaders'>): Json {
  const { decode_key: one, decode_keys_by_kid: byKid, decode_keys_by_claim: byClaim } = loaders
  const { claim, keys } = (byClaim ?? {}) as JsonObject
  const secret = config['JWT_SECRET_KEY'] || config['SECRET_KEY']
  const usual = String(config['JWT_ALGORITHM']).startsWith('HS') ? secret : config['JWT_PUBLIC_KEY']
  return one ?? look(byKid, header['kid']) ?? look(keys, claims[String(claim)]) ?? usual ?? null
}

function checkTimes(claims: Members, facts: Facts): void {
  for (const name of ['iat', 'nbf'])
    if (Math.trunc(Number(claims[name] ?? 0)) > facts.now + leewayOf(facts)) throw new Refusal('ImmatureSignatureError')
}

function checkParties({ iss, aud }: Members, { config }: Facts): void {
  const { JWT_DECODE_ISSUER: issuer = null, JWT_DECODE_AUDIENCE: audience = null } = config
  if (issuer !== null && iss === undefined) throw new Refusal('MissingRequiredClaimError')
  const isIssuer = typeof iss === 'string' && asList(issuer).includes(iss)
  if (issuer !== null && !isIssuer) throw new Refusal('InvalidIssuerError')
  if (audience === null) return
  if (aud === undefined || isNothing(aud)) throw new Refusal('MissingRequiredClaimError')
  const isText = asList(aud).every(one => typeof one === 'string')
  if (!isText || !asList(audience).some(one => asList(aud).includes(one))) throw new Refusal('InvalidAudienceError')
}

function asList(value: Json): readonly Json[] {
  return Array.isArray(value) ? value : [value]
}

function checkText(claims: Members, name: string, cause: string): void {
  if (claims[name] !== undefined && typeof claims[name] !== 'string') throw new Refusal(cause)
}

function checkCsrf({ csrf }: Members, sent: string): void {
  if (csrf === undefined) throw new Refusal('JWTDecodeError')
  if (typeof csrf !== 'string') throw new Refusal('Crash')
  if (csrf !== sent) throw new Refusal('CSRFError')
}

function checkClaims(jwt: Jwt, facts: Facts): void {
  const { route, loaders } = facts
  if (route['verify_type'] !== false) checkType(jwt, facts)
  if (route['fresh'] === true) checkFresh(jwt, facts)
  if (route['skip_revocation_check'] !== true && isRevoked(jwt, loaders)) throw new Refusal('RevokedTokenError', jwt)
  const rule = loaders['verify_claims']
  if (rule !== undefined && !holds(rule, jwt)) throw new Refusal('UserClaimsVerificationError', jwt)
}

function checkType({ claims, statesType }: Jwt, { route, dialect }: Facts): void {
  const { type } = claims
  const opensAccess = dialect === 'ours' ? type === 'access' && statesType : type !== 'refresh'
  if (route['refresh'] === true ? type !== 'refresh' : !opensAccess) throw new Refusal('WrongTokenError')
}

function checkFresh(jwt: Jwt, { now }: Facts): void {
  const { fresh } = jwt.claims
  if (typeof fresh !== 'boolean' && typeof fresh !== 'number') throw new Refusal('Odd')
  if (fresh === false || (typeof fresh === 'number' && fresh < now)) throw new Refusal('FreshTokenRequired', jwt)
}

export function isRevoked(jwt: Jwt, { blocklist, blocklist_where: where }: JsonObject): boolean {
  if (where !== undefined) return holds(where, jwt)
  return blocklist !== undefined && (blocklist as readonly Json[]).includes(jwt.claims['jti'] ?? null)
}

export function holds(rule: Json, { header, claims }: Jwt): boolean {
  const { claim, header: field, equals } = rule as JsonObject
  const value = claim === undefined ? header[String(field)] : claims[String(claim)]
  return JSON.stringify(value) === JSON.stringify(equals)
}

function loadUser(jwt: Jwt, facts: Facts): Json {
  const users = facts.loaders['user_lookup']
  if (users === undefined) return null
  const user = look(users, jwt.claims[identityClaimOf(facts)])
  if (user === undefined || user === null) throw new Refusal('UserLookupError', jwt)
  return user
}

/** Looks up a value in a table: a string is its own key, anything else goes by its JSON text. */
function look(table: Json | undefined, value: Json | undefined): Json | undefined {
  const name = typeof value === 'string' ? value : (JSON.stringify(value) ?? 'undefined')
  return isObject(table ?? null) && Object.hasOwn(table as JsonObject, name) ? (table as JsonObject)[name] : undefined
}

/** Which of the application's own answers stands for which cause; any other is `invalid`. */
const kinds: Readonly<Record<string, string>> = {
  NoAuthorizationError: 'unauthorized',
  CSRFError: 'unauthorized',
  ExpiredSignatureError: 'expired',
  FreshTokenRequired: 'needs_fresh',
  RevokedTokenError: 'revoked',
  UserClaimsVerificationError: 'verification_failed',
  UserLookupError: 'user_lookup_error',
}

const statuses: Readonly<Record<string, number>> = { invalid: 422, verification_failed: 400 }

/** The kind of answer that a cause gets. */
export function kindOfCause(cause: string): string {
  return kinds[cause] ?? 'invalid'
}

/** The status of a kind of answer, where the application has no answer of its own. */
export function statusOfKind(kind: string): number {
  return statuses[kind] ?? 401
}

/** Words are not foretold: a text stands for any text. */
export const anyText = '<text>'

function refuse({ cause, jwt }: Refusal, { loaders, config }: Facts): Outcome {
  const kind = kindOfCause(cause)
  const custom = (loaders['custom_responses'] as JsonObject | undefined)?.[kind] as JsonObject | undefined
  if (custom !== undefined) return { cause, status: Number(custom['status']), json: fill(custom['json'] ?? null, jwt) }
  return { cause, status: statusOfKind(kind), json: { [String(config['JWT_ERROR_MESSAGE_KEY'])]: anyText } }
}

function fill(template: Json, jwt: Jwt | undefined): Json {
  if (Array.isArray(template)) return template.map(item => fill(item, jwt))
  if (!isObject(template)) return template
  if ('$error' in template) return anyText
  if ('$claim' in template) return jwt?.claims[String(template['$claim'])] ?? null
  if ('$header' in template) return jwt?.header[String(template['$header'])] ?? null
  return Object.fromEntries(Object.entries(template).map(([name, item]) => [name, fill(item, jwt)]))
}

function readHeader({ request }: Facts, name: string): string {
  const lines = (request.headers ?? []).filter(([header]) => header.toLowerCase() === name.toLowerCase())
  return lines.map(([, value]) => value).join(', ')
}

function text({ config }: Facts, name: string): string {
  return String(config[name] ?? '')
}

export function kindOf({ route }: Pick<Facts, 'route'>): 'ACCESS' | 'REFRESH' {
  return route['refresh'] === true ? 'REFRESH' : 'ACCESS'
}

export function identityClaimOf({ config }: Pick<Facts, 'config'>): string {
  return String(config['JWT_IDENTITY_CLAIM'])
}

function leewayOf({ config }: Facts): number {
  return Number(config['JWT_DECODE_LEEWAY'])
}

function isObject(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
