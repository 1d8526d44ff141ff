import { type Algorithm, type CustomAnswer, importKey, type JwtOptions, type Key } from '../../src/index.ts'
import { type CorpusCase, insertKeys, type Json, type JsonObject, type Keys } from './corpus.ts'

type Members = Readonly<Record<string, unknown>>

interface Facts {
  readonly header?: Members
  readonly claims?: Members
  readonly error?: string
  readonly identity?: unknown
}

const answerOptions = {
  expired: 'onExpired',
  invalid: 'onInvalid',
  unauthorized: 'onUnauthorized',
  needs_fresh: 'onNeedsFresh',
  revoked: 'onRevoked',
  verification_failed: 'onVerificationFailed',
  user_lookup_error: 'onUserLookupError',
} as const satisfies Record<string, keyof JwtOptions>

/** Turns the hooks of a case, which are described as data, into loaders. */
export function buildLoaders(testCase: CorpusCase, keys: Keys): Partial<JwtOptions> {
  const loaders = insertKeys(testCase.loaders ?? {}, keys)
  const identityClaim = String(testCase.config['JWT_IDENTITY_CLAIM'] ?? 'sub')
  const algorithm = (testCase.config['JWT_ALGORITHM'] ?? 'HS256') as Algorithm
  // There a key serves every algorithm that is allowed; here one key has one algorithm, so each is imported for each.
  const decodable = [algorithm, ...((testCase.config['JWT_DECODE_ALGORITHMS'] ?? []) as readonly Algorithm[])]
  const importMaterial = (text: Json | undefined, alg = algorithm): Key | undefined =>
    typeof text === 'string' ? importKey(text, { algorithm: alg }) : undefined
  const importForToken = (text: Json | undefined, { alg }: Members): Key | undefined =>
    importMaterial(
      text,
      decodable.find(candidate => candidate === alg),
    )
  const importAll = (texts: Json | undefined): ReadonlyMap<string, Key | undefined> =>
    new Map(Object.entries((texts ?? {}) as JsonObject).map(([name, text]) => [name, importMaterial(text)]))

  const built: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(loaders)) {
    const settings = value as JsonObject
    if (name === 'blocklist')
      built['tokenInBlocklist'] = (_: Members, claims: Members) =>
        (value as readonly Json[]).includes(claims['jti'] as Json)
    if (name === 'blocklist_where')
      built['tokenInBlocklist'] = (header: Members, claims: Members) => holds(settings, header, claims)
    if (name === 'verify_claims')
      built['verifyClaims'] = (header: Members, claims: Members) => holds(settings, header, claims)
    if (name === 'user_lookup')
      built['userLookup'] = (_: Members, claims: Members) => pick(settings, toName(claims[identityClaim]))
    if (name === 'user_identity') built['userIdentity'] = (identity: Members) => identity[String(value)]
    if (name === 'additional_claims') built['additionalClaims'] = (identity: unknown) => fill(value, { identity })
    if (name === 'additional_headers') built['additionalHeaders'] = (identity: unknown) => fill(value, { identity })
    if (name === 'decode_key') built['decodeKey'] = (header: Members) => importForToken(value, header)
    if (name === 'encode_key') built['encodeKey'] = asLoader(importMaterial(value))
    if (name === 'decode_keys_by_kid')
      built['decodeKey'] = (header: Members) => importForToken(pick(settings, toName(header['kid'])), header)
    if (name === 'decode_keys_by_claim')
      built['decodeKey'] = (header: Members, claims: Members) =>
        importForToken(pick(settings['keys'], toName(claims[String(settings['claim'])])), header)
    if (name === 'encode_keys_by_identity') built['encodeKey'] = chooseEncoding(importAll(value))
    if (name === 'custom_responses') Object.assign(built, buildAnswers(settings))
  }
  return built
}

function asLoader(key: Key | undefined): () => Key | undefined {
  return () => key
}

function pick(table: Json | undefined, name: string): Json | undefined {
  return Object.hasOwn(table as JsonObject, name) ? (table as JsonObject)[name] : undefined
}

function chooseEncoding(keys: ReadonlyMap<string, Key | undefined>) {
  return (identity: unknown) => keys.get(toName(identity))
}

function buildAnswers(responses: JsonObject): Record<string, unknown> {
  const answers = Object.entries(responses).map(([kind, response]) => {
    const { status, json } = response as { readonly status: number; readonly json: Json }
    const answer = (facts: Facts): CustomAnswer => ({ status, json: fill(json, facts) })
    const isByMessage = kind === 'invalid' || kind === 'unauthorized'
    const loader = isByMessage
      ? (error: string) => answer({ error })
      : (header: Members, claims: Members) => answer({ header, claims })
    return [answerOptions[kind as keyof typeof answerOptions], loader] as const
  })
  return Object.fromEntries(answers)
}

/** A string is its own name; anything else goes by its compact JSON text. */
function toName(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? 'undefined')
}

function holds(rule: JsonObject, header: Members, claims: Members): boolean {
  const value = 'claim' in rule ? claims[String(rule['claim'])] : header[String(rule['header'])]
  return JSON.stringify(value) === JSON.stringify(rule['equals'])
}

/** Fills a template: `{"$claim": name}` and its kind. */
function fill(template: Json, facts: Facts): unknown {
  if (Array.isArray(template)) return template.map(item => fill(item, facts))
  if (typeof template !== 'object' || template === null) return template
  const entries = Object.entries(template)
  const [[name, argument] = ['', null]] = entries
  if (entries.length === 1 && name.startsWith('$')) return fillOne(name, argument, facts) ?? null
  return Object.fromEntries(entries.map(([member, item]) => [member, fill(item as Json, facts)]))
}

function fillOne(name: string, argument: unknown, { header, claims, error, identity }: Facts): unknown {
  if (name === '$claim') return claims?.[String(argument)]
  if (name === '$header') return header?.[String(argument)]
  if (name === '$error') return error
  return argument === true ? identity : (identity as Members)[String(argument)]
}
