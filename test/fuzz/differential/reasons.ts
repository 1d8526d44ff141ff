import { isPlainObject } from '../../../src/internal/plain-object.ts'
import { now } from '../../support/configure.ts'
import { readJson } from '../strict-json.ts'
import type { Expectations } from './verifiers.ts'

/**
 * Why a token is refused here though other libraries accept it. The list is closed: what none of these explains is a
 * fault. Each is found in the token itself, by nothing of what the package is made of.
 */
export const reasons = [
  'longer than `maxTokenSize`, or a header than 5120 bytes',
  'base64url with padding, foreign characters or spare bits',
  'bytes that are no UTF-8, or a BOM',
  'payload or header that is not one JSON object',
  'a member name twice in one object',
  'a member named `__proto__`, `constructor` or `prototype`',
  'objects and lists nested deeper than 32 levels',
  '`crit` in the header',
  '`b64`, `zip` or `enc` in the header',
  '`typ` that is no type of a JWT',
  '`cty` of a nested token',
  '`kid` that is no string',
  '`exp`, `nbf` or `iat` that is no finite number',
  '`iat` in the future by a second or more',
  '`exp` in the running second',
  '`sub` missing',
  '`sub`, `jti`, `iss` or `aud` of a wrong type',
] as const

export type Reason = (typeof reasons)[number]

const maxTokenSize = 16_384
const maxHeaderSize = 5120

/** Every reason that a token gives, in the order of the list. */
export function findReasons(token: string, expectations: Expectations): Reason[] {
  const found = new Set<Reason>()
  if (token.length > maxTokenSize || token.indexOf('.') > maxHeaderSize)
    found.add('longer than `maxTokenSize`, or a header than 5120 bytes')
  const segments = token.split('.')
  if (!segments.every(isCanonical)) found.add('base64url with padding, foreign characters or spare bits')
  const [header, payload] = segments.slice(0, 2).map(segment => readObject(segment, found))
  for (const reason of findHeaderReasons(header ?? {})) found.add(reason)
  for (const reason of findClaimReasons(payload ?? {}, expectations)) found.add(reason)
  return reasons.filter(reason => found.has(reason))
}

/** By the alphabet, and by the bits behind the last whole byte (RFC 4648 section 3.5). */
function isCanonical(segment: string): boolean {
  return /^([\w-]{4})*([\w-][AQgw]|[\w-]{2}[AEIMQUYcgkosw048])?$/.test(segment)
}

function readObject(segment: string, found: Set<Reason>): Readonly<Record<string, unknown>> | undefined {
  const bytes = Buffer.from(segment, 'base64url')
  const text = bytes.toString('utf8')
  if (!Buffer.from(text).equals(bytes) || text.startsWith('\u{feff}')) found.add('bytes that are no UTF-8, or a BOM')
  const json = readJson(text)
  if (json?.hasDuplicate) found.add('a member name twice in one object')
  if (json?.hasForbiddenName) found.add('a member named `__proto__`, `constructor` or `prototype`')
  if (json !== undefined && json.depth > 32) found.add('objects and lists nested deeper than 32 levels')
  if (json !== undefined && isPlainObject(json.value)) return json.value
  found.add('payload or header that is not one JSON object')
  return undefined
}

function findHeaderReasons(header: Readonly<Record<string, unknown>>): Reason[] {
  const { typ, cty, kid } = header
  const found: Reason[] = []
  if ('crit' in header) found.push('`crit` in the header')
  if ('b64' in header || 'zip' in header || 'enc' in header) found.push('`b64`, `zip` or `enc` in the header')
  if (typ !== undefined && !matches(typ, /^(application\/)?(at\+)?jwt$/i)) found.push('`typ` that is no type of a JWT')
  if (cty !== undefined && !matches(cty, /^(?!(application\/)?jwt$)/i)) found.push('`cty` of a nested token')
  if (kid !== undefined && typeof kid !== 'string') found.push('`kid` that is no string')
  return found
}

function findClaimReasons(claims: Readonly<Record<string, unknown>>, { leeway }: Expectations): Reason[] {
  const { exp, nbf, iat, sub, jti, iss, aud } = claims
  const found: Reason[] = []
  if ([exp, nbf, iat].some(time => time !== undefined && !Number.isFinite(time)))
    found.push('`exp`, `nbf` or `iat` that is no finite number')
  if (Number(iat) >= now + leeway + 1) found.push('`iat` in the future by a second or more')
  const left = Number(exp) - (now - leeway)
  if (left >= 0 && left < 1) found.push('`exp` in the running second')
  if (sub === undefined) found.push('`sub` missing')
  const texts = [sub, jti, iss, ...(Array.isArray(aud) ? (aud as unknown[]) : [aud])]
  if (texts.some(text => text !== undefined && typeof text !== 'string'))
    found.push('`sub`, `jti`, `iss` or `aud` of a wrong type')
  return found
}

function matches(value: unknown, pattern: RegExp): boolean {
  return typeof value === 'string' && pattern.test(value)
}
