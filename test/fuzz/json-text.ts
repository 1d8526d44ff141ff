import fc from 'fast-check'
import { nestObjects } from '../support/json.ts'

const blank = fc.string({ unit: fc.constantFrom(' ', '\t', '\n', '\r'), maxLength: 2 })

/** A string literal in which some characters are spelled as escapes. */
export const jsonString: (text: fc.Arbitrary<string>) => fc.Arbitrary<string> = text =>
  fc.tuple(text, fc.nat(3)).map(([value, every]) => (every === 1 ? escapeAll(value) : JSON.stringify(value)))

/** A number in spellings which JSON allows, some beyond what a double can hold. */
export const jsonNumber: fc.Arbitrary<string> = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
  fc.constantFrom('-0', '0e0', '1.0', '1E+2', '1e999', '-1e999', '1e-999', '9007199254740993'),
)

const name = fc.oneof(
  fc.string(),
  fc.constantFrom('a', 'b', '', '__proto__', 'constructor', 'prototype', 'é', '\u{1f600}'),
)

/** JSON of any kind as text: blanks, escapes, names twice, forbidden names and deep nesting among it. */
export const jsonText: fc.Arbitrary<string> = fc.letrec<{ value: string }>(tie => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom('null', 'true', 'false'),
    jsonNumber,
    jsonString(fc.string({ unit: 'grapheme' })),
    listOf(tie('value'), '[', ']'),
    listOf(memberOf(tie('value')), '{', '}'),
    fc.integer({ min: 28, max: 36 }).map(nestObjects),
  ),
})).value

/** The text of an object, well formed or nearly so. */
export const objectText: fc.Arbitrary<string> = fc.oneof(
  listOf(memberOf(jsonText), '{', '}'),
  jsonText,
  fc
    .tuple(
      listOf(memberOf(jsonText), '{', '}'),
      fc.nat(),
      fc.nat(3),
      fc.constantFrom(...'{}[],:"\\ 0-+.eE/\0\u{feff}\u{a0}'),
    )
    .map(([text, at, length, by]) => {
      const index = at % (text.length + 1)
      return text.slice(0, index) + by + text.slice(index + length)
    }),
)

function memberOf(value: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc
    .tuple(jsonString(name), blank, blank, value)
    .map(([key, before, after, text]) => `${key}${before}:${after}${text}`)
}

function listOf(item: fc.Arbitrary<string>, open: string, close: string): fc.Arbitrary<string> {
  return fc
    .tuple(fc.array(fc.tuple(blank, item, blank), { maxLength: 4 }), blank)
    .map(([items, inside]) => `${open}${inside}${items.map(parts => parts.join('')).join(',')}${close}`)
}

function escapeAll(text: string): string {
  const units = Array.from({ length: text.length }, (_, at) => text.charCodeAt(at).toString(16).padStart(4, '0'))
  return `"${units.map(unit => `\\u${unit}`).join('')}"`
}
