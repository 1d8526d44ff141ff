import { randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { isKnownSecret } from '../../src/keys/known-secrets.ts'

describe('isKnownSecret', () => {
  test.each([
    ['the default of a well-known debugger', 'a-string-secret-at-least-256-bits-long'],
    ['the secret of a well-known tutorial', '09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7'],
  ])('knows %s', (_, secret) => {
    expect(isKnownSecret(Buffer.from(secret))).toBe(true)
  })

  test('does not know a secret that has just been made', () => {
    expect(isKnownSecret(randomBytes(32))).toBe(false)
  })
})
