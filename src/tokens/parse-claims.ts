import type { Claims } from '../context.ts'
import { JwtError } from '../errors.ts'
import { type Awaitable, whenReady } from '../internal/awaitable.ts'
import { isPlainObject } from '../internal/plain-object.ts'
import type { StandardIssue } from '../internal/standard-schema.ts'
import type { ResolvedOptions } from '../options.ts'

type ClaimsSchema = NonNullable<ResolvedOptions['claimsSchema']>

/** The most faults that a message names: it also stands in a header of the answer. */
const maxNamedPaths = 5
const maxPathLength = 64

/**
 * The claims as `claimsSchema` puts them out: the registered ones as they are signed, the additional ones checked and
 * transformed. The schema gets the additional ones alone, so that it may be strict.
 *
 * @throws JwtError `claims_invalid`; TypeError where the schema gives no proper answer, which is never a pass
 */
export function parseClaims(
  claims: Claims,
  claimsSchema: ClaimsSchema,
  { registeredClaims }: ResolvedOptions,
): Awaitable<Claims> {
  const isRegistered = (name: string): boolean => registeredClaims.includes(name)
  const entries = Object.entries(claims)
  // Without prototypes, as every object that was read from a token.
  const additional = withoutPrototype(entries.filter(([name]) => !isRegistered(name)))
  return whenReady<unknown, Claims>(claimsSchema['~standard'].validate(additional), result => {
    const output = Object.entries(readOutput(result))
    const taken = output.find(([name]) => isRegistered(name))
    if (taken !== undefined)
      throw new TypeError(`claimsSchema puts out ${taken[0]}, which this package fills by itself: leave it out`)
    return withoutPrototype([...entries.filter(([name]) => isRegistered(name)), ...output]) as Claims
  })
}

function readOutput(result: unknown): Record<string, unknown> {
  if (typeof result !== 'object' || result === null) throw noProperAnswer()
  const { value, issues } = result as { readonly value?: unknown; readonly issues?: unknown }
  if (issues) throw refuse(issues)
  if (!isPlainObject(value)) throw noProperAnswer()
  return value
}

function noProperAnswer(): TypeError {
  return new TypeError('claimsSchema must put out a plain object, for it becomes the claims')
}

function refuse(given: unknown): JwtError {
  const issues = Array.isArray(given) ? [...(given as readonly StandardIssue[])] : []
  const paths = [...new Set(issues.map(issue => writePath(issue?.path)))].filter(path => path !== '')
  const named = paths.slice(0, maxNamedPaths).join(', ')
  const rest = paths.length > maxNamedPaths ? ', ...' : ''
  // Never the words of the issues: they may quote values.
  return new JwtError('claims_invalid', named === '' ? 'Invalid claims' : `Invalid claims: ${named}${rest}`, { issues })
}

function writePath(path: unknown): string {
  if (!Array.isArray(path)) return ''
  const written = Array.from(path, (segment: unknown) => String(isSegment(segment) ? segment.key : segment)).join('.')
  return written.length > maxPathLength ? `${written.slice(0, maxPathLength)}...` : written
}

function isSegment(value: unknown): value is { readonly key: unknown } {
  return typeof value === 'object' && value !== null && 'key' in value
}

function withoutPrototype(entries: readonly (readonly [string, unknown])[]): Record<string, unknown> {
  return Object.setPrototypeOf(Object.fromEntries(entries), null)
}
