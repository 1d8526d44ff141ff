import { isDeepStrictEqual } from 'node:util'
import type { CorpusCase, Json, JsonObject, Keys } from './corpus.ts'
import {
  algorithmsOf,
  chooseKey,
  type Facts,
  identityClaimOf,
  kindOf,
  locationsOf,
  needsCsrf,
  readFacts,
} from './facts.ts'
import { holds, isRevoked, kindOfCause, type Outcome, statusOfKind } from './model.ts'
import { tokenTexts } from './oddity.ts'
import { isSignedBy } from './replay.ts'

type Members = Readonly<Record<string, Json>>

interface Subject {
  readonly testCase: CorpusCase
  readonly facts: Facts
  readonly outcome: Outcome
  /** The claims of each token in the request that node:crypto verifies with the key of the configuration. */
  readonly verified: readonly Members[]
}

/** The members of the answer, where a handler was reached. */
interface Passed {
  readonly identity: Json
  readonly claims: Members
  readonly header: Members
  readonly location: string | null
  readonly user: Json
}

/** Causes that tell what is in a token, and so may only be told of one that is genuine. */
const tellingCauses: readonly (string | null)[] = [
  'ExpiredSignatureError',
  'RevokedTokenError',
  'FreshTokenRequired',
  'UserLookupError',
  'UserClaimsVerificationError',
  'WrongTokenError',
  'InvalidIssuerError',
  'InvalidAudienceError',
  'InvalidSubjectError',
  'ImmatureSignatureError',
]

/** What holds of every request to a protected route, whatever the configuration. */
export const invariants: Readonly<Record<string, (subject: Subject) => boolean>> = {
  'no answer is a 5xx': ({ outcome }) => outcome.status < 500,
  'a cause has one status and one body, or those of the application': subject =>
    subject.outcome.cause === null || isAnsweredByKind(subject, subject.outcome.cause),
  'OPTIONS is never checked': ({ outcome, facts }) =>
    (facts.request.method === 'OPTIONS') === isMember(outcome.json, 'unprotected'),
  'no identity without a token that verifies': subject => ifPassed(subject, passed => isGenuine(passed, subject)),
  'only an optional route is passed without a token': subject =>
    ifPassed(subject, ({ location }) => location !== null || subject.facts.route['optional'] === true),
  'nobody is anonymous with claims, a header or a user': subject =>
    ifPassed(
      subject,
      ({ location, identity, claims, header, user }) =>
        location !== null || JSON.stringify([identity, claims, header, user]) === '[null,{},{},null]',
    ),
  'what is in a token is told of a genuine one alone': ({ outcome, verified }) =>
    !tellingCauses.includes(outcome.cause) || verified.length > 0,
  'only what has expired is said to have expired': ({ outcome, verified, facts }) =>
    outcome.cause !== 'ExpiredSignatureError' || verified.some(claims => isExpired(claims, facts)),
  'nothing that has expired passes': subject => ifToken(subject, ({ claims }) => !isExpired(claims, subject.facts)),
  'the identity is the claim that is configured': subject =>
    ifToken(subject, ({ identity, claims }) => isSame(identity, claims[identityClaimOf(subject.facts)])),
  'a token of the other kind opens nothing': subject =>
    ifToken(subject, ({ claims }) => subject.facts.route['verify_type'] === false || hasKind(claims, subject.facts)),
  'a fresh route opens to fresh tokens alone': subject =>
    ifToken(subject, ({ claims }) => subject.facts.route['fresh'] !== true || isFresh(claims, subject.facts)),
  'nothing that is revoked passes': subject =>
    ifToken(subject, jwt => {
      const { route, loaders } = subject.facts
      return route['skip_revocation_check'] === true || !isRevoked(jwt, loaders)
    }),
  'nothing that the application rejects passes': subject =>
    ifToken(subject, jwt => {
      const rule = subject.facts.loaders['verify_claims']
      return rule === undefined || holds(rule, jwt)
    }),
  'no user is made up': subject =>
    ifToken(subject, ({ user }) =>
      Object.values((subject.facts.loaders['user_lookup'] ?? { none: null }) as JsonObject).some(known =>
        isSame(known, user),
      ),
    ),
  'a cookie acts with its CSRF value alone': subject =>
    ifToken(
      subject,
      ({ location, claims }) =>
        location !== 'cookies' || !needsCsrf(subject.facts) || isSent(claims['csrf'], subject.facts),
    ),
  'a token is only found where it is looked for': subject =>
    ifToken(subject, ({ location }) => locationsOf(subject.facts).includes(String(location))),
}

/** The names of the invariants that an outcome breaks. */
export function findBroken(testCase: CorpusCase, outcome: Outcome, keys: Keys): string[] {
  const facts = readFacts(testCase, keys, 'reference')
  const subject = { testCase, facts, outcome, verified: verifiedTokens(testCase, facts) }
  return Object.keys(invariants).filter(name => invariants[name]?.(subject) === false)
}

function verifiedTokens(testCase: CorpusCase, facts: Facts): Members[] {
  return [...new Set(tokenTexts(testCase))].flatMap(token => {
    try {
      const [header, claims] = token
        .split('.')
        .slice(0, 2)
        .map(segment => JSON.parse(Buffer.from(segment, 'base64url').toString()))
      const key = chooseKey({ header, claims }, facts)
      const isAllowed = algorithmsOf(facts).includes(header.alg) && typeof key === 'string'
      return isAllowed && isSignedBy(token, header.alg, key) ? [claims as Members] : []
    } catch {
      return []
    }
  })
}

/** Holds of a request that reached its handler through the check; any other has nothing to hold. */
function ifPassed({ outcome: { cause, json } }: Subject, isRight: (passed: Passed) => boolean): boolean {
  return cause !== null || !isMember(json, 'identity') || isRight(json as unknown as Passed)
}

function ifToken(subject: Subject, isRight: (passed: Passed) => boolean): boolean {
  return ifPassed(subject, passed => passed.location === null || isRight(passed))
}

function isMember(json: Json, name: string): boolean {
  return typeof json === 'object' && json !== null && Object.hasOwn(json, name)
}

function isAnsweredByKind({ facts: { loaders, config }, outcome: { status, json } }: Subject, cause: string): boolean {
  const kind = kindOfCause(cause)
  const custom = (loaders['custom_responses'] as JsonObject | undefined)?.[kind] as JsonObject | undefined
  if (custom !== undefined) return status === custom['status'] && isSame(namesOf(json), namesOf(custom['json'] ?? null))
  return status === statusOfKind(kind) && isSame(namesOf(json), [String(config['JWT_ERROR_MESSAGE_KEY'])])
}

function namesOf(json: Json): string[] {
  return Object.keys((json ?? {}) as JsonObject).sort()
}

/** The answer is a token of the request, with nothing added but defaults. */
function isGenuine({ location, claims }: Passed, { verified }: Subject): boolean {
  const usual = { type: 'access', fresh: false, jti: null }
  return location === null || verified.some(token => isDeepStrictEqual({ ...usual, ...token }, { ...claims }))
}

function isExpired({ exp }: Members, { now, config }: Facts): boolean {
  return typeof exp === 'number' && Math.trunc(exp) <= now - Number(config['JWT_DECODE_LEEWAY'])
}

function hasKind({ type }: Members, facts: Facts): boolean {
  return (type === 'refresh') === (kindOf(facts) === 'REFRESH')
}

function isFresh({ fresh }: Members, { now }: Facts): boolean {
  return fresh === true || (typeof fresh === 'number' && fresh >= now)
}

function isSent(value: Json | undefined, { request }: Facts): boolean {
  const sent = [...(request.headers ?? []).map(([, line]) => line), ...Object.values(request.form ?? {})]
  return sent.some(one => one === value) || request.raw_body?.includes(String(value)) === true
}

function isSame(left: Json | undefined, right: Json | undefined): boolean {
  return isDeepStrictEqual(left ?? null, right ?? null)
}
