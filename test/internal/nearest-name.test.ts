import { describe, expect, test } from 'vitest'
import { findNearestName } from '../../src/internal/nearest-name.ts'

const known = ['secretKey', 'privateKey', 'publicKey', 'algorithm'] as const

describe('findNearestName', () => {
  test.each([
    ['secretkey', 'secretKey'],
    ['secetKey', 'secretKey'],
    ['algoritm', 'algorithm'],
    ['PRIVATE_KEY', 'privateKey'],
    ['algorithm', 'algorithm'],
  ])('finds the name that %s was meant to be', (name, meant) => {
    expect(findNearestName(name, known)).toBe(meant)
  })

  test.each(['tokenLocation', '', 'x'])('finds none near %j', name => {
    expect(findNearestName(name, known)).toBeUndefined()
  })

  test('finds none where none is known', () => {
    expect(findNearestName('secretKey', [])).toBeUndefined()
  })
})
