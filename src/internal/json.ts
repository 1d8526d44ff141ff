import { isPlainObject } from './plain-object.ts'

/** How deep a header or a payload may nest: far beyond any real token, and the walk below stays small. */
export const maxJsonDepth = 32

/** Member names which reach into prototypes once somebody copies or merges the object. */
const forbiddenNames: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype'])

// `fatal`: no replacement characters. `ignoreBOM`: a BOM stays in the text, where JSON.parse then refuses it.
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * Parses the bytes of a JSON object as strictly as a token must be read: valid UTF-8 without a BOM, one object, no
 * member name twice (RFC 8725 section 2.4), no `__proto__` and the like, at most 32 levels.
 *
 * @returns an object without a prototype, or `undefined` where the bytes are anything else
 */
export function parseJsonObject(bytes: Uint8Array): Record<string, unknown> | undefined {
  const text = decodeUtf8(bytes)
  if (text === undefined) return undefined
  const value = parseJson(text)
  if (!isPlainObject(value)) return undefined
  const members = countMembers(value)
  // JSON.parse keeps the last of two equal names without a trace: then the text names more members than there are.
  if (members === undefined || members !== countNames(text)) return undefined
  return Object.setPrototypeOf(value, null)
}

/** Says why a value would not come back from JSON as it went in, or returns `undefined` where it would. */
export function findJsonFault(value: unknown, path: string, depth = 1): string | undefined {
  if (value === null || typeof value === 'boolean') return undefined
  if (typeof value === 'number')
    return Number.isFinite(value) ? undefined : `${path} is ${value}, which JSON cannot hold`
  if (typeof value === 'string') return value.isWellFormed() ? undefined : `${path} holds a lone surrogate`
  if (!Array.isArray(value) && !isPlainObject(value)) return `${path} is ${describe(value)}, which JSON cannot hold`
  if (depth > maxJsonDepth) return `${path} nests deeper than ${maxJsonDepth} levels`
  const members = Array.isArray(value) ? [...value.entries()] : Object.entries(value)
  for (const [name, member] of members) {
    if (forbiddenNames.has(String(name))) return `${path} has a member named ${name}`
    if (!String(name).isWellFormed()) return `${path} has a member whose name holds a lone surrogate`
    const fault = findJsonFault(member, `${path}.${name}`, depth + 1)
    if (fault !== undefined) return fault
  }
  return undefined
}

function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return utf8.decode(bytes)
  } catch {
    return undefined
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Counts all members at all levels; `undefined` where a name is forbidden or the nesting too deep. */
function countMembers(root: object): number | undefined {
  let count = 0
  let level: object[] = [root]
  for (let depth = 1; level.length > 0; depth++) {
    if (depth > maxJsonDepth) return undefined
    const next: object[] = []
    for (const parent of level) {
      const names = Array.isArray(parent) ? [] : Object.keys(parent)
      if (names.some(name => forbiddenNames.has(name))) return undefined
      count += names.length
      for (const child of Object.values(parent)) if (typeof child === 'object' && child !== null) next.push(child)
    }
    level = next
  }
  return count
}

/** Counts the strings of a (valid) JSON text which are followed by a colon: its member names. */
function countNames(text: string): number {
  let count = 0
  for (let open = text.indexOf('"'); open !== -1; ) {
    const close = findClosingQuote(text, open)
    if (isColonNext(text, close + 1)) count++
    open = text.indexOf('"', close + 1)
  }
  return count
}

function findClosingQuote(text: string, open: number): number {
  let close = text.indexOf('"', open + 1)
  while (isEscaped(text, close)) close = text.indexOf('"', close + 1)
  return close
}

function isEscaped(text: string, index: number): boolean {
  let backslashes = 0
  while (text[index - 1 - backslashes] === '\\') backslashes++
  return backslashes % 2 === 1
}

function isColonNext(text: string, start: number): boolean {
  let index = start
  while (text[index] === ' ' || text[index] === '\n' || text[index] === '\r' || text[index] === '\t') index++
  return text[index] === ':'
}

function describe(value: unknown): string {
  if (typeof value === 'object') return `an object of class ${value?.constructor?.name ?? 'unknown'}`
  return value === undefined ? 'undefined' : `a ${typeof value}`
}
