import { isUtf8 } from 'node:buffer'
import { isPlainObject } from './plain-object.ts'

/** How deep a header or a payload may nest: far beyond any real token, and the walk below stays small. */
export const maxJsonDepth = 32

/**
 * Whether a member's name reaches into prototypes once somebody copies or merges the object. By comparisons, which cost
 * next to nothing where a list takes longer than all else there is to do with a name.
 */
export function isForbiddenName(name: string): boolean {
  return name === '__proto__' || name === 'constructor' || name === 'prototype'
}

/** Code units, which are compared many times faster than characters. */
const codes = {
  space: 0x20,
  quote: 0x22,
  comma: 0x2c,
  colon: 0x3a,
  openBracket: 0x5b,
  backslash: 0x5c,
  closeBracket: 0x5d,
  openBrace: 0x7b,
  closeBrace: 0x7d,
} as const

/**
 * Parses the bytes of a JSON object as strictly as a token must be read: valid UTF-8 without a BOM, one object, no
 * member name twice (RFC 8725 section 2.4), no `__proto__` and the like, at most 32 levels.
 *
 * @returns an object without a prototype, or `undefined` where the bytes are anything else
 */
export function parseJsonObject(bytes: Buffer): Record<string, unknown> | undefined {
  const text = decodeUtf8(bytes)
  return text === undefined ? undefined : parseObject(text)
}

/**
 * The same for what comes from anybody: how much there is to parse is seen before it is parsed.
 *
 * @param maxValues the most values at all levels
 */
export function parseBoundedJsonObject(bytes: Buffer, maxValues: number): Record<string, unknown> | undefined {
  const text = decodeUtf8(bytes)
  if (text === undefined) return undefined
  const { depth, values, longestRun } = measureJson(text)
  return depth > maxJsonDepth || values > maxValues || longestRun > maxRun ? undefined : parseObject(text)
}

function parseObject(text: string): Record<string, unknown> | undefined {
  const value = parseJson(text)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  const object = Object.setPrototypeOf(value, null)
  const members = countMembers(object, 1)
  // JSON.parse keeps the last of two equal names without a trace: then the text names more members than there are.
  if (members !== countNamesAtMost(text) && members !== measureJson(text).names) return undefined
  return object
}

/** Says why a value would not come back from JSON as it went in, or returns `undefined` where it would. */
export function findJsonFault(value: unknown, path: string): string | undefined {
  const fault = findFault(value, 1)
  return fault === undefined ? undefined : path + fault
}

/** What goes on from the path of the value, so that no path is written where there is no fault. */
function findFault(value: unknown, depth: number): string | undefined {
  if (value === null || typeof value === 'boolean') return undefined
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : ` is ${value}, which JSON cannot hold`
  if (typeof value === 'string') return value.isWellFormed() ? undefined : ' holds a lone surrogate'
  const isList = Array.isArray(value)
  if (!isList && !isPlainObject(value)) return ` is ${describe(value)}, which JSON cannot hold`
  if (depth > maxJsonDepth) return ` nests deeper than ${maxJsonDepth} levels`
  const fault = isList ? findFaultOfItem(value, depth) : findFaultOfMember(value, depth)
  if (fault !== undefined) return fault
  // Of a list, or hidden: no member above, and yet JSON.stringify asks it for another value.
  const { toJSON } = value as { readonly toJSON?: unknown }
  return typeof toJSON === 'function' ? ' has a toJSON: JSON writes another value' : undefined
}

function findFaultOfItem(list: readonly unknown[], depth: number): string | undefined {
  // By index, for a list may have holes.
  for (let index = 0; index < list.length; index++) {
    const fault = findFault(list[index], depth + 1)
    if (fault !== undefined) return `.${index}${fault}`
  }
  return undefined
}

function findFaultOfMember(object: Readonly<Record<string, unknown>>, depth: number): string | undefined {
  for (const name of Object.keys(object)) {
    if (isForbiddenName(name)) return ` has a member named ${name}`
    if (!name.isWellFormed()) return ' has a member whose name holds a lone surrogate'
    const fault = findFault(object[name], depth + 1)
    if (fault !== undefined) return `.${name}${fault}`
  }
  return undefined
}

function decodeUtf8(bytes: Buffer): string | undefined {
  // A BOM stays in the text, where JSON.parse then refuses it.
  return isUtf8(bytes) ? bytes.toString('utf8') : undefined
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Counts all members at all levels; NaN, which equals no number, where a name is forbidden or the nesting too deep. */
function countMembers(parent: object, depth: number): number {
  if (depth > maxJsonDepth) return Number.NaN
  if (Array.isArray(parent)) return parent.reduce((count, child) => count + countWithin(child, depth), 0)
  let count = 0
  // Many times faster than a list of the names. The root has no prototype any more, whose members it would go through.
  for (const name in parent) {
    if (depth > 1 && !Object.hasOwn(parent, name)) continue
    if (isForbiddenName(name)) return Number.NaN
    count += 1 + countWithin((parent as Record<string, unknown>)[name], depth)
  }
  return count
}

function countWithin(child: unknown, depth: number): number {
  return typeof child === 'object' && child !== null ? countMembers(child, depth + 1) : 0
}

/**
 * How many names a (valid) JSON text can have: a colon that follows anything but a quote or a blank stands in a string,
 * as that of a URL.
 */
function countNamesAtMost(text: string): number {
  let count = 0
  for (let index = text.indexOf(':'); index !== -1; index = text.indexOf(':', index + 1)) {
    const before = text.charCodeAt(index - 1)
    if (before === codes.quote || before <= codes.space) count++
  }
  return count
}

interface JsonMeasure {
  readonly depth: number
  /** Outside of strings, each colon follows a name. */
  readonly names: number
  /** Each value stands behind a bracket or a comma: at most so many, at all levels. */
  readonly values: number
  /** Of a number, or of blanks. */
  readonly longestRun: number
}

/** No number is longer that says anything in more digits, and nobody writes more blanks. */
const maxRun = 256

/** Measures a JSON text without parsing it: in one pass, whatever is in it. */
export function measureJson(text: string): JsonMeasure {
  let level = 0
  let depth = 0
  let names = 0
  let values = 0
  let isInString = false
  let run = 0
  let longestRun = 0
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if (isInString) {
      if (code === codes.backslash) index++
      else if (code === codes.quote) isInString = false
      continue
    }
    run = isStructural(code) ? 0 : run + 1
    if (run > longestRun) longestRun = run
    if (code === codes.quote) isInString = true
    else if (code === codes.colon) names++
    else if (code === codes.comma) values++
    else if (code === codes.openBrace || code === codes.openBracket) {
      values++
      depth = Math.max(depth, ++level)
    } else if (code === codes.closeBrace || code === codes.closeBracket) level--
  }
  return { depth, names, values, longestRun }
}

function isStructural(code: number): boolean {
  // A bracket and a brace differ in one bit.
  const brace = code | codes.space
  return (
    code === codes.quote ||
    code === codes.comma ||
    code === codes.colon ||
    brace === codes.openBrace ||
    brace === codes.closeBrace
  )
}

function describe(value: unknown): string {
  if (typeof value === 'object') return `an object of class ${value?.constructor?.name ?? 'unknown'}`
  return value === undefined ? 'undefined' : `a ${typeof value}`
}
