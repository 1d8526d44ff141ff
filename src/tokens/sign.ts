import { encodeBase64url } from '../internal/base64url.ts'
import { findJsonFault, measureJson } from '../internal/json.ts'
import type { Key } from '../keys/key.ts'
import type { ResolvedOptions } from '../options.ts'
import { findHeaderFault, maxHeaderSize, maxHeaderValues } from './decode.ts'

/** Members that offer a key, which nobody should be taught to read. */
const keyMembers: readonly string[] = ['jku', 'jwk', 'x5u', 'x5c']

/**
 * Signs claims as a compact JWS (RFC 7515 section 7.1).
 *
 * @throws TypeError where a header member is refused, or the token grows beyond `maxTokenSize`
 */
export async function signToken(
  claims: Readonly<Record<string, unknown>>,
  { key, headers }: { readonly key: Key; readonly headers: Readonly<Record<string, unknown>> },
  { maxTokenSize, isFlask }: ResolvedOptions,
): Promise<string> {
  checkHeaders(headers, key, isFlask)
  const header = encodeBase64url(writeHeader(headers, key))
  if (header.length > maxHeaderSize)
    throw new TypeError(`additional headers cannot be signed: a header is at most ${maxHeaderSize} bytes long`)
  const signingInput = `${header}.${encodeBase64url(JSON.stringify(claims))}`
  const token = `${signingInput}.${await key.sign(signingInput)}`
  if (token.length <= maxTokenSize) return token
  throw new TypeError(
    `the token would be ${token.length} bytes; maxTokenSize is ${maxTokenSize}: put less into its claims`,
  )
}

function writeHeader(additional: Readonly<Record<string, unknown>>, key: Key): string {
  const { typ = 'JWT', ...rest } = additional
  // A typ of null or '' says that there is to be none; JSON leaves out what is undefined.
  const header = JSON.stringify({ alg: key.algorithm, typ: typ || undefined, kid: key.kid, ...rest })
  if (measureJson(header).values <= maxHeaderValues) return header
  throw new TypeError(`additional headers cannot be signed: a header holds at most ${maxHeaderValues} values`)
}

/** By the rules of verification: nothing is signed that would be refused when it comes back. */
function checkHeaders(additional: Readonly<Record<string, unknown>>, key: Key, isFlask: boolean): void {
  if (Object.hasOwn(additional, 'alg') && additional['alg'] !== key.algorithm) {
    throw new TypeError('additional headers cannot set alg: it belongs to the key. Choose the key by encodeKey')
  }
  const offered = isFlask ? undefined : keyMembers.find(member => Object.hasOwn(additional, member))
  if (offered !== undefined) throw new TypeError(`additional headers cannot hold ${offered}`)
  const { typ, ...others } = additional
  const fault =
    findHeaderFault(typ === null || typ === '' ? others : additional) ?? findJsonFault(additional, 'headers')
  if (fault !== undefined) throw new TypeError(`additional headers cannot be signed: ${fault}`)
}
