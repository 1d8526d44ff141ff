import { randomUUID } from 'node:crypto'

const pattern = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

/**
 * Makes an id of 74 random bits that carries a time: a UUID of version 7 (RFC 9562 section 5.7).
 *
 * @param time milliseconds since 1970
 */
export function createUuidV7(time: number): string {
  const milliseconds = Math.min(Math.max(0, Math.floor(time)), 2 ** 48 - 1)
  // In halves, for V8 is slow to write larger numbers in another base than ten.
  const hex = toHex(Math.floor(milliseconds / 2 ** 24)) + toHex(milliseconds % 2 ** 24)
  // Behind the version the random bits and the variant stand where those of version 4 do, which Node makes ahead.
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7${randomUUID().slice(15)}`
}

function toHex(bits24: number): string {
  return bits24.toString(16).padStart(6, '0')
}

/** The milliseconds since 1970 that such an id carries; undefined where it is none. */
export function readUuidV7Time(id: string): number | undefined {
  return pattern.test(id) ? parseHex(id.slice(0, 8)) * 2 ** 16 + parseHex(id.slice(9, 13)) : undefined
}

function parseHex(digits: string): number {
  return Number.parseInt(digits, 16)
}
