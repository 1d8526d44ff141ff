import { createHmac, createSecretKey, randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { Hmac } from '../../src/keys/hmac.ts'

const hashes = ['sha256', 'sha384', 'sha512'] as const

/** RFC 4231 section 4: keys and data as hex, and the start of each digest. */
const rfc4231 = [
  ['0b'.repeat(20), '4869205468657265', 'b0344c61d8db38535ca8afceaf0bf12b', 'afd03944d84895626b0825f4ab46907f'],
  [
    '4a656665',
    '7768617420646f2079612077616e7420666f72206e6f7468696e673f',
    '5bdcc146bf60754e6a042426089575c7',
    'af45d2e376484031617f78d2b58a6b1b',
  ],
  [
    'aa'.repeat(131),
    Buffer.from('Test Using Larger Than Block-Size Key - Hash Key First').toString('hex'),
    '60e431591ee0b67f0d8a26aacbf5b77f',
    '4ece084485813e9088d2c63a041bc5b4',
  ],
] as const

describe('Hmac', () => {
  test.each(rfc4231)('makes of the key %s what RFC 4231 says', (key, data, sha256, sha384) => {
    const text = Buffer.from(data, 'hex').toString('latin1')
    const digest = (hash: (typeof hashes)[number]): string =>
      Buffer.from(new Hmac(hash, createSecretKey(key, 'hex')).digest(text) ?? '', 'base64url').toString('hex')
    expect(digest('sha256').startsWith(sha256)).toBe(true)
    expect(digest('sha384').startsWith(sha384)).toBe(true)
  })

  test.each(hashes)('takes the quick way with %s, whatever the length of the key', hash => {
    for (const keyBytes of [1, 64, 65, 129])
      expect(new Hmac(hash, createSecretKey(randomBytes(keyBytes))).isSound).toBe(true)
  })

  test.each(hashes)('makes with %s what createHmac makes, whatever the lengths of key and text', hash => {
    for (const keyBytes of [1, 31, 32, 63, 64, 65, 127, 128, 129, 300]) {
      const key = randomBytes(keyBytes)
      const hmac = new Hmac(hash, createSecretKey(key))
      for (const length of [0, 1, 63, 64, 65, 128, 290, 4095, 4096, 4097, 20_000]) {
        const text = randomBytes(length).toString('base64url').slice(0, length)
        expect(hmac.digest(text)).toBe(createHmac(hash, key).update(text).digest('base64url'))
      }
    }
  })

  test.each([10, 4091, 4092, 4093, 4094, 4095, 4096, 5000])(
    'has no digest of a text of %d characters with one that is not ASCII',
    length => {
      const hmac = new Hmac('sha256', createSecretKey(randomBytes(32)))
      // Its low byte is that of A.
      for (const foreign of ['\u0141', '\u00e9', '\ud83d\ude00'])
        expect(hmac.digest(foreign + 'A'.repeat(length))).toBeUndefined()
    },
  )

  test('keeps nothing of one text for the next', () => {
    const key = randomBytes(32)
    const hmac = new Hmac('sha256', createSecretKey(key))
    hmac.digest('A'.repeat(4096))
    expect(hmac.digest('short')).toBe(createHmac('sha256', key).update('short').digest('base64url'))
  })
})
