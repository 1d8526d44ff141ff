import type { JwtOptions } from 'jwt-extended'
import type { JsonObject } from './corpus.ts'

/** Where our options have what the settings of Flask-JWT-Extended say; the last two are of the corpus alone. */
const places: Readonly<Record<string, string>> = {
  SECRET_KEY: 'secretKey',
  JWT_SECRET_KEY: 'secretKey',
  JWT_PRIVATE_KEY: 'privateKey',
  JWT_PUBLIC_KEY: 'publicKey',
  JWT_ALGORITHM: 'algorithm',
  JWT_DECODE_ALGORITHMS: 'decodeAlgorithms',
  JWT_ACCESS_TOKEN_EXPIRES: 'accessTokenExpires',
  JWT_REFRESH_TOKEN_EXPIRES: 'refreshTokenExpires',
  JWT_ENCODE_ISSUER: 'encodeIssuer',
  JWT_DECODE_ISSUER: 'decodeIssuer',
  JWT_ENCODE_AUDIENCE: 'encodeAudience',
  JWT_DECODE_AUDIENCE: 'decodeAudience',
  JWT_DECODE_LEEWAY: 'leeway',
  JWT_ENCODE_NBF: 'encodeNbf',
  JWT_VERIFY_SUB: 'verifySub',
  JWT_IDENTITY_CLAIM: 'identityClaim',
  JWT_ERROR_MESSAGE_KEY: 'errorMessageKey',
  JWT_TOKEN_LOCATION: 'tokenLocation',
  JWT_HEADER_NAME: 'header.name',
  JWT_HEADER_TYPE: 'header.type',
  JWT_QUERY_STRING_NAME: 'query.name',
  JWT_QUERY_STRING_VALUE_PREFIX: 'query.prefix',
  JWT_JSON_KEY: 'json.accessKey',
  JWT_REFRESH_JSON_KEY: 'json.refreshKey',
  JWT_COOKIE_SECURE: 'cookies.secure',
  JWT_COOKIE_DOMAIN: 'cookies.domain',
  JWT_COOKIE_SAMESITE: 'cookies.sameSite',
  JWT_SESSION_COOKIE: 'cookies.session',
  JWT_ACCESS_COOKIE_NAME: 'cookies.access.name',
  JWT_ACCESS_COOKIE_PATH: 'cookies.access.path',
  JWT_REFRESH_COOKIE_NAME: 'cookies.refresh.name',
  JWT_REFRESH_COOKIE_PATH: 'cookies.refresh.path',
  JWT_CSRF_METHODS: 'csrf.methods',
  JWT_CSRF_CHECK_FORM: 'csrf.checkForm',
  JWT_CSRF_IN_COOKIES: 'csrf.inCookies',
  JWT_ACCESS_CSRF_COOKIE_NAME: 'csrf.access.cookieName',
  JWT_ACCESS_CSRF_COOKIE_PATH: 'csrf.access.cookiePath',
  JWT_ACCESS_CSRF_HEADER_NAME: 'csrf.access.headerName',
  JWT_ACCESS_CSRF_FIELD_NAME: 'csrf.access.fieldName',
  JWT_REFRESH_CSRF_COOKIE_NAME: 'csrf.refresh.cookieName',
  JWT_REFRESH_CSRF_COOKIE_PATH: 'csrf.refresh.cookiePath',
  JWT_REFRESH_CSRF_HEADER_NAME: 'csrf.refresh.headerName',
  JWT_REFRESH_CSRF_FIELD_NAME: 'csrf.refresh.fieldName',
  JWT_CSRF_FETCH_METADATA: 'csrf.fetchMetadata',
  JWT_CSRF_TRUSTED_ORIGINS: 'csrf.trustedOrigins',
}

/** Settings whose default there is None, so that None says nothing. */
const unsetByNone: ReadonlySet<string> = new Set([
  'SECRET_KEY',
  'JWT_SECRET_KEY',
  'JWT_PRIVATE_KEY',
  'JWT_PUBLIC_KEY',
  'JWT_DECODE_ALGORITHMS',
  'JWT_ENCODE_ISSUER',
  'JWT_DECODE_ISSUER',
  'JWT_ENCODE_AUDIENCE',
  'JWT_DECODE_AUDIENCE',
  'JWT_DECODE_LEEWAY',
  'JWT_COOKIE_DOMAIN',
  'JWT_COOKIE_SAMESITE',
])

/**
 * The options that a configuration in the names of Flask-JWT-Extended stands for, value by value as it is given and
 * without its leniencies. A name that nobody knows stays as it is, for the manager to refuse.
 */
export function strictOptions({ JWT_COOKIE_CSRF_PROTECT: isProtected = true, ...config }: JsonObject): JwtOptions {
  const options: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(config)) {
    if (value === null && unsetByNone.has(name)) continue
    setAt(options, (places[name] ?? name).split('.'), toOurs(name, value))
  }
  // What is no boolean is no object of settings either.
  if (isProtected !== true) options['csrf'] = isProtected
  return options as JwtOptions
}

function toOurs(name: string, value: unknown): unknown {
  if (name !== 'JWT_TOKEN_LOCATION') return value
  const rename = (location: unknown): unknown => (location === 'query_string' ? 'query' : location)
  return Array.isArray(value) ? value.map(rename) : rename(value)
}

function setAt(options: Record<string, unknown>, [name = '', ...rest]: readonly string[], value: unknown): void {
  if (rest.length === 0) {
    options[name] = value
    return
  }
  const group = (options[name] ?? {}) as Record<string, unknown>
  options[name] = group
  setAt(group, rest, value)
}
