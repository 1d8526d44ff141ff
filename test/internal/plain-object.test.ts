import { runInNewContext } from 'node:vm'
import { describe, expect, test } from 'vitest'
import { isPlainObject } from '../../src/internal/plain-object.ts'

describe('isPlainObject', () => {
  test.each([
    ['an object literal', { a: 1 }],
    ['an object without a prototype', Object.create(null)],
    ['an object literal of another realm', runInNewContext('({ a: 1 })')],
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
    ['an object that inherits from one without a prototype', Object.create(Object.create(null))],
    ['an array of another realm', runInNewContext('[]')],
    ['a Date of another realm', runInNewContext('new Date(0)')],
    ['an instance of a class of another realm', runInNewContext('new (class {})()')],
  ])('refuses %s', (_, value) => {
    expect(isPlainObject(value)).toBe(false)
  })
})
