import { type Awaitable, whenReady } from '../internal/awaitable.ts'
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
export function signToken(
  claims: Readonly<Record<string, unknown>>,
  { key, headers }: { readonly key: Key; readonly headers: Readonly<Record<string, unknown>> },
  { maxTokenSize, isFlask }: ResolvedOptions,
): Awaitable<string> {
  const header = Object.keys(headers).length === 0 ? plainHeaderOf(key, isFlask) : encodeHeader(headers, key, isFlask)
  const signingInput = `${header}.${encodeBase64url(JSON.stringify(claims))}`
  return whenReady(key.sign(signingInput), signature => {
    const token = `${signingInput}.${signature}`
    if (token.length <= maxTokenSize) return token
    throw new TypeError(
      `the token would be ${token.length} bytes; maxTokenSize is ${maxTokenSize}: put less into its claims`,
    )
  })
}

/** The header without any members of the application, by key. */
const plainHeaders = new WeakMap<Key, string>()

function plainHeaderOf(key: Key, isFlask: boolean): string {
  const known = plainHeaders.get(key)
  if (known !== undefined) return known
  const header = encodeHeader({}, key, isFlask)
  plainHeaders.set(key, header)
  return header
}

function encodeHeader(headers: Readonly<Record<string, unknown>>, key: Key, isFlask: boolean): string {
  checkHeaders(headers, key, isFlask)
  const header = encodeBase64url(writeHeader(headers, key))
  if (header.length <= maxHeaderSize) return header
  throw new TypeError(`additional headers cannot be signed: a header is at most ${maxHeaderSize} bytes long`)
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
