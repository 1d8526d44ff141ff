import { describe, expect, test } from 'vitest'
import { createUuidV7, readUuidV7Time } from '../../src/internal/uuid-v7.ts'

describe('a UUID of version 7', () => {
  test('carries a time, and is another each time', () => {
    const [first, second] = [createUuidV7(1_645_557_742_000.9), createUuidV7(1_645_557_742_000)]
    expect(first).toMatch(/^017f22e2-79b0-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    expect(readUuidV7Time(first)).toBe(1_645_557_742_000)
    expect(first).not.toBe(second)
  })

  test('holds times from 1970 to the year 10889, and the nearest of them to others', () => {
    expect(readUuidV7Time(createUuidV7(-5))).toBe(0)
    expect(readUuidV7Time(createUuidV7(Number.MAX_SAFE_INTEGER))).toBe(2 ** 48 - 1)
  })

  test.each([
    '',
    '017f22e2-79b0-4cc3-98c4-dc0c0c07398f',
    '017f22e2-79b0-7cc3-18c4-dc0c0c07398f',
    '017F22E2-79B0-7CC3-98C4-DC0C0C07398F',
    '017f22e2-79b0-7cc3-98c4-dc0c0c07398f\n',
    'x017f22e2-79b0-7cc3-98c4-dc0c0c07398f',
  ])('is not %j', text => {
    expect(readUuidV7Time(text)).toBeUndefined()
  })
})
