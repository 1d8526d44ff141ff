import type { Json } from './corpus.ts'
import {
  type Facts,
  isNothing,
  isObject,
  type Jwt,
  kindOf,
  locationsOf,
  needsCsrf,
  readHeader,
  readJson,
  text,
} from './facts.ts'

/** Thrown at the first thing that is wrong, as the reference does. */
export class Refusal extends Error {
  override readonly cause: string
  readonly jwt: Jwt | undefined

  constructor(cause: string, jwt?: Jwt) {
    super(cause)
    this.cause = cause
    this.jwt = jwt
  }
}

/** A token as a request brings it. */
export interface Found {
  readonly token: Json
  readonly location: string
  readonly csrf?: string | undefined
}

type Place = (facts: Facts) => Omit<Found, 'location'> | undefined

const places: Readonly<Record<string, Place>> = {
  headers: findInHeader,
  cookies: findInCookie,
  query_string: findInQuery,
  json: findInJson,
}

/** Finds the token of a request: in the first place that has one. */
export function locate(facts: Facts): Found | undefined {
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
    .map(pair => pair.replace(/^[ \t]+|[ \t]+$/g, ''))
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
