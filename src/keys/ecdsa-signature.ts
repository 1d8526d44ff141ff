const integerTag = 0x02
const sequenceTag = 0x30

/**
 * r || s (RFC 7518 section 3.4) as the DER sequence of two integers that OpenSSL works with (RFC 3279 section 2.2.3).
 * Node converts it, too, but takes longer for that than for a look at the options which say so.
 */
export function toDer(signature: Buffer): Buffer {
  const half = signature.length / 2
  const integers = [toInteger(signature.subarray(0, half)), toInteger(signature.subarray(half))]
  const length = integers.reduce((sum, integer) => sum + integer.length, 0)
  // 132 bytes of a signature on P-521 take the long form of a length.
  const head = length < 0x80 ? [sequenceTag, length] : [sequenceTag, 0x81, length]
  return Buffer.concat([Buffer.from(head), ...integers])
}

/** r || s, each as long as half of `size` bytes, of a DER signature that OpenSSL has made. */
export function fromDer(der: Buffer, size: number): Buffer {
  const signature = Buffer.alloc(size)
  let start = der.readUInt8(1) === 0x81 ? 3 : 2
  for (const end of [size / 2, size]) {
    const length = der.readUInt8(start + 1)
    const integer = der.subarray(start + 2, start + 2 + length)
    const digits = integer.subarray(Math.max(0, length - size / 2))
    signature.set(digits, end - digits.length)
    start += 2 + length
  }
  return signature
}

/** An unsigned number as a DER integer: without leading zeros, but with one where it would be read as negative. */
function toInteger(digits: Buffer): Buffer {
  let start = 0
  while (start < digits.length - 1 && digits[start] === 0) start++
  const rest = digits.subarray(start)
  const sign = rest.readUInt8(0) >= 0x80 ? [0] : []
  return Buffer.concat([Buffer.from([integerTag, rest.length + sign.length, ...sign]), rest])
}
