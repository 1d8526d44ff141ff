import { sign, verify } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fromDer, toDer } from '../../src/keys/ecdsa-signature.ts'
import { generateKeyPair } from '../support/key-pairs.ts'

describe('signatures of ECDSA', () => {
  test.each([
    ['ES256', 'sha256', 64],
    ['ES384', 'sha384', 96],
    ['ES512', 'sha512', 132],
  ] as const)('of %s are converted as Node converts them', (algorithm, hash, size) => {
    const { privateKey, publicKey } = generateKeyPair(algorithm)
    const p1363 = { dsaEncoding: 'ieee-p1363' } as const
    for (let round = 0; round < 40; round++) {
      const text = Buffer.from(`text ${round}`)
      const der = sign(hash, text, privateKey)
      const raw = fromDer(der, size)
      expect(raw).toHaveLength(size)
      expect(verify(hash, text, { key: publicKey, ...p1363 }, raw)).toBe(true)
      expect(verify(hash, text, publicKey, toDer(sign(hash, text, { key: privateKey, ...p1363 })))).toBe(true)
    }
  })

  test('are the same after both ways, whatever their numbers are', () => {
    const digit = fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.integer({ min: 0, max: 255 }))
    const half = fc.uint8Array({ minLength: 32, maxLength: 32 })
    const small = fc.array(digit, { minLength: 32, maxLength: 32 }).map(digits => Uint8Array.from(digits))
    fc.assert(
      fc.property(fc.oneof(half, small), fc.oneof(half, small), (r, s) => {
        const raw = Buffer.concat([r, s])
        expect(fromDer(toDer(raw), 64)).toEqual(raw)
      }),
    )
  })

  test('are numbers without a sign: a leading bit gets a zero before it, other zeros go', () => {
    const raw = Buffer.concat([Buffer.alloc(31), Buffer.from([0x80]), Buffer.alloc(31), Buffer.from([0x7f])])
    expect(toDer(raw).toString('hex')).toBe('3007' + '02020080' + '02017f')
  })
})
