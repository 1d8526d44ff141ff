import type { CorpusCase } from './corpus.ts'

export const odd = {
  segment: 'a segment that is not canonical base64url',
  json: 'JSON that is not strict',
  header: 'a header member that is not supported',
  time: 'a time that is no number',
  fresh: 'a fresh that is neither a boolean nor a number',
} as const

const maxDepth = 32
const forbidden = ['__proto__', 'constructor', 'prototype']
const types = [undefined, 'jwt', 'application/jwt', 'at+jwt', 'application/at+jwt']

/**
 * What is odd about the tokens of a case by the rules R6 to R9: told from the case alone, without any code of the
 * library.
 */
export function oddityOfTokens(testCase: CorpusCase): string | undefined {
  return tokenTexts(testCase)
    .map(oddityOfToken)
    .find(oddity => oddity !== undefined)
}

/** Whatever stands where a token is looked for, as far as it has the dots of one. */
export function tokenTexts({ config, request, args }: CorpusCase): string[] {
  const name = (setting: string, usual: string): string => String(config[setting] ?? usual)
  const header = name('JWT_HEADER_NAME', 'Authorization').toLowerCase()
  const fields = (request?.headers ?? []).filter(([field]) => [header, 'cookie'].includes(field.toLowerCase()))
  const cookies = ['ACCESS', 'REFRESH'].map(
    kind => request?.cookies?.[name(`JWT_${kind}_COOKIE_NAME`, `${kind.toLowerCase()}_token_cookie`)],
  )
  const query = (request?.query ?? []).filter(([parameter]) => parameter === name('JWT_QUERY_STRING_NAME', 'jwt'))
  const values = [...fields, ...query].map(([, value]) => value)
  const texts = [...values, ...cookies, request?.json, request?.raw_body, args?.['token']].flatMap(stringsIn)
  const prefix = name('JWT_QUERY_STRING_VALUE_PREFIX', '')
  return texts
    .map(text => (prefix !== '' && text.startsWith(prefix) ? text.slice(prefix.length) : text))
    .flatMap(text => text.split(/[ ,;"=\t](?=[\w-]{8,}\.)|(?:, ?|; ?)/))
    .filter(text => /^[^.]*\.[^.]*\.[^.]*$/s.test(text))
}

function stringsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(stringsIn) : []
}

export function oddityOfToken(token: string): string | undefined {
  const segments = token.split('.')
  if (segments.some(segment => Buffer.from(segment, 'base64url').toString('base64url') !== segment)) return odd.segment
  const [header, claims] = segments.slice(0, 2).map(parse)
  if (header === undefined || claims === undefined) return odd.json
  return oddityOfHeader(header) ?? oddityOfClaims(claims)
}

type Members = Readonly<Record<string, unknown>>

function parse(segment: string): Members | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(segment, 'base64url'))
    const value = JSON.parse(text)
    return isStrict(text, value) ? value : undefined
  } catch {
    return undefined
  }
}

function isStrict(text: string, value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  // Printed without blanks, a text with a name twice is longer than what came of it. Escapes are undone in both.
  const plain = JSON.stringify(value)
  const names = (source: string): number => source.match(/"(?:[^"\\]|\\.)*"\s*:/gs)?.length ?? 0
  return (
    names(text) === names(plain) && !forbidden.some(name => plain.includes(`"${name}":`)) && depthOf(value) <= maxDepth
  )
}

function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  return 1 + Math.max(0, ...Object.values(value).map(depthOf))
}

function oddityOfHeader({ typ, kid, cty, ...header }: Members): string | undefined {
  const isTyped = types.some(type => type === (typeof typ === 'string' ? typ.toLowerCase() : typ))
  const isNamed = kid === undefined || typeof kid === 'string'
  const isPlain = cty === undefined && !['crit', 'b64', 'zip', 'enc'].some(name => Object.hasOwn(header, name))
  return isTyped && isNamed && isPlain ? undefined : odd.header
}

function oddityOfClaims(claims: Members): string | undefined {
  if (['exp', 'nbf', 'iat'].some(name => claims[name] !== undefined && !Number.isFinite(claims[name]))) return odd.time
  return isFresh(claims['fresh']) ? undefined : odd.fresh
}

function isFresh(fresh: unknown): boolean {
  return fresh === undefined || typeof fresh === 'boolean' || Number.isFinite(fresh)
}

/** A blank that is none in HTTP, before the token: it belongs to the credentials then, which are no token with it. */
export function hasOddBlank({ config, request }: CorpusCase): boolean {
  const header = String(config['JWT_HEADER_NAME'] ?? 'Authorization').toLowerCase()
  return (request?.headers ?? []).some(([name, value]) => name.toLowerCase() === header && /[\x85\xa0]/.test(value))
}

/** What is odd about that which is to go into a new token. */
export function oddityOfCreation({ args, loaders }: CorpusCase): string | undefined {
  const made = (args?.['create'] ?? args ?? {}) as Members
  const headers = {
    ...(loaders?.['additional_headers'] as object),
    ...(made['additional_headers'] as object),
  } as Members
  const claims = { ...(loaders?.['additional_claims'] as object), ...(made['additional_claims'] as object) } as Members
  // There a typ that is empty says that there is to be none.
  const { typ, ...others } = headers
  const { fresh } = made
  const isDuration = typeof fresh === 'object' && fresh !== null && '$duration' in fresh
  if (!isDuration && !isFresh(fresh)) return odd.fresh
  // As JSON writes them, lone surrogates are escapes.
  if (/\\ud[89a-f]/i.test(JSON.stringify([made, loaders ?? null]))) return odd.json
  return oddityOfHeader(typ ? headers : others) ?? oddityOfClaims(claims) ?? oddityOfNesting([headers, claims])
}

function oddityOfNesting(parts: readonly Members[]): string | undefined {
  return parts.every(part => isStrict(JSON.stringify(part), part)) ? undefined : odd.json
}
