import type { TokenLocation } from '../context.ts'
import { isEmptyValue } from '../internal/empty-value.ts'
import { findNearestName } from '../internal/nearest-name.ts'
import { isPlainObject } from '../internal/plain-object.ts'
import { canShareKey, isAlgorithm, isSymmetric } from '../keys/algorithms.ts'
import type {
  CookieOptions,
  CsrfOptions,
  JwtOptions,
  Loaders,
  TokenCookieOptions,
  TokenCsrfOptions,
} from '../options.ts'
import { parseEnvironment } from './parse-environment.ts'

/** A configuration of Flask-JWT-Extended 4.7: the `JWT_*` names, and `SECRET_KEY` of Flask itself. */
export type FlaskConfig = Readonly<Record<string, unknown>>

/** Options without loaders and schema, which stay the application's own. */
export type FlaskOptions = Omit<JwtOptions, keyof Loaders<unknown, object> | 'claimsSchema'>

/** Every option with its default there; lifetimes in seconds. */
const defaults = {
  SECRET_KEY: null,
  JWT_SECRET_KEY: null,
  JWT_PRIVATE_KEY: null,
  JWT_PUBLIC_KEY: null,
  JWT_ALGORITHM: 'HS256',
  JWT_DECODE_ALGORITHMS: null,
  JWT_ACCESS_TOKEN_EXPIRES: 900,
  JWT_REFRESH_TOKEN_EXPIRES: 2_592_000,
  JWT_ENCODE_ISSUER: null,
  JWT_DECODE_ISSUER: null,
  JWT_ENCODE_AUDIENCE: null,
  JWT_DECODE_AUDIENCE: null,
  JWT_DECODE_LEEWAY: 0,
  JWT_ENCODE_NBF: true,
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
  JWT_COOKIE_SECURE: false,
  JWT_COOKIE_DOMAIN: null,
  JWT_COOKIE_SAMESITE: null,
  JWT_SESSION_COOKIE: true,
  JWT_ACCESS_COOKIE_NAME: 'access_token_cookie',
  JWT_ACCESS_COOKIE_PATH: '/',
  JWT_REFRESH_COOKIE_NAME: 'refresh_token_cookie',
  JWT_REFRESH_COOKIE_PATH: '/',
  JWT_COOKIE_CSRF_PROTECT: true,
  JWT_CSRF_METHODS: ['POST', 'PUT', 'PATCH', 'DELETE'],
  JWT_CSRF_CHECK_FORM: false,
  JWT_CSRF_IN_COOKIES: true,
  JWT_ACCESS_CSRF_COOKIE_NAME: 'csrf_access_token',
  JWT_ACCESS_CSRF_COOKIE_PATH: '/',
  JWT_ACCESS_CSRF_HEADER_NAME: 'X-CSRF-TOKEN',
  JWT_ACCESS_CSRF_FIELD_NAME: 'csrf_token',
  JWT_REFRESH_CSRF_COOKIE_NAME: 'csrf_refresh_token',
  JWT_REFRESH_CSRF_COOKIE_PATH: '/',
  JWT_REFRESH_CSRF_HEADER_NAME: 'X-CSRF-TOKEN',
  JWT_REFRESH_CSRF_FIELD_NAME: 'csrf_token',
} as const satisfies Record<string, unknown>

type Settings = Readonly<Record<keyof typeof defaults, unknown>>

const httpMethods: readonly string[] = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE', 'PATCH']

/** How long cookies stay there which do not end with the browser session, in seconds. */
const flaskCookieMaxAge = 31_540_000

/** The locations by the names that they have there. */
const locations: Readonly<Record<string, TokenLocation>> = {
  headers: 'headers',
  cookies: 'cookies',
  query_string: 'query',
  json: 'json',
}

/**
 * Turns a configuration of Flask-JWT-Extended into options which behave as that application does: its statuses, error
 * bodies, cookies and leniencies, but for the differences that the guide lists. Loaders are added beside them:
 *
 * ```ts
 * const jwt = new JwtManager({ ...flaskOptions(process.env), userLookup })
 * ```
 *
 * @param config an object, or `process.env`, whose values are parsed by `parseEnvironment`
 * @throws TypeError at an unknown `JWT_*` name or a value of the wrong kind
 */
export function flaskOptions(config: FlaskConfig): FlaskOptions {
  const isEnvironment = config === process.env
  const given = isEnvironment ? parseEnvironment(process.env) : config
  checkNames(given, isEnvironment)
  const settings: Settings = { ...defaults, ...given }
  return {
    compatibility: 'flask',
    ...keyOptions(settings),
    ...claimOptions(settings),
    ...locationOptions(settings),
    cookies: cookieOptions(settings),
    csrf: settings.JWT_COOKIE_CSRF_PROTECT ? csrfOptions(settings) : false,
    errorMessageKey: text(settings, 'JWT_ERROR_MESSAGE_KEY'),
  }
}

/** An environment may hold variables of others that start with JWT_; there only what looks misspelt is refused. */
function checkNames(config: FlaskConfig, isEnvironment: boolean): void {
  if (!isPlainObject(config)) throw new TypeError('flaskOptions takes an object with JWT_* names, or process.env')
  const known = Object.keys(defaults)
  for (const name of Object.keys(config)) {
    if (!name.startsWith('JWT_') || known.includes(name)) continue
    const nearest = findNearestName(name, known)
    if (nearest !== undefined) throw new TypeError(`Flask-JWT-Extended has no ${name}: did you mean ${nearest}?`)
    if (!isEnvironment) throw new TypeError(`Flask-JWT-Extended has no ${name}: leave it out`)
  }
}

function keyOptions(settings: Settings): FlaskOptions {
  const algorithm = settings.JWT_ALGORITHM
  if (!isAlgorithm(algorithm)) throw new TypeError(`JWT_ALGORITHM ${JSON.stringify(algorithm)} is not supported`)
  const listed = settings.JWT_DECODE_ALGORITHMS ?? []
  if (!Array.isArray(listed)) throw new TypeError('JWT_DECODE_ALGORITHMS must be a list')
  // Those which no token could have passed there either: unknown names, and a family that the one key does not fit.
  const usable = listed.filter(isAlgorithm).filter(other => canShareKey(other, algorithm))
  const common = { algorithm, decodeAlgorithms: [algorithm, ...usable.filter(other => other !== algorithm)] }
  const key = (name: 'JWT_PRIVATE_KEY' | 'JWT_PUBLIC_KEY'): string | undefined => optionalText(settings, name)
  if (isSymmetric(algorithm))
    return { ...common, secretKey: optionalText(settings, 'JWT_SECRET_KEY') ?? optionalText(settings, 'SECRET_KEY') }
  return { ...common, privateKey: key('JWT_PRIVATE_KEY'), publicKey: key('JWT_PUBLIC_KEY') }
}

function claimOptions(settings: Settings): FlaskOptions {
  return {
    accessTokenExpires: lifetime(settings, 'JWT_ACCESS_TOKEN_EXPIRES'),
    refreshTokenExpires: lifetime(settings, 'JWT_REFRESH_TOKEN_EXPIRES'),
    encodeIssuer: optionalText(settings, 'JWT_ENCODE_ISSUER'),
    decodeIssuer: issuers(settings.JWT_DECODE_ISSUER),
    encodeAudience: isEmptyValue(settings.JWT_ENCODE_AUDIENCE) ? undefined : (settings.JWT_ENCODE_AUDIENCE as string),
    decodeAudience: audiences(settings.JWT_DECODE_AUDIENCE),
    leeway: number(settings, 'JWT_DECODE_LEEWAY'),
    encodeNbf: Boolean(settings.JWT_ENCODE_NBF),
    verifySub: Boolean(settings.JWT_VERIFY_SUB),
    identityClaim: text(settings, 'JWT_IDENTITY_CLAIM'),
  }
}

function locationOptions(settings: Settings): FlaskOptions {
  const given = settings.JWT_TOKEN_LOCATION
  const list: readonly unknown[] = Array.isArray(given) ? given : [given]
  return {
    tokenLocation: list.map(toLocation),
    header: { name: text(settings, 'JWT_HEADER_NAME'), type: optionalText(settings, 'JWT_HEADER_TYPE') ?? '' },
    query: { name: text(settings, 'JWT_QUERY_STRING_NAME'), prefix: text(settings, 'JWT_QUERY_STRING_VALUE_PREFIX') },
    json: { accessKey: text(settings, 'JWT_JSON_KEY'), refreshKey: text(settings, 'JWT_REFRESH_JSON_KEY') },
  }
}

function toLocation(value: unknown): TokenLocation {
  const location = typeof value === 'string' && Object.hasOwn(locations, value) ? locations[value] : undefined
  if (location === undefined) {
    throw new TypeError(`JWT_TOKEN_LOCATION can only contain ${Object.keys(locations).join(', ')}`)
  }
  return location
}

function cookieOptions(settings: Settings): CookieOptions {
  return {
    secure: Boolean(settings.JWT_COOKIE_SECURE),
    domain: optionalText(settings, 'JWT_COOKIE_DOMAIN'),
    sameSite: sameSite(settings.JWT_COOKIE_SAMESITE),
    session: Boolean(settings.JWT_SESSION_COOKIE),
    maxAge: flaskCookieMaxAge,
    access: tokenCookie(settings, 'ACCESS'),
    refresh: tokenCookie(settings, 'REFRESH'),
  }
}

function tokenCookie(settings: Settings, kind: 'ACCESS' | 'REFRESH'): TokenCookieOptions {
  return { name: text(settings, `JWT_${kind}_COOKIE_NAME`), path: text(settings, `JWT_${kind}_COOKIE_PATH`) }
}

function csrfOptions(settings: Settings): CsrfOptions {
  return {
    methods: methods(settings.JWT_CSRF_METHODS),
    checkForm: Boolean(settings.JWT_CSRF_CHECK_FORM),
    inCookies: Boolean(settings.JWT_CSRF_IN_COOKIES),
    fetchMetadata: false,
    access: tokenCsrf(settings, 'ACCESS'),
    refresh: tokenCsrf(settings, 'REFRESH'),
  }
}

function tokenCsrf(settings: Settings, kind: 'ACCESS' | 'REFRESH'): TokenCsrfOptions {
  return {
    cookieName: text(settings, `JWT_${kind}_CSRF_COOKIE_NAME`),
    cookiePath: text(settings, `JWT_${kind}_CSRF_COOKIE_PATH`),
    headerName: text(settings, `JWT_${kind}_CSRF_HEADER_NAME`),
    fieldName: text(settings, `JWT_${kind}_CSRF_FIELD_NAME`),
  }
}

// Methods are compared by case, so that a name in lower case protects nothing there. A text protects what it contains.
function methods(value: unknown): string[] {
  if (typeof value === 'string') return httpMethods.filter(method => value.includes(method))
  if (!Array.isArray(value)) throw new TypeError('JWT_CSRF_METHODS must be a list of methods')
  return value.map(String).filter(method => method === method.toUpperCase())
}

function sameSite(value: unknown): NonNullable<CookieOptions['sameSite']> {
  if (value === null) return false
  const found = (['Lax', 'Strict', 'None'] as const).find(name => name.toLowerCase() === String(value).toLowerCase())
  if (found === undefined) throw new TypeError("JWT_COOKIE_SAMESITE must be 'Lax', 'Strict' or 'None'")
  return found
}

// What is neither text nor in a list of it matches no token there.
function issuers(value: unknown): readonly string[] | undefined {
  if (value === null) return undefined
  const list: readonly unknown[] = Array.isArray(value) ? value : [value]
  return list.filter(issuer => typeof issuer === 'string')
}

function audiences(value: unknown): readonly string[] | undefined {
  if (typeof value === 'string' || Array.isArray(value) || value === null) return issuers(value)
  throw new TypeError('JWT_DECODE_AUDIENCE must be a string or a list of strings')
}

function lifetime(settings: Settings, name: 'JWT_ACCESS_TOKEN_EXPIRES' | 'JWT_REFRESH_TOKEN_EXPIRES'): number | false {
  const value = settings[name]
  if (value === false || (typeof value === 'number' && Number.isInteger(value))) return value
  throw new TypeError(`${name} must be a whole number of seconds, or false for a token that never expires`)
}

function number(settings: Settings, name: keyof Settings): number {
  const value = settings[name]
  // True and False are 1 and 0 in Python.
  if (typeof value !== 'number' && typeof value !== 'boolean')
    throw new TypeError(`${name} must be a number of seconds`)
  return Number(value)
}

function text(settings: Settings, name: keyof Settings): string {
  const value = settings[name]
  if (typeof value !== 'string') throw new TypeError(`${name} must be a string`)
  return value
}

/** Text, or undefined where it is null, empty, false or 0, which all mean "not set" in Python. */
function optionalText(settings: Settings, name: keyof Settings): string | undefined {
  return settings[name] ? text(settings, name) : undefined
}
