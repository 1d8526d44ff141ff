import { randomBytes } from 'node:crypto'

/** As many random bytes as the longest hash puts out, as base64url: 86 characters that need no quoting in a shell. */
export function createSecret(): string {
  return randomBytes(64).toString('base64url')
}
