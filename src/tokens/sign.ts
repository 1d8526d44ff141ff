import { encodeBase64url } from '../internal/base64url.ts'
import { findJsonFault } from '../internal/json.ts'
import type { Key } from '../keys/key.ts'

/** Members that this package sets by itself or never verifies: nobody may put them into a header. */
const refusedMembers: readonly string[] = ['crit', 'b64', 'zip', 'enc', 'jku', 'jwk', 'x5u', 'x5c']

/**
 * Signs claims as a compact JWS (RFC 7515 section 7.1).
 *
 * @throws TypeError where a header member is refused, or the token grows beyond `maxSize` bytes
 */
export async function signToken(
  claims: Readonly<Record<string, unknown>>,
  key: Key,
  { headers, maxSize }: { readonly headers: Readonly<Record<string, unknown>>; readonly maxSize: number },
): Promise<string> {
  const header = buildHeader(headers, key)
  const signingInput = `${encodeBase64url(JSON.stringify(header))}.${encodeBase64url(JSON.stringify(claims))}`
  const signature = await key.sign(signingInput)
  const token = `${signingInput}.${signature.toString('base64url')}`
  if (token.length > maxSize)
    throw new TypeError(
      `the token would be ${token.length} bytes; maxTokenSize is ${maxSize}: put less into its claims`,
    )
  return token
}

function buildHeader(additional: Readonly<Record<string, unknown>>, key: Key): Record<string, unknown> {
  checkHeader(additional, key)
  const { typ = 'JWT', ...rest } = additional
  // A typ of null or '' says that there is to be none.
  return { alg: key.algorithm, ...(typ ? { typ } : {}), ...(key.kid !== undefined && { kid: key.kid }), ...rest }
}

function checkHeader(additional: Readonly<Record<string, unknown>>, key: Key): void {
  const refused = refusedMembers.find(member => Object.hasOwn(additional, member))
  if (refused !== undefined) throw new TypeError(`additional headers cannot hold ${refused}`)
  if (Object.hasOwn(additional, 'alg') && additional['alg'] !== key.algorithm) {
    throw new TypeError('additional headers cannot set alg: it belongs to the key. Choose the key by encodeKey')
  }
  const { kid, typ } = additional
  if (kid !== undefined && typeof kid !== 'string') throw new TypeError('Key ID header parameter must be a string')
  if (typ !== undefined && typ !== null && typeof typ !== 'string')
    throw new TypeError('the header member typ must be a string')
  const fault = findJsonFault(additional, 'headers')
  if (fault !== undefined) throw new TypeError(`${fault}: a header holds plain JSON values`)
}
