import { randomBytes } from 'node:crypto'

const pattern = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

/**
 * Makes an id of 74 random bits that carries a time: a UUID of version 7 (RFC 9562 section 5.7).
 *
 * @param time milliseconds since 1970
 */
export function createUuidV7(time: number): string {
  const bytes = randomBytes(16)
  bytes.writeUIntBE(Math.min(Math.max(0, Math.floor(time)), 2 ** 48 - 1), 0, 6)
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x70
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
  const hex = bytes.toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}

/** The milliseconds since 1970 that such an id carries; undefined where it is none. */
export function readUuidV7Time(id: string): number | undefined {
  return pattern.test(id) ? Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16) : undefined
}
