import { expect, test } from 'vitest'
import { deepFreeze } from '../../src/internal/deep-freeze.ts'

test('deepFreeze freezes a value and all that is in it', () => {
  const value = { list: [{ name: 'a' }], none: null, text: 'b' }
  expect(deepFreeze(value)).toBe(value)
  expect(() => Object.assign(value, { text: 'c' })).toThrow(TypeError)
  expect(() => value.list.push({ name: 'd' })).toThrow(TypeError)
  expect(() => Object.assign(value.list[0] ?? {}, { name: 'e' })).toThrow(TypeError)
})
