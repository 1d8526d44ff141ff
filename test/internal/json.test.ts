import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { findJsonFault, parseBoundedJsonObject, parseJsonObject } from '../../src/internal/json.ts'
import { forbiddenNames, hasForbiddenName, nestObjects } from '../support/json.ts'

const bytesOf = (text: string): Buffer => Buffer.from(text, 'utf8')

describe('parseJsonObject', () => {
  test('agrees with JSON.parse on every object without forbidden names', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue()), fc.nat(4), (value, indent) => {
        fc.pre(!hasForbiddenName(value))
        const text = JSON.stringify(value, null, indent)
        expect(isDeepStrictEqual({ ...parseJsonObject(bytesOf(text)) }, JSON.parse(text))).toBe(true)
      }),
    )
  })

  test('refuses every object that holds a name twice, however the second is spelled', () => {
    const spellOut = (name: string): string =>
      [...Array(name.length).keys()].map(at => `\\u${name.charCodeAt(at).toString(16).padStart(4, '0')}`).join('')
    const members = fc.dictionary(fc.string({ minLength: 1 }), fc.jsonValue(), { minKeys: 1 })
    fc.assert(
      fc.property(members, fc.boolean(), fc.boolean(), (value, isEscaped, isNested) => {
        const [name = ''] = Object.keys(value)
        const again = isEscaped ? `"${spellOut(name)}"` : JSON.stringify(name)
        const text = `${JSON.stringify(value).slice(0, -1)},${again}:1}`
        expect(parseJsonObject(bytesOf(isNested ? `{"a":[${text}]}` : text))).toBeUndefined()
      }),
    )
  })

  test('gives an object without a prototype', () => {
    expect(Object.getPrototypeOf(parseJsonObject(bytesOf('{"a":1}')))).toBeNull()
  })

  test.each([
    ['no text at all', ''],
    ['a text cut short', '{"a":1'],
    ['two objects', '{}{}'],
    ['an array', '[]'],
    ['a string', '"a"'],
    ['a number', '1'],
    ['null', 'null'],
    ['true', 'true'],
    ['a BOM', '\u{feff}{}'],
    ['a comment', '{}//'],
    ['a comma at the end', '{"a":1,}'],
    ['single quotes', "{'a':1}"],
    ['NaN', '{"a":NaN}'],
    ['a NUL at the end', '{}\0'],
    ['a no-break space', '{\u{a0}}'],
  ])('refuses %s', (_, text) => {
    expect(parseJsonObject(bytesOf(text))).toBeUndefined()
  })

  test.each([
    ['a byte that UTF-8 does not have', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])],
    ['a character cut short', Buffer.concat([bytesOf('{"a":"'), Buffer.from([0xe2, 0x82]), bytesOf('"}')])],
    ['an overlong quote', Buffer.concat([bytesOf('{'), Buffer.from([0xc0, 0xa2]), bytesOf('a":1}')])],
    ['an encoded surrogate', Buffer.concat([bytesOf('{"a":"'), Buffer.from([0xed, 0xa0, 0x80]), bytesOf('"}')])],
    ['UTF-16', Buffer.from('{"a":1}', 'utf16le')],
    ['UTF-16 with a BOM', Buffer.from('\u{feff}{"a":1}', 'utf16le')],
  ])('refuses %s', (_, bytes) => {
    expect(parseJsonObject(bytes)).toBeUndefined()
  })

  test('reads the next text after one that broke off', () => {
    expect(parseJsonObject(Buffer.from([0xe2, 0x82]))).toBeUndefined()
    expect(parseJsonObject(bytesOf('{"a":1}'))).toEqual({ a: 1 })
  })

  test.each([
    ['twice in a row', '{"a":1,"a":1}'],
    ['twice with another between', '{"a":1,"b":2,"a":3}'],
    ['a second time by an escape', '{"a":1,"\\u0061":2}'],
    ['twice in an object inside', '{"a":{"b":1,"b":2}}'],
    ['twice in an object inside an array', '{"a":[{"b":1,"b":2}]}'],
    ['twice, with blanks before the colon', '{"a" \t\r\n:1,"a"\n:2}'],
    ['twice, and it is empty', '{"":1,"":2}'],
    ['twice, and it holds a quote', '{"\\"":1,"\\"":2}'],
    ['twice, and it ends in a backslash', '{"\\\\":1,"\\\\":2}'],
  ])('refuses a name that stands there %s', (_, text) => {
    expect(parseJsonObject(bytesOf(text))).toBeUndefined()
  })

  test.each([
    ['one name at two levels', '{"a":{"a":1}}', { a: { a: 1 } }],
    ['one name in two objects of an array', '{"a":[{"b":1},{"b":2}]}', { a: [{ b: 1 }, { b: 2 }] }],
    ['a string that looks like a name', '{"a":"\\"a\\":1"}', { a: '"a":1' }],
    ['a string in front of a colon in a string', '{"a":"b\\\\","c":": :"}', { a: 'b\\', c: ': :' }],
    ['a string that begins with a colon, or has a blank before one', '{"a":":b","c":" :"}', { a: ':b', c: ' :' }],
    ['names that differ in case', '{"a":1,"A":2}', { a: 1, A: 2 }],
    ['blanks around everything', ' {\t"a"\n:\r1 } ', { a: 1 }],
  ])('accepts %s', (_, text, value) => {
    expect(parseJsonObject(bytesOf(text))).toEqual(value)
  })

  test.each(forbiddenNames)('refuses a member named %s', name => {
    expect(parseJsonObject(bytesOf(`{"${name}":1}`))).toBeUndefined()
  })

  test.each(forbiddenNames)('refuses a member named %s inside an object of an array', name => {
    expect(parseJsonObject(bytesOf(`{"a":[[{"b":{"${name}":{}}}]]}`))).toBeUndefined()
  })

  test('refuses a forbidden name spelled with an escape', () => {
    expect(parseJsonObject(bytesOf('{"\\u005f_proto__":1}'))).toBeUndefined()
  })

  test('accepts a forbidden name as a value', () => {
    expect(parseJsonObject(bytesOf('{"a":"__proto__"}'))).toEqual({ a: '__proto__' })
  })

  test('does not count what another library has added to every object', () => {
    Object.defineProperty(Object.prototype, 'added', { value: 1, enumerable: true, configurable: true })
    const parsed = parseJsonObject(bytesOf('{"a":{"b":1}}'))
    Reflect.deleteProperty(Object.prototype, 'added')
    expect(parsed).toEqual({ a: { b: 1 } })
  })

  test('accepts 32 levels', () => {
    expect(parseJsonObject(bytesOf(nestObjects(32)))).toBeDefined()
  })

  test('refuses 33 levels', () => {
    expect(parseJsonObject(bytesOf(nestObjects(33)))).toBeUndefined()
  })

  test('counts arrays as levels', () => {
    expect(parseJsonObject(bytesOf(`{"a":${'['.repeat(31)}${']'.repeat(31)}}`))).toBeDefined()
    expect(parseJsonObject(bytesOf(`{"a":${'['.repeat(32)}${']'.repeat(32)}}`))).toBeUndefined()
  })

  test.each([
    ['far too many levels', `{"a":${'['.repeat(8000)}${']'.repeat(8000)}}`, 100_000],
    ['more values than are allowed', '{"a":[1,{},3]}', 3],
  ])('refuses %s before it parses them', (_, text, maxValues) => {
    const parse = vi.spyOn(JSON, 'parse')
    onTestFinished(() => parse.mockRestore())
    expect(parseBoundedJsonObject(bytesOf(text), maxValues)).toBeUndefined()
    expect(parse).not.toHaveBeenCalled()
  })

  test('counts values at all levels, and none in strings', () => {
    expect(parseBoundedJsonObject(bytesOf('{"a":[1,{}],"b":",[{"}'), 5)).toBeDefined()
    expect(parseBoundedJsonObject(bytesOf('{"a":[1,{}],"b":",[{"}'), 4)).toBeUndefined()
  })

  test.each([
    ['a number', '1'],
    ['blanks', ' '],
  ])('refuses %s of more than 256 characters in a text that comes from anybody', (_, character) => {
    const textOf = (length: number): string =>
      character === ' ' ? `{"a":${' '.repeat(length - 1)}1}` : `{"a":${character.repeat(length)}}`
    expect(parseBoundedJsonObject(bytesOf(textOf(256)), 9)).toBeDefined()
    expect(parseBoundedJsonObject(bytesOf(textOf(257)), 9)).toBeUndefined()
    expect(parseJsonObject(bytesOf(textOf(257)))).toBeDefined()
    const long = `{"a":"${character.repeat(300)}","b":[1,2],"c":{}}`
    expect(parseBoundedJsonObject(bytesOf(long), 9)).toBeDefined()
  })

  test('survives a string that does not end', () => {
    expect(parseJsonObject(bytesOf('{"a":"b'))).toBeUndefined()
  })

  test('survives far too many levels', () => {
    expect(parseJsonObject(bytesOf(`{"a":${'['.repeat(8000)}${']'.repeat(8000)}}`))).toBeUndefined()
  })
})

describe('findJsonFault', () => {
  test('finds none in what JSON can hold', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), value => {
        fc.pre(!hasForbiddenName(value))
        expect(findJsonFault(value, 'claims')).toBeUndefined()
      }),
    )
  })

  class Account {}
  const orphan: object = Object.create(Object.create(null))
  const toJSON = (): number => 2
  const hiding = Object.defineProperty({ b: 1 }, 'toJSON', { value: toJSON, enumerable: false })
  const cycle: Record<string, unknown> = {}
  cycle['self'] = cycle

  test.each([
    ['NaN', { a: Number.NaN }, 'claims.a is NaN, which JSON cannot hold'],
    ['Infinity', { a: [Number.POSITIVE_INFINITY] }, 'claims.a.0 is Infinity, which JSON cannot hold'],
    ['undefined', { a: undefined }, 'claims.a is undefined, which JSON cannot hold'],
    ['a bigint', { a: 1n }, 'claims.a is a bigint, which JSON cannot hold'],
    ['a symbol', { a: Symbol('s') }, 'claims.a is a symbol, which JSON cannot hold'],
    ['a function', { a: () => 1 }, 'claims.a is a function, which JSON cannot hold'],
    ['a Date', { a: new Date(0) }, 'claims.a is an object of class Date, which JSON cannot hold'],
    ['a Map', { a: new Map() }, 'claims.a is an object of class Map, which JSON cannot hold'],
    ['an instance of a class', { a: new Account() }, 'claims.a is an object of class Account, which JSON cannot hold'],
    ['an object of no class', { a: orphan }, 'claims.a is an object of class unknown, which JSON cannot hold'],
    ['a sparse array', { a: new Array(1) }, 'claims.a.0 is undefined, which JSON cannot hold'],
    [
      'a list with a toJSON',
      { a: [Object.assign([1], { toJSON })] },
      'claims.a.0 has a toJSON: JSON writes another value',
    ],
    ['a toJSON', { a: { toJSON } }, 'claims.a.toJSON is a function, which JSON cannot hold'],
    ['a hidden toJSON', { a: hiding }, 'claims.a has a toJSON: JSON writes another value'],
    ['a cycle', cycle, `claims${'.self'.repeat(32)} nests deeper than 32 levels`],
    ['a lone surrogate', { a: ['\u{d800}'] }, 'claims.a.0 holds a lone surrogate'],
    [
      'a name with a lone surrogate',
      { a: { '\u{dfff}': 1 } },
      'claims.a has a member whose name holds a lone surrogate',
    ],
  ])('finds %s', (_, value, fault) => {
    expect(findJsonFault(value, 'claims')).toBe(fault)
  })

  test.each(forbiddenNames)('finds a member named %s', name => {
    const value = { a: [Object.fromEntries([[name, 1]])] }
    expect(findJsonFault(value, 'claims')).toBe(`claims.a.0 has a member named ${name}`)
  })

  test('accepts as many levels as are read again, and not one more', () => {
    expect(findJsonFault(JSON.parse(nestObjects(32)), 'claims')).toBeUndefined()
    expect(findJsonFault(JSON.parse(nestObjects(33)), 'claims')).toMatch(/nests deeper than 32 levels$/)
  })
})
