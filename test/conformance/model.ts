import type { CorpusCase, Json, JsonObject, Keys } from './corpus.ts'
import {
  algorithmsOf,
  chooseKey,
  type Dialect,
  type Facts,
  identityClaimOf,
  isNothing,
  isObject,
  type Jwt,
  leewayOf,
  look,
  type Members,
  readFacts,
} from './facts.ts'
import { type Found, locate, Refusal } from './find-token.ts'
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
