import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readCookie, trimBlanks } from '../../src/request/read-cookie.ts'

describe('readCookie', () => {
  test.each([
    ['', []],
    ['a=1', ['1']],
    ['b=2; a=1; c=3', ['1']],
    ['b=2;a=1;c=3', ['1']],
    ['a=1; a=2', ['1', '2']],
    ['  \ta \t= \t1\t ', ['1']],
    ['a="1"', ['1']],
    ['a="', ['"']],
    ['a="1', ['"1']],
    ['a=', ['']],
    ['a', []],
    ['A=1', []],
    ['aa=1', []],
    ['=a=1', []],
    ['a=b=c', ['b=c']],
    ['a=1, a=2', ['1, a=2']],
    ['a=%31', ['%31']],
    ['\u00a0a=1', []],
    ['\u2003a=1', []],
    ['a\u00a0=1', []],
    ['a=\u00a01', ['\u00a01']],
    ['__proto__=x; a=1', ['1']],
  ])('reads a from %j as %j', (header, values) => {
    expect(readCookie(header, 'a')).toEqual(values)
  })

  test('finds what was written, whatever stands beside it', () => {
    const name = fc.stringMatching(/^[a-z_]{1,8}$/)
    const value = fc.stringMatching(/^[\w.-]{0,20}$/)
    fc.assert(
      fc.property(fc.uniqueArray(fc.tuple(name, value), { selector: ([key]) => key, minLength: 1 }), pairs => {
        const header = pairs.map(pair => pair.join('=')).join('; ')
        for (const [key, written] of pairs) expect(readCookie(header, key)).toEqual([written])
      }),
    )
  })
})

describe('trimBlanks', () => {
  test.each([
    ['', ''],
    [' ', ''],
    ['\t a b \t', 'a b'],
    ['\u00a0a\n', '\u00a0a\n'],
  ])('trims %j to %j', (text, trimmed) => {
    expect(trimBlanks(text)).toBe(trimmed)
  })
})
