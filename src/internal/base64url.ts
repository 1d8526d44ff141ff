/** The last characters that leave no spare bit set, where one or two bytes are left over at the end. */
const lastCharacters: Readonly<Record<number, string>> = { 2: 'AQgw', 3: 'AEIMQUYcgkosw048' }

/**
 * Decodes base64url without padding (RFC 7515 section 2), or returns `undefined` where the text is anything else.
 *
 * `Buffer.from` skips foreign characters, takes `+` and `/` too, and ignores spare bits, so that one token would have many
 * spellings and slip past everything that is keyed by its text. Exactly one spelling is left here.
 */
export function decodeBase64url(text: string): Buffer | undefined {
  // What is skipped shows in the length; the decoder folds characters beyond ASCII onto others.
  if (!endsCanonically(text) || text.includes('+') || text.includes('/') || !isAsciiText(text)) return undefined
  const bytes = Buffer.from(text, 'base64url')
  return bytes.length === (text.length * 3) >> 2 ? bytes : undefined
}

/** Encodes text (as UTF-8) or bytes as base64url without padding. */
export function encodeBase64url(input: string | Uint8Array): string {
  return (typeof input === 'string' ? Buffer.from(input, 'utf8') : Buffer.from(input)).toString('base64url')
}

function endsCanonically(text: string): boolean {
  const rest = text.length % 4
  if (rest === 0) return true
  return rest !== 1 && (lastCharacters[rest] ?? '').includes(text.charAt(text.length - 1))
}

function isAsciiText(text: string): boolean {
  return Buffer.byteLength(text, 'utf8') === text.length
}
