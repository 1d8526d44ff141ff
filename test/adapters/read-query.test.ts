import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readQuery } from '../../src/adapters/read-query.ts'
import { thrownRefusalOf } from '../support/refusals.ts'

describe('readQuery', () => {
  test.each<[url: string, values: string[]]>([
    ['/', []],
    ['/?', []],
    ['/?jwt', ['']],
    ['/?jwt=', ['']],
    ['/?jwt=a', ['a']],
    ['/?jwt=a&jwt=b', ['a', 'b']],
    ['/?a=jwt=b&jwtx=c&xjwt=d&JWT=e', []],
    ['/?a=1&&jwt=a=b&', ['a=b']],
    ['/?%6Awt=a&j%77%74=b', ['a', 'b']],
    ['/?%6a%77%7=a&%zz=b&%=c&jw%', []],
    ['/?jwt%3Da=b', []],
    ['/?jwt=a%2Eb+c', ['a.b c']],
    ['/?jwt=%zz&jwt=%', ['%zz', '%']],
    ['/?jwt=a?jwt=b', ['a?jwt=b']],
    ['https://example.com/jwt?x=1&jwt=%C3%A9', ['é']],
  ])('finds in %j the values %j', (url, values) => {
    expect(readQuery(url, 'jwt')).toEqual(values)
  })

  test('finds what URLSearchParams finds, wherever that can be decoded', () => {
    const piece = fc.oneof(
      fc.constantFrom('jwt', 'a b', 'é', '=', '&', '+', '%3D', '%26', '%6a', 'j', '%C3%A9', '%20', 'x'),
      fc.stringMatching(/^[\w.-]{0,3}$/),
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), fc.constantFrom('jwt', 'a b', 'é', 'x='), (pieces, name) => {
        const query = pieces.join('').replaceAll(' ', '+').replaceAll('é', '%C3%A9')
        const expected = new URLSearchParams(query).getAll(name)
        fc.pre(expected.length <= 16)
        expect(readQuery(`/?${query}`, name)).toEqual(expected)
      }),
      { numRuns: 1000 },
    )
  })

  test('refuses more than 1000 parameters, and more than 16 of one name', () => {
    const others = 'a&'.repeat(999)
    expect(readQuery(`/?${others}jwt=a`, 'jwt')).toEqual(['a'])
    expect(thrownRefusalOf(() => readQuery(`/?a&${others}jwt=a`, 'jwt'))).toMatchObject({
      code: 'header_malformed',
      message: 'The query has too many parameters',
    })
    const own = 'jwt=a&'.repeat(15)
    expect(readQuery(`/?${own}jwt=a`, 'jwt')).toHaveLength(16)
    expect(thrownRefusalOf(() => readQuery(`/?jwt=a&${own}jwt=b`, 'jwt')).code).toBe('header_malformed')
  })
})
