import type { Claims } from '../context.ts'
import { readUuidV7Time } from '../internal/uuid-v7.ts'

/**
 * When a token was issued, in milliseconds since 1970, as watermarks are compared with it: to the millisecond where the
 * id carries the time, as those of this package do; else the begin of the second of `iat`, so that a token in doubt
 * counts as the older one. Undefined where it says neither.
 */
export function readIssuedAt({ jti, iat }: Pick<Claims, 'jti' | 'iat'>): number | undefined {
  const time = jti === null ? undefined : readUuidV7Time(jti)
  return time ?? (iat === undefined ? undefined : Math.floor(iat) * 1000)
}
