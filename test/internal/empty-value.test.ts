import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { isEmptyValue } from '../../src/internal/empty-value.ts'

describe('isEmptyValue', () => {
  test.each([[undefined], [null], [false], [0], [''], [[]], [{}]])('is true of %j', value => {
    expect(isEmptyValue(value)).toBe(true)
  })

  test('writes out none of the keys of an array', () => {
    const keys = vi.spyOn(Object, 'keys')
    onTestFinished(() => keys.mockRestore())
    expect(isEmptyValue(Array(10).fill(0))).toBe(false)
    expect(keys).not.toHaveBeenCalled()
  })

  test.each([[true], [1], [' '], [[0]], [{ a: undefined }]])('is false of %j', value => {
    expect(isEmptyValue(value)).toBe(false)
  })
})
