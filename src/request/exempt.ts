import type { JwtRequest } from './request.ts'

/**
 * Whether a request passes without a check: `OPTIONS`, for a CORS preflight carries no token. Not where it asks for
 * another protocol (RFC 9110 section 7.8): what that opens is no answer to `OPTIONS`, and no preflight asks for it.
 */
export function isExempt(request: JwtRequest): boolean {
  return request.method === 'OPTIONS' && request.header('upgrade') === undefined
}
