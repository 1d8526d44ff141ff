import { type CorpusCase, type CorpusRequest, insertKeys, type Json, type JsonObject, type Keys } from './corpus.ts'

export type Members = Readonly<Record<string, Json>>

/** Whose behaviour is foretold: the reference's, or ours, which differs on purpose where the guide says so. */
export type Dialect = 'reference' | 'ours'

/** A token, read. */
export interface Jwt {
  readonly header: Members
  readonly claims: Members
  /** Whether the type is the token's own word, and not a default. */
  readonly statesType?: boolean
}

/** A case with its keys and defaults filled in. */
export interface Facts {
  readonly config: Members
  readonly loaders: JsonObject
  readonly route: Members
  readonly request: NonNullable<CorpusCase['request']>
  /** In seconds since 1970. */
  readonly now: number
  readonly dialect: Dialect
  /** Whether the route is open and calls the verifying function by itself. */
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

/** Where a route looks for tokens, in this order. */
export function locationsOf({ config, route }: Pick<Facts, 'config' | 'route'>): readonly string[] {
  const asked = route['locations']
  const isAsked = asked !== undefined && asked !== null && !(Array.isArray(asked) && asked.length === 0)
  const locations = isAsked ? asked : config['JWT_TOKEN_LOCATION']
  return (Array.isArray(locations) ? locations : [locations]) as string[]
}

export function needsCsrf({ config, request }: Facts): boolean {
  return Boolean(config['JWT_COOKIE_CSRF_PROTECT']) && (config['JWT_CSRF_METHODS'] as Json[]).includes(request.method)
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

/** The body as data; null where there is none, or where it is not JSON. */
export function readJson({ json, raw_body: raw, content_type: type }: CorpusRequest): Json {
  if (json !== undefined) return json
  if (!/^application\/(.+\+)?json *(;|$)/.test(type ?? '')) return null
  try {
    return JSON.parse(raw ?? '')
  } catch {
    return null
  }
}

/** What Python takes for false. */
export function isNothing(value: Json): boolean {
  return !value || (typeof value === 'object' && Object.keys(value).length === 0)
}

/** Looks up a value in a table: a string is its own key, anything else goes by its JSON text. */
export function look(table: Json | undefined, value: Json | undefined): Json | undefined {
  const name = typeof value === 'string' ? value : (JSON.stringify(value) ?? 'undefined')
  return isObject(table ?? null) && Object.hasOwn(table as JsonObject, name) ? (table as JsonObject)[name] : undefined
}

export function readHeader({ request }: Facts, name: string): string {
  const lines = (request.headers ?? []).filter(([header]) => header.toLowerCase() === name.toLowerCase())
  return lines.map(([, value]) => value).join(', ')
}

export function text({ config }: Facts, name: string): string {
  return String(config[name] ?? '')
}

export function kindOf({ route }: Pick<Facts, 'route'>): 'ACCESS' | 'REFRESH' {
  return route['refresh'] === true ? 'REFRESH' : 'ACCESS'
}

export function identityClaimOf({ config }: Pick<Facts, 'config'>): string {
  return String(config['JWT_IDENTITY_CLAIM'])
}

export function leewayOf({ config }: Facts): number {
  return Number(config['JWT_DECODE_LEEWAY'])
}

export function isObject(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
