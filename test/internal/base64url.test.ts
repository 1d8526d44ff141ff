import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeBase64url, encodeBase64url } from '../../src/internal/base64url.ts'

describe('encodeBase64url', () => {
  test('encodes text as UTF-8', () => {
    expect(encodeBase64url('Ł')).toBe('xYE')
  })

  test('encodes bytes without padding', () => {
    expect(encodeBase64url(Uint8Array.of(0xfb, 0xff, 0xfe, 0x00))).toBe('-__-AA')
  })
})

describe('decodeBase64url', () => {
  test('gives back the bytes that were encoded', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), bytes => {
        expect(decodeBase64url(encodeBase64url(bytes))).toEqual(Buffer.from(bytes))
      }),
    )
  })

  test('decodes the empty text to no bytes', () => {
    expect(decodeBase64url('')).toEqual(Buffer.alloc(0))
  })

  test('accepts no text but the one that it encodes to', () => {
    const unit = fc.constantFrom('A', 'Q', 'g', '_', '-', '+', '/', '=', '.', ' ', '\n', '\0', '\u{a0}', '\u{141}')
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 8 }), text => {
        const bytes = decodeBase64url(text)
        expect(bytes === undefined || encodeBase64url(bytes) === text).toBe(true)
      }),
    )
  })

  test.each([
    ['padding', 'AA=='],
    ['a plus sign', '+_-A'],
    ['a slash', '/_-A'],
    ['a blank', 'AA AA'],
    ['a newline at the end', 'AAAA\n'],
    ['a NUL', 'AAAA\0'],
    ['a no-break space', 'AAAA\u{a0}'],
    ['a letter whose lower byte is an A', '\u{141}AAA'],
    ['spare bits in the last of two characters', 'AB'],
    ['spare bits in the last of three characters', 'AAB'],
    ['a single character', 'A'],
    ['one character too many', 'AAAAA'],
  ])('refuses %s', (_, text) => {
    expect(decodeBase64url(text)).toBeUndefined()
  })
})
