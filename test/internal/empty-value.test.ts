import { describe, expect, test } from 'vitest'
import { isEmptyValue } from '../../src/internal/empty-value.ts'

describe('isEmptyValue', () => {
  test.each([[undefined], [null], [false], [0], [''], [[]], [{}]])('is true of %j', value => {
    expect(isEmptyValue(value)).toBe(true)
  })

  test.each([[true], [1], [' '], [[0]], [{ a: undefined }]])('is false of %j', value => {
    expect(isEmptyValue(value)).toBe(false)
  })
})
