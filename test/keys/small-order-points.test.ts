import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { isSmallOrderPoint } from '../../src/keys/small-order-points.ts'
import { toJwk } from '../support/key-pairs.ts'

/** The eight points of small order, and the encodings of two of them that no encoder writes (y = p, y = p + 1). */
const encodings = [
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0000000000000000000000000000000000000000000000000000000000000080',
  '0100000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000080',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
]

describe('isSmallOrderPoint', () => {
  test.each(encodings)('is true of %s', encoding => {
    expect(isSmallOrderPoint(Buffer.from(encoding, 'hex'))).toBe(true)
  })

  test('is false of the point of a real key', () => {
    const { x = '' } = toJwk(generateKeyPairSync('ed25519').publicKey)
    expect(isSmallOrderPoint(Buffer.from(x, 'base64url'))).toBe(false)
  })

  test('is false of bytes that are no point', () => {
    expect(isSmallOrderPoint(Buffer.alloc(0))).toBe(false)
  })

  test('leaves the bytes as they are', () => {
    const point = Buffer.alloc(32, 0xff)
    isSmallOrderPoint(point)
    expect(point).toEqual(Buffer.alloc(32, 0xff))
  })
})
