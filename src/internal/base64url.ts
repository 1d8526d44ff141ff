/**
 * Decodes base64url without padding (RFC 7515 section 2), or returns `undefined` where the text is anything else.
 *
 * `Buffer.from` skips foreign characters and ignores spare bits, so that one token would have many spellings and slip
 * past everything that is keyed by its text. Encoding again and comparing leaves exactly one spelling.
 */
export function decodeBase64url(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64url')
  return bytes.toString('base64url') === text ? bytes : undefined
}

/** Encodes text (as UTF-8) or bytes as base64url without padding. */
export function encodeBase64url(input: string | Uint8Array): string {
  return (typeof input === 'string' ? Buffer.from(input, 'utf8') : Buffer.from(input)).toString('base64url')
}
