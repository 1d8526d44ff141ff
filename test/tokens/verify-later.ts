import type { CheckedJwt } from '../../src/tokens/verify.ts'
import { verifyToken as verifyAtOnce } from '../../src/tokens/verify.ts'

/** Always a promise, whatever the verification has to wait for. */
export async function verifyToken(...args: Parameters<typeof verifyAtOnce>): Promise<CheckedJwt> {
  return verifyAtOnce(...args)
}
