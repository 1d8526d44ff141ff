/**
 * The encodings of the points of small order on edwards25519, canonical and not, without the bit of the sign. Such a
 * "public key" accepts signatures which nobody made with a private key.
 */
const encodings: ReadonlySet<string> = new Set([
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
])

/** Whether 32 bytes encode a point of small order. */
export function isSmallOrderPoint(point: Uint8Array): boolean {
  const withoutSign = Buffer.from(point)
  withoutSign[31] = (withoutSign[31] ?? 0) & 0x7f
  return encodings.has(withoutSign.toString('hex'))
}
