import type { TokenLocation } from '../context.ts'
import { JwtError } from '../errors.ts'
import { type Awaitable, whenReady } from '../internal/awaitable.ts'
import { isEmptyValue } from '../internal/empty-value.ts'
import { isPlainObject } from '../internal/plain-object.ts'
import type { ResolvedOptions } from '../options.ts'
import { readCsrfToken } from './csrf.ts'
import { isJson } from './media-type.ts'
import { readCookie, trimBlanks } from './read-cookie.ts'
import type { JwtRequest } from './request.ts'
import type { ResolvedRequirements } from './requirements.ts'
import { checkSame, severalValues } from './several-values.ts'

/** A token as a request brought it, unverified, and maybe not even a string. */
export interface LocatedToken {
  readonly token: unknown
  readonly location: TokenLocation
  /** The CSRF value that came with it, where one is asked for. */
  readonly csrf?: string | undefined
}

/** What is found in one place; a string says in words for people what is missing there. */
type Search = Omit<LocatedToken, 'location'> | string

interface Place {
  readonly request: JwtRequest
  readonly kind: 'access' | 'refresh'
  readonly config: ResolvedOptions
}

interface Places extends Place {
  readonly locations: readonly TokenLocation[]
}

/** The most parts between commas that a header may have: several schemes with all their parameters have fewer. */
const maxFields = 64

/** Browsers send a cookie of one name more than once where it was set for several paths or domains. */
const maxCookies = 16

/** How Flask-JWT-Extended calls the places in its messages. */
const placeNames: Readonly<Record<TokenLocation, string>> = {
  headers: 'headers',
  cookies: 'cookies',
  query: 'query_string',
  json: 'json',
}

const searches: Readonly<Record<TokenLocation, (place: Place) => Awaitable<Search>>> = {
  headers: searchHeader,
  cookies: searchCookie,
  query: searchQuery,
  json: searchJson,
}

/**
 * Finds the token of a request: in the first place that has one. A place with something wrong in it ends the search.
 *
 * @throws JwtError `token_missing` where no place has one; `header_malformed`, `duplicate_value`, `csrf_missing` or
 * `csrf_cross_site`
 */
export function locateToken(
  request: JwtRequest,
  requirements: ResolvedRequirements,
  config: ResolvedOptions,
): Awaitable<LocatedToken> {
  return searchFrom(0, [], { request, kind: requirements.kind, config, locations: requirements.locations })
}

/** Searches the places one after the other, from one of them on; `missing` says what the others lacked. */
function searchFrom(index: number, missing: readonly string[], place: Places): Awaitable<LocatedToken> {
  const { locations } = place
  const location = locations[index]
  if (location === undefined) throw new JwtError('token_missing', describeMissing(locations, missing))
  return whenReady(searches[location](place), found =>
    typeof found === 'string'
      ? searchFrom(index + 1, [...missing, found], place)
      : { token: found.token, csrf: found.csrf, location },
  )
}

function describeMissing(locations: readonly TokenLocation[], missing: readonly string[]): string {
  if (missing.length === 1) return missing.join()
  const places = locations.map(location => placeNames[location])
  return `Missing JWT in ${places.slice(0, -1).join(', ')} or ${places.at(-1)} (${missing.join('; ')})`
}

function searchHeader({ request, config }: Place): Search {
  const { name, type } = config.header
  const header = request.header(name) ?? ''
  const usual = readUsual(header, type)
  if (usual !== undefined) return { token: usual }
  const value = stripCommas(trimBlanks(header))
  if (value === '') return `Missing ${name} Header`
  // A scheme ends in spaces (RFC 9110 section 11.4).
  const blanks = config.isFlask ? /[ \t]+/ : / +/
  if (type === '') return readCredentials(splitAt(value, blanks), '', config)
  // Several schemes may stand in one header (RFC 9110 section 11.6.2): ours must be among them, and once.
  const fields = value.split(',', maxFields + 1).map(field => splitAt(field, blanks))
  if (fields[0]?.length === 0 || fields.length > maxFields) throw malformedHeader(`${type} `, config)
  const ours = fields.filter(([scheme]) => scheme !== undefined && isSameScheme(scheme, type))
  if (ours.length > 1 && !config.isFlask) throw severalValues(`${name} header`)
  const [first] = ours
  if (first === undefined || ours.length > 1) {
    return `Missing '${type}' type in '${name}' header. Expected '${name}: ${type} <JWT>'`
  }
  return readCredentials(first.slice(1), `${type} `, config)
}

/** The token of a header that is written as nearly every one is: the scheme, one space, the token. */
function readUsual(header: string, type: string): string | undefined {
  if (header.charCodeAt(type.length) !== space || !header.startsWith(type) || !isOneWord(type)) return undefined
  const token = header.slice(type.length + 1)
  return isOneWord(token) ? token : undefined
}

function isOneWord(text: string): boolean {
  return text !== '' && !text.includes(' ') && !text.includes('\t') && !text.includes(',')
}

function readCredentials(parts: readonly string[], prefix: string, config: ResolvedOptions): Search {
  const [token] = parts
  if (parts.length === 1) return { token }
  throw malformedHeader(prefix, config)
}

function malformedHeader(prefix: string, { header }: ResolvedOptions): JwtError {
  return new JwtError('header_malformed', `Bad ${header.name} header. Expected '${header.name}: ${prefix}<JWT>'`)
}

// Schemes are compared without regard to case (RFC 9110 section 11.1).
function isSameScheme(given: string, wanted: string): boolean {
  return given.toLowerCase() === wanted.toLowerCase()
}

/** The words of a text, at most three of them: more than two are as wrong as many. */
function splitAt(text: string, blanks: RegExp): string[] {
  const trimmed = trimBlanks(text)
  return trimmed === '' ? [] : trimmed.split(blanks, 3)
}

const space = 0x20
const comma = 0x2c

// By hand: a regular expression for the end of a text tries every comma of a long header again.
function stripCommas(text: string): string {
  let start = 0
  let end = text.length
  // More of them are too many parts.
  while (start < maxFields && text.charCodeAt(start) === comma) start++
  while (end > start && end > text.length - maxFields && text.charCodeAt(end - 1) === comma) end--
  return text.slice(start, end)
}

function searchCookie({ request, kind, config }: Place): Awaitable<Search> {
  const { name } = config.cookies[kind]
  const values = readCookie(request.header('cookie') ?? '', name, maxCookies + 1)
  if (!config.isFlask) checkSame(values, `cookie ${name}`)
  if (values.length > maxCookies) throw severalValues(`cookie ${name}`)
  const [token] = values
  if (!token) return `Missing cookie "${name}"`
  return whenReady(readCsrfToken(request, kind, config), csrf => ({ token, csrf }))
}

function searchQuery({ request, config }: Place): Search {
  const { name, prefix } = config.query
  const values = request.query?.(name) ?? []
  if (!config.isFlask) checkSame(values, `query parameter ${name}`)
  const [value] = values
  if (!value) return `Missing '${name}' query paramater`
  if (value.startsWith(prefix)) return { token: value.slice(prefix.length) }
  throw new JwtError(
    'header_malformed',
    `Invalid value for query parameter '${name}'. Expected the value to start with '${prefix}'`,
  )
}

function searchJson({ request, kind, config }: Place): Awaitable<Search> {
  if (!isJson(request)) return 'Invalid content-type. Must be application/json.'
  const key = config.json[`${kind}Key`]
  return whenReady(request.body?.(), body => {
    // Flask-JWT-Extended falls over then, whatever else the request has.
    if (config.isFlask && !isEmptyValue(body) && !isPlainObject(body)) throw notAnObject()
    const token = isPlainObject(body) && Object.hasOwn(body, key) ? body[key] : undefined
    // What is no text is no token, without a look at what is in it.
    if (!config.isFlask && typeof token === 'object' && token !== null) return { token }
    return isEmptyValue(token) ? `Missing "${key}" key in json data.` : { token }
  })
}

function notAnObject(): JwtError {
  return new JwtError('token_invalid', 'The JSON body is not an object')
}
