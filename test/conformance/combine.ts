import fc from 'fast-check'
import type { CorpusCase, CorpusRequest, Json, JsonObject, Keys } from './corpus.ts'
import { algorithmsOf, chooseKey, type Facts, kindOf, locationsOf, readFacts } from './facts.ts'
import { type Material, type Named, takeApart } from './material.ts'
import type { Outcome } from './model.ts'
import { signToken } from './sign-token.ts'

/** How a token of a combination is made: right at first, then with some things changed. */
interface TokenPlan {
  readonly claims: JsonObject
  readonly header: JsonObject
  /** Claims that become others, or are left out (undefined). */
  readonly changes: readonly (readonly [string, Json | undefined])[]
  /** Claims that are set to so many seconds from the clock. */
  readonly times: readonly (readonly [string, number])[]
  /** Whether what the configuration expects of the claims is put into them. */
  readonly fits: boolean
  readonly signer: 'right' | 'other key' | 'other alg' | 'altered'
  /** A token of the corpus as it stands, in the place of all this. */
  readonly text: string | undefined
}

/** How a request brings the tokens: which one is where; undefined is none. */
interface RequestPlan {
  readonly method: string
  readonly header: { readonly form: string; readonly token: number; readonly fits: boolean } | undefined
  readonly cookie: { readonly token: number; readonly isQuoted: boolean } | undefined
  readonly query: { readonly token: number; readonly fits: boolean } | undefined
  readonly json: { readonly token: number; readonly instead: Json | undefined } | undefined
  readonly csrf: { readonly value: 'right' | 'other' | 'near' | 'wrong'; readonly by: 'header' | 'form' } | undefined
}

interface Plan {
  readonly clock: number
  readonly config: JsonObject
  readonly loaders: JsonObject
  readonly route: JsonObject
  readonly tokens: readonly [TokenPlan, TokenPlan]
  readonly request: RequestPlan
}

/**
 * Recordings put together anew: settings, loaders, routes, tokens and ways to send them, each from any of them. Most of
 * a combination is right, so that whatever is wrong in it is reached.
 */
export function combinations(recordings: readonly CorpusCase[], keys: Keys): fc.Arbitrary<CorpusCase> {
  const material = takeApart(recordings)
  return fc
    .record({
      clock: mostly(1_800_000_000, fc.constantFrom(...material.clocks)),
      config: configs(material),
      loaders: members(material.loaders, 5),
      route: members(material.route, 3),
      tokens: fc.tuple(tokenPlans(material), tokenPlans(material)),
      request: requestPlans(material),
    })
    .map(plan => build(plan, keys))
}

/** The usual value, and in one of five cases another one. */
function mostly<Value>(usual: Value, others: fc.Arbitrary<Value>, weight = 4): fc.Arbitrary<Value> {
  return fc.oneof({ weight, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: others })
}

function configs({ signing, settings, locations }: Material): fc.Arbitrary<JsonObject> {
  return fc
    .record({
      key: mostly({ JWT_SECRET_KEY: '@hs_main' } as JsonObject, fc.constantFrom(...signing), 9),
      places: fc.constantFrom(...locations),
      others: members(settings, 4),
    })
    .map(({ key, places, others }) => ({ JWT_TOKEN_LOCATION: places, ...others, ...key }))
}

/**
 * Some of the named values, each name as likely as any other, however many values it has. Loaders of one kind
 * (`decode_key`, `decode_keys_by_kid`) exclude each other.
 */
function members(named: readonly Named[], maxLength: number): fc.Arbitrary<JsonObject> {
  const kindOfName = ([name]: Named): string => name.replace(/^(decode_key|blocklist)(s_|_).*/, '$1')
  return fc.uniqueArray(anyOf(named), { maxLength, selector: kindOfName }).map(entries => Object.fromEntries(entries))
}

function anyOf(named: readonly Named[]): fc.Arbitrary<Named> {
  const names = [...new Set(named.map(([name]) => name))]
  return fc.oneof(...names.map(name => fc.constantFrom(...named.filter(([other]) => other === name))))
}

const plainClaims: JsonObject = {
  sub: 'alice',
  type: 'access',
  fresh: false,
  jti: 'aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa',
  iat: 1_700_000_000,
  nbf: 1_700_000_000,
  exp: 4_102_444_800,
  csrf: '11111111-1111-4111-8111-111111111111',
}

function tokenPlans({ claims, claimValues, tokenHeaders, texts }: Material): fc.Arbitrary<TokenPlan> {
  const left = fc.constantFrom(...Object.keys(plainClaims)).map(name => [name, undefined] as const)
  // About the clock, and about the leeway of the recordings.
  const seconds = fc.constantFrom(0, 1, -1, 29, 30, 31, -29, -30, -31)
  const time = fc.tuple(fc.constantFrom('exp', 'nbf', 'iat', 'fresh'), seconds)
  const change = fc.oneof({ weight: 4, arbitrary: anyOf(claimValues) }, { weight: 1, arbitrary: left })
  return fc.record({
    claims: mostly(plainClaims, fc.constantFrom(...claims), 1),
    header: mostly({ typ: 'JWT' } as JsonObject, fc.constantFrom(...tokenHeaders)),
    changes: fc.array(change, { maxLength: 2 }),
    times: mostly([], fc.array(time, { maxLength: 2 }), 2),
    fits: mostly(true, fc.constant(false), 3),
    signer: mostly('right' as const, fc.constantFrom('right', 'other key', 'other alg', 'altered'), 3),
    text: mostly<string | undefined>(undefined, fc.constantFrom(...texts), 9),
  })
}

function requestPlans({ methods, headerValues, bodies }: Material): fc.Arbitrary<RequestPlan> {
  const token = mostly(0, fc.constant(1))
  const fits = mostly(true, fc.boolean())
  const form = mostly('Bearer <token>', fc.constantFrom(...headerValues), 2)
  const maybe = <Value>(value: fc.Arbitrary<Value>): fc.Arbitrary<Value | undefined> =>
    fc.oneof({ weight: 2, arbitrary: value }, { weight: 1, arbitrary: fc.constant(undefined) })
  return fc.record({
    method: fc.constantFrom('GET', 'POST', ...methods),
    header: maybe(fc.record({ form, token, fits })),
    cookie: maybe(fc.record({ token, isQuoted: mostly(false, fc.boolean()) })),
    query: maybe(fc.record({ token, fits })),
    json: maybe(fc.record({ token, instead: mostly<Json | undefined>(undefined, fc.constantFrom(...bodies)) })),
    csrf: maybe(
      fc.record({
        value: mostly('right' as const, fc.constantFrom('other', 'near', 'wrong'), 2),
        by: mostly('header' as const, fc.constant('form'), 2),
      }),
    ),
  })
}

function build({ clock, config, loaders, route, tokens, request }: Plan, keys: Keys): CorpusCase {
  const parts = { config, route, clock, request: { method: request.method, path: '/protected' } }
  const fitting = dropForeignKeys(loaders, config)
  const empty: CorpusCase = { id: 'combined/found', area: 'combined', expect: {}, loaders: fitting, ...parts }
  const facts = readFacts(empty, keys, 'ours')
  return {
    ...empty,
    request: buildRequest(
      request,
      tokens.map(plan => makeToken(plan, facts, keys)),
      facts,
    ),
  }
}

/** The loaders of the recordings hold secrets: beside a pair they would be a mistake of the application's. */
function dropForeignKeys(loaders: JsonObject, { JWT_ALGORITHM: algorithm = 'HS256' }: JsonObject): JsonObject {
  const isSecret = String(algorithm).startsWith('HS')
  return Object.fromEntries(Object.entries(loaders).filter(([name]) => isSecret || !name.startsWith('decode_key')))
}

interface MadeToken {
  /** Signed when it is asked for: most combinations send one token of two. */
  readonly write: () => string
  readonly csrf: Json | undefined
}

function makeToken(plan: TokenPlan, facts: Facts, keys: Keys): MadeToken {
  const claims = makeClaims(plan, facts)
  return { write: () => plan.text ?? writeToken(plan, claims, { facts, keys }), csrf: claims['csrf'] }
}

function writeToken(
  { header, signer }: TokenPlan,
  claims: JsonObject,
  { facts, keys }: { readonly facts: Facts; readonly keys: Keys },
): string {
  const alg = String(algorithmsOf(facts)[0])
  const chosen = chooseKey({ header, claims }, facts)
  const key = signer === 'other key' || typeof chosen !== 'string' ? 'another key' : chosen
  const named = { ...header, alg: signer === 'other alg' ? 'HS384' : alg }
  const token = signToken({ header: named, claims }, { alg, key, keys })
  return signer === 'altered' ? alter(token) : token
}

/** The first character of the payload becomes another. */
function alter(token: string): string {
  const at = token.indexOf('.') + 3
  return token.slice(0, at) + (token[at] === 'A' ? 'B' : 'A') + token.slice(at + 1)
}

function makeClaims({ claims, changes, times, fits }: TokenPlan, facts: Facts): JsonObject {
  const changed = new Map<string, Json | undefined>([
    ...Object.entries(claims),
    ...(fits ? expectedClaims(claims, facts) : []),
    ...changes,
    ...times.map(([name, seconds]) => [name, Math.trunc(facts.now) + seconds] as const),
  ])
  return Object.fromEntries([...changed].filter(([, value]) => value !== undefined)) as JsonObject
}

/** What the configuration asks of claims. */
function expectedClaims(claims: JsonObject, facts: Facts): (readonly [string, Json])[] {
  const { config, loaders } = facts
  const { JWT_DECODE_ISSUER: iss, JWT_DECODE_AUDIENCE: aud, JWT_IDENTITY_CLAIM: name } = config
  const first = (value: Json): Json => (Array.isArray(value) ? (value[0] as Json) : value)
  const rule = (loaders['verify_claims'] ?? {}) as JsonObject
  const users = Object.keys((loaders['user_lookup'] ?? {}) as JsonObject)
  return [
    ['type', kindOf(facts).toLowerCase()],
    ...(iss ? [['iss', first(iss)] as const] : []),
    ...(aud ? [['aud', first(aud)] as const] : []),
    ...(rule['claim'] ? [[String(rule['claim']), rule['equals'] ?? null] as const] : []),
    [String(name), users[0] ?? claims['sub'] ?? 'alice'],
  ]
}

function buildRequest(plan: RequestPlan, tokens: readonly MadeToken[], facts: Facts): CorpusRequest {
  const setting = (name: string): string => String(facts.config[name] ?? '')
  const kind = kindOf(facts)
  const textOf = ({ token }: { readonly token: number }): string => tokens[token]?.write() ?? ''
  const { header, cookie, query, csrf, json } = plan
  const field = buildCsrf(plan, tokens)
  const isForm = field !== undefined && csrf?.by === 'form'
  const hasJson = !isForm && json !== undefined && locationsOf(facts).includes('json')
  const isBodiless = plan.method === 'GET' && (isForm || hasJson)
  return {
    method: isBodiless ? 'POST' : plan.method,
    path: '/protected',
    headers: [
      ...(header ? [[setting('JWT_HEADER_NAME'), writeHeader(header, bare(textOf(header)), facts)] as const] : []),
      ...(field !== undefined && !isForm ? [[setting(`JWT_${kind}_CSRF_HEADER_NAME`), field] as const] : []),
    ],
    ...(cookie && {
      cookies: {
        [setting(`JWT_${kind}_COOKIE_NAME`)]: cookie.isQuoted ? `"${bare(textOf(cookie))}"` : bare(textOf(cookie)),
      },
    }),
    ...(query && {
      query: [
        [
          setting('JWT_QUERY_STRING_NAME'),
          (query.fits ? setting('JWT_QUERY_STRING_VALUE_PREFIX') : '') + textOf(query),
        ],
      ],
    }),
    ...(isForm && { form: { [setting(`JWT_${kind}_CSRF_FIELD_NAME`)]: field } }),
    ...(hasJson && {
      json: { [setting(kind === 'REFRESH' ? 'JWT_REFRESH_JSON_KEY' : 'JWT_JSON_KEY')]: json.instead ?? textOf(json) },
    }),
  }
}

/** Without what no header can carry, or what ends a cookie or a field there. */
function bare(token: string): string {
  return token.replaceAll(/[^!-~]|[;,"]/g, '')
}

function buildCsrf({ csrf, cookie }: RequestPlan, tokens: readonly MadeToken[]): string | undefined {
  if (csrf === undefined) return undefined
  if (csrf.value === 'wrong') return 'wrong'
  const carried = cookie?.token ?? 0
  const value = String(tokens[csrf.value === 'other' ? 1 - carried : carried]?.csrf ?? 'absent')
  return csrf.value === 'near' ? `${value.slice(0, -1)}x` : value
}

function writeHeader(
  { form, fits }: { readonly form: string; readonly fits: boolean },
  token: string,
  { config }: Facts,
): string {
  const type = String(config['JWT_HEADER_TYPE'] ?? '')
  const written = fits ? form.replaceAll(/Bearer ?/g, type === '' ? '' : `${type} `) : form
  return written.replaceAll('<token>', token)
}

/**
 * A combination as a corpus for `npm run conformance -- --corpus FILE`, with what is foretold as its expectation. The
 * words of messages are not foretold, so they are none that must match.
 */
export function writeCorpus(testCase: CorpusCase, { cause, status, json }: Outcome): string {
  const expected = cause === 'Crash' ? { expect: { status: 500 }, tags: ['crash'] } : { expect: { status, json } }
  return JSON.stringify({ format: 1, cases: [{ ...testCase, ...expected, message_source: 'model' }] })
}
