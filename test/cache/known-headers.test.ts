import { expect, test } from 'vitest'
import { KnownHeaders } from '../../src/cache/known-headers.ts'

test('KnownHeaders gives the header that was read, frozen', () => {
  const known = new KnownHeaders()
  expect(known.get('text')).toBeUndefined()
  const header = { alg: 'HS256', list: [1] }
  known.remember('text', header)
  expect(known.get('text')).toBe(header)
  expect(() => header.list.push(2)).toThrow(TypeError)
})

test('KnownHeaders is bounded, and the first ones stay', () => {
  const known = new KnownHeaders()
  for (let index = 0; index < 1000; index++) known.remember(`text ${index}`, { alg: 'HS256' })
  expect(known.get('text 0')).toBeDefined()
  expect(known.get('text 255')).toBeDefined()
  expect(known.get('text 256')).toBeUndefined()
})
