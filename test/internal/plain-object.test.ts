import { describe, expect, test } from 'vitest'
import { isPlainObject } from '../../src/internal/plain-object.ts'

describe('isPlainObject', () => {
  test.each([
    ['an object literal', { a: 1 }],
    ['an object without a prototype', Object.create(null)],
  ])('accepts %s', (_, value) => {
    expect(isPlainObject(value)).toBe(true)
  })

  test.each([
    ['null', null],
    ['undefined', undefined],
    ['an array', []],
    ['text', 'a'],
    ['a function', () => 1],
    ['a Date', new Date(0)],
    ['a Map', new Map()],
    ['an object that inherits from another', Object.create({})],
  ])('refuses %s', (_, value) => {
    expect(isPlainObject(value)).toBe(false)
  })
})
