import type { UnverifiedJwt } from '../context.ts'
import { JwtError } from '../errors.ts'
import { decodeBase64url } from '../internal/base64url.ts'
import { parseBoundedJsonObject, parseJsonObject } from '../internal/json.ts'

/** A token taken apart, unverified: nothing but the choice of a key may depend on it. */
export interface DecodedJwt {
  readonly header: Readonly<Record<string, unknown>>
  /** The header as it is written. */
  readonly headerText: string
  /** The text that is signed: header, dot, payload. */
  readonly signingInput: string
  readonly payload: string
  readonly signature: string
}

/** Headers by how they are written, those that have been read before. */
interface ReadHeaders {
  get(text: string): DecodedJwt['header'] | undefined
}

/** The longest header, in bytes: whoever sends one has not yet been asked for a signature. */
export const maxHeaderSize = 5120

/** The most values, at all levels, of a header, which is read before anything is known of who wrote it: it has three. */
export const maxHeaderValues = 64

/** Members which change what a token means, or how it is read: none of them is understood here. */
const refusedMembers: readonly string[] = ['crit', 'b64', 'zip', 'enc']

const acceptedTypes: ReadonlySet<string> = new Set(['jwt', 'application/jwt', 'at+jwt', 'application/at+jwt'])

/**
 * Takes a compact JWS (RFC 7515 section 7.1) apart and checks its grammar and its header, but no signature.
 *
 * @throws JwtError `token_invalid`
 */
export function decodeToken(token: unknown, maxSize: number, known?: ReadHeaders): DecodedJwt {
  if (typeof token !== 'string') throw invalid('The token is not a string')
  if (token.length > maxSize) throw invalid(`The token is longer than ${maxSize} bytes`)
  const first = token.indexOf('.')
  const second = token.indexOf('.', first + 1)
  if (first === -1 || second === -1) throw invalid('Not enough segments')
  if (token.includes('.', second + 1)) throw invalid('Too many segments')
  const headerText = token.slice(0, first)
  return {
    header: known?.get(headerText) ?? decodeHeader(headerText),
    headerText,
    signingInput: token.slice(0, second),
    payload: token.slice(first + 1, second),
    signature: token.slice(second + 1),
  }
}

/** Reads the payload, which is trusted no more than the signature that has been checked before. */
export function decodePayload(payload: string): Record<string, unknown> {
  return parsed(parseJsonObject(decodeSegment(payload, 'payload')), 'payload')
}

/** Decodes one segment to bytes, or refuses it. */
export function decodeSegment(segment: string, name: string): Buffer {
  const bytes = decodeBase64url(segment)
  if (bytes === undefined) throw invalid(`The ${name} is not base64url without padding`)
  return bytes
}

/**
 * What a token says, without any check of who made it. The claims are read when they are asked for.
 *
 * @throws JwtError `token_invalid` where it is no token at all
 */
export function decodeUnverified(token: unknown, maxSize: number): UnverifiedJwt {
  const { header, payload, signature } = decodeToken(token, maxSize)
  decodeSegment(payload, 'payload')
  decodeSegment(signature, 'signature')
  return {
    verified: false,
    header,
    get claims() {
      return decodePayload(payload)
    },
  }
}

/** Says why a header is not accepted (RFC 7515 section 4.1), or returns `undefined` where it is. */
export function findHeaderFault(header: Readonly<Record<string, unknown>>): string | undefined {
  const refused = refusedMembers.find(member => Object.hasOwn(header, member))
  if (refused !== undefined) return `The header has ${refused}, which is not supported`
  const { kid, typ, cty } = header
  if (kid !== undefined && typeof kid !== 'string') return 'Key ID header parameter must be a string'
  if (typ !== undefined && !isAcceptedType(typ)) return 'The header names a typ that is not accepted'
  if (cty !== undefined && isNestedJwt(cty)) return 'Nested tokens are not supported'
  return undefined
}

function decodeHeader(segment: string): Record<string, unknown> {
  if (segment.length > maxHeaderSize) throw invalid(`The header is longer than ${maxHeaderSize} bytes`)
  const header = parsed(parseBoundedJsonObject(decodeSegment(segment, 'header'), maxHeaderValues), 'header')
  const fault = findHeaderFault(header)
  if (fault !== undefined) throw invalid(fault)
  return header
}

function parsed(object: Record<string, unknown> | undefined, name: string): Record<string, unknown> {
  if (object !== undefined) return object
  throw invalid(`The ${name} is not one JSON object in UTF-8 with each name once`)
}

// Media types are compared without regard to case (RFC 7515 section 4.1.9).
function isAcceptedType(typ: unknown): boolean {
  return typeof typ === 'string' && acceptedTypes.has(typ.toLowerCase())
}

function isNestedJwt(cty: unknown): boolean {
  return typeof cty !== 'string' || /^(application\/)?jwt$/i.test(cty)
}

function invalid(message: string): JwtError {
  return new JwtError('token_invalid', message)
}
