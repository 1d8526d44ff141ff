import type { CorpusCase, Json, JsonObject } from './corpus.ts'
import { oddityOfToken, tokenTexts } from './oddity.ts'

export type Named = readonly [name: string, value: Json]

/** What the recordings are made of, each part once: to be put together in other ways. */
export interface Material {
  /** Settings that belong together: an algorithm and its keys. */
  readonly signing: readonly JsonObject[]
  readonly settings: readonly Named[]
  readonly locations: readonly Json[]
  readonly loaders: readonly Named[]
  readonly route: readonly Named[]
  readonly methods: readonly string[]
  readonly clocks: readonly number[]
  /** Values of the header that carries tokens, with `<token>` in the place of a token. */
  readonly headerValues: readonly string[]
  /** JSON bodies, as the value beside the name that is looked for. */
  readonly bodies: readonly Json[]
  readonly tokenHeaders: readonly JsonObject[]
  readonly claims: readonly JsonObject[]
  /** Every value that a claim has in some token. */
  readonly claimValues: readonly Named[]
  /** Texts that stand where tokens do, right or wrong under some key. */
  readonly texts: readonly string[]
}

const signingNames = ['JWT_ALGORITHM', 'JWT_PUBLIC_KEY', 'JWT_DECODE_ALGORITHMS', 'JWT_SECRET_KEY', 'SECRET_KEY']

/** Recordings in which the reference falls over, or the configuration is wrong, give no measure. */
const unfit = ['crash', 'config_error', 'lazy_config', 'lenient', 'non_ascii_header']

/** Takes the recordings of protected routes apart. */
export function takeApart(recordings: readonly CorpusCase[]): Material {
  const fit = recordings.filter(
    ({ action = 'request', tags = [], config }) =>
      action === 'request' && !tags.some(tag => unfit.includes(tag)) && config['JWT_SECRET_KEY'] !== '@hs_short',
  )
  const settings = fit.flatMap(({ config }) => Object.entries(config))
  const texts = distinct(fit.flatMap(tokenTexts))
  const plain = texts.filter(text => oddityOfToken(text) === undefined).map(readToken)
  return {
    signing: distinct(fit.map(({ config }) => pickNames(config, signingNames))).filter(hasKey),
    settings: distinct(settings.filter(([name]) => ![...signingNames, 'JWT_TOKEN_LOCATION'].includes(name))),
    locations: distinct(fit.flatMap(({ config }) => config['JWT_TOKEN_LOCATION'] ?? [])).concat(
      distinct(fit.flatMap(({ config }) => [config['JWT_TOKEN_LOCATION'] ?? []])),
    ),
    loaders: distinct(fit.flatMap(({ loaders }) => Object.entries(loaders ?? {}))),
    route: distinct(fit.flatMap(({ route }) => Object.entries(route ?? {}) as Named[])),
    methods: distinct(fit.flatMap(({ request }) => request?.method ?? [])),
    clocks: distinct(fit.flatMap(({ clock }) => clock ?? [])),
    headerValues: distinct(fit.flatMap(readHeaderValues)),
    bodies: distinct(fit.flatMap(({ request }) => Object.values((request?.json ?? {}) as JsonObject))),
    tokenHeaders: distinct(plain.map(({ header }) => header)),
    claims: distinct(plain.map(({ claims }) => claims)),
    claimValues: distinct(plain.flatMap(({ claims }) => Object.entries(claims))),
    texts,
  }
}

function distinct<Value>(values: readonly Value[]): Value[] {
  return [...new Map(values.map(value => [JSON.stringify(value), value])).values()]
}

function pickNames(config: JsonObject, names: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(config).filter(([name]) => names.includes(name)))
}

function hasKey({ JWT_SECRET_KEY: own, SECRET_KEY: general, JWT_PUBLIC_KEY: key }: JsonObject): boolean {
  return Boolean(own || general || key)
}

function readToken(token: string): { readonly header: JsonObject; readonly claims: JsonObject } {
  const [header, claims] = token
    .split('.')
    .slice(0, 2)
    .map(segment => JSON.parse(Buffer.from(segment, 'base64url').toString()))
  return { header, claims }
}

function readHeaderValues({ config, request }: CorpusCase): string[] {
  const name = String(config['JWT_HEADER_NAME'] ?? 'Authorization').toLowerCase()
  const values = (request?.headers ?? []).filter(([header]) => header.toLowerCase() === name)
  return values.map(([, value]) => value.replaceAll(/[\w-]{8,}\.[\w.-]+/g, '<token>'))
}
