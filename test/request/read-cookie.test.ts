import fc from 'fast-check'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { readCookie, trimBlanks } from '../../src/request/read-cookie.ts'

describe('readCookie', () => {
  test.each([
    ['', []],
    ['a=1', ['1']],
    ['b=2; a=1; c=3', ['1']],
    ['b=2;a=1;c=3', ['1']],
    ['a=1; a=2', ['1', '2']],
    ['  \ta \t= \t1\t ', ['1']],
    [`${' '.repeat(64)}a${' '.repeat(64)}=1`, ['1']],
    [`${' '.repeat(65)}a=1`, []],
    [`a${' '.repeat(65)}=1`, []],
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

  test('finds the same as if all cookies were split', () => {
    const splitCookies = (header: string, name: string): string[] =>
      header
        .split(';')
        .map(pair => /^([^=]*)=(.*)$/s.exec(pair))
        .filter(match => match !== null)
        .filter(([, key = '']) => trimBlanks(key) === name)
        .map(([, , value = '']) => trimBlanks(value).replace(/^"(.*)"$/s, '$1'))
    const part = fc.constantFrom('a', 'b', 'ab', 'aba', '=', ';', ' ', '\t', '"', '\u00a0', '\n')
    fc.assert(
      fc.property(fc.string({ unit: part }), fc.constantFrom('a', 'ab', 'aba'), (header, name) => {
        expect(readCookie(header, name)).toEqual(splitCookies(header, name))
      }),
      { numRuns: 2000 },
    )
  })

  test('does not take other cookies apart, however many there are', () => {
    const slice = vi.spyOn(String.prototype, 'slice')
    onTestFinished(() => slice.mockRestore())
    readCookie(`${'a=1; '.repeat(10_000)}token=2`, 'token')
    expect(slice.mock.calls.length).toBeLessThan(10)
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
