import { randomBytes } from 'node:crypto'
import { parseArgs } from 'node:util'

/**
 * As many random bytes as the longest hash puts out, as base64url: 86 characters that need no quoting in a shell.
 *
 * @throws TypeError at arguments, for it takes none
 */
export function createSecret(args: readonly string[]): string {
  parseArgs({ args: [...args], options: {}, allowPositionals: false })
  return randomBytes(64).toString('base64url')
}
