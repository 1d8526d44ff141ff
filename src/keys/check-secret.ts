import { isUtf8 } from 'node:buffer'
import type { Algorithm } from './algorithms.ts'
import { isKnownSecret } from './known-secrets.ts'

interface SecretRules {
  readonly name: string
  readonly algorithm: Algorithm
  readonly minBytes: number
  readonly allowWeak: boolean
}

/** Nobody types more. Random bytes have no pattern further on either, and to look for one takes the square of the time. */
const maxPatternBytes = 4096

/** Quotes, NUL, blanks, and in UTF-8 a BOM and a blank that does not break, as bytes. */
const wrapping = /^(\xef\xbb\xbf|\xc2\xa0|["'`\0\s])+|(\xef\xbb\xbf|\xc2\xa0|["'`\0\s])+$/g

const remedy = 'Generate one with: npx jwt-extended secret'

/**
 * Text that stands where a secret was to be put, also where digits stand for letters. No pattern of either list is so
 * short that random bytes, in whatever encoding, hold it by chance: each asks for eight given letters, nine with
 * digits among them, or for the whole text. 64 random bytes as base64url hold one of them once in 10^9 times.
 */
const longPlaceholders: readonly RegExp[] = [
  /change([-_ ]?(this|before|the)|[-_ ](me|it|in))/i,
  /(super|top|very|the|my[-_ ])[-_ ]?secret|secret[-_ ]?key/i,
  /replace[-_ ]?(me|this|with)|placeholder|for[-_ ]development|insecure|password/i,
]

/** Further such text, written with letters. */
const placeholders: readonly RegExp[] = [
  ...longPlaceholders,
  /change(me|it)|mysecret|^change[-_ ]/i,
  /your[-_ ]([^-_ ]{1,20}[-_ ]){0,8}(secret|key|password|token)/i,
  /(^|[-_ .])example|example([-_ .]|key|secret|$)/i,
  /^insert[-_ ]|insert( |[-_](a|the|your|some|here|my))/i,
  /\b(todo|fixme)(:? |[-_](set|put|add|use|change|replace|fill|generate))/i,
  /^<[\w -]+>$/,
  /^\$\{\w+(:-.*)?\}$/,
  /\$\{\w*(secret|key|token|password|jwt)\w*[:}]/i,
  /^(undefined|null|nan|true|false)+$/i,
  /\[object \w+\]/i,
]

/**
 * Whether weak secrets are allowed, which they never are in production.
 *
 * @throws TypeError where they are to be, with NODE_ENV=production
 */
export function allowsWeakSecret(isAsked: boolean): boolean {
  if (!isAsked || process.env['NODE_ENV'] !== 'production') return isAsked
  throw new TypeError(
    `dangerouslyAllowWeakSecret is for development: with NODE_ENV=production use a strong secret. ${remedy}`,
  )
}

/**
 * Refuses a secret that can be guessed, for whoever guesses it signs tokens for anybody. In this order: empty, a
 * key document of another kind, too short (RFC 7518 section 3.2), publicly known, a placeholder, without variety.
 *
 * @throws TypeError with the remedy; the secret is never in the message
 */
export function checkSecret(secret: Buffer, rules: SecretRules): void {
  const { name, algorithm, minBytes, allowWeak } = rules
  if (secret.length === 0) throw new TypeError(`${name} is empty. ${remedy}`)
  const text = secret.toString('latin1')
  if (isKeyDocument(secret, text)) {
    throw new TypeError(
      `${name} holds a key document (PEM, JWK, SSH or DER), which is never an HMAC secret. For an asymmetric algorithm give it as publicKey or privateKey`,
    )
  }
  if (allowWeak) return
  if (secret.length < minBytes) {
    throw new TypeError(
      `${name} is ${secret.length} bytes; ${algorithm} needs at least ${minBytes} (RFC 7518 section 3.2). ${remedy}`,
    )
  }
  const weakness = findWeakness(secret)
  if (weakness !== undefined) throw new TypeError(`${name} ${weakness}. ${remedy}`)
}

function findWeakness(secret: Buffer): string | undefined {
  const all = spellings(secret)
  if (all.some(isKnownSecret)) return 'is a publicly known secret'
  // What random text is decoded to is no text.
  const texts = all.filter(isText)
  if (texts.some(isPlaceholder)) return 'is a placeholder'
  return [secret, ...texts].map(findPattern).find(found => found !== undefined)
}

/** Whether bytes are text: random bytes are not. */
function isText(bytes: Buffer): boolean {
  return isUtf8(bytes) && /^[\t\n\r\P{Cc}]*$/u.test(bytes.toString('utf8'))
}

function findPattern(secret: Buffer): string | undefined {
  if (isPeriodic(secret.subarray(0, maxPatternBytes))) return 'repeats itself'
  if (countSteps(secret) > ((secret.length - 1) * 2) / 3) return 'runs through neighbouring characters'
  if (new Set(secret).size < 8) return 'has fewer than 8 different bytes'
  return undefined
}

function isKeyDocument(secret: Buffer, text: string): boolean {
  if (/-----BEGIN |---- BEGIN SSH2 |^\s*(ssh-|ecdsa-sha2-|sk-)\S* AAAA/.test(text)) return true
  if (/^\s*\{.*"k(ty|eys)"\s*:/s.test(text)) return true
  // Base64 begins with the bytes of such a sequence now and then; DER is never text.
  return !/^[\x20-\x7e]*$/.test(text) && isDerSequence(secret)
}

/**
 * An ASN.1 SEQUENCE of an INTEGER or a SEQUENCE first and of more behind it, each exactly as long as it says: as every
 * key in DER is. Of random bytes one secret in ten million only begins so.
 */
function isDerSequence(bytes: Buffer): boolean {
  const content = readElement(bytes)
  if (bytes[0] !== 0x30 || content?.end !== bytes.length) return false
  if (bytes[content.start] !== 0x02 && bytes[content.start] !== 0x30) return false
  let elements = 0
  let at: number | undefined = content.start
  for (; at !== undefined && at < bytes.length; elements++) at = readElement(bytes, at)?.end
  return at === bytes.length && elements >= 2
}

/** Where the content of an element in DER starts and ends; `undefined` where it has no length of up to three bytes. */
function readElement(bytes: Buffer, at = 0): { start: number; end: number } | undefined {
  const first = bytes[at + 1]
  if (first === undefined || first === 0x80 || first > 0x83) return undefined
  const lengthBytes = first < 0x80 ? 0 : first & 0x7f
  const start = at + 2 + lengthBytes
  if (start > bytes.length) return undefined
  return { start, end: start + (lengthBytes === 0 ? first : bytes.readUIntBE(at + 2, lengthBytes)) }
}

/** The secret itself, and what it may have been before somebody encoded it, twice at most, or put something around it. */
function spellings(secret: Buffer): Buffer[] {
  if (secret.length > maxPatternBytes) return [secret]
  const once = [secret, ...decodings(secret)]
  const twice = once.slice(1).flatMap(decodings)
  return [...once, ...twice, ...twice.map(unwrap)]
}

/** The bytes without quotes, BOM, NUL and blanks around them, and what these are in base64, base64url and in hex. */
function decodings(bytes: Buffer): Buffer[] {
  const bare = unwrap(bytes)
  const compact = bare.toString('latin1').replaceAll(/\s/g, '')
  const all = [bare]
  const digits = compact.replace(/^0x/i, '')
  if (/^([0-9a-f]{2})+$/i.test(digits)) all.push(Buffer.from(digits, 'latin1'), Buffer.from(digits, 'hex'))
  if (/^[\w+/-]+=*$/.test(compact)) all.push(Buffer.from(compact, 'base64'))
  return all
}

function unwrap(bytes: Buffer): Buffer {
  return Buffer.from(bytes.toString('latin1').replace(wrapping, ''), 'latin1')
}

function isPlaceholder(bytes: Buffer): boolean {
  const text = bytes.toString('utf8', 0, maxPatternBytes)
  const letters = withoutLeetspeak(text)
  return placeholders.some(pattern => pattern.test(text)) || longPlaceholders.some(pattern => pattern.test(letters))
}

/** The letters that digits stand for in such spellings, by the digit. */
const lettersOfDigits = 'oizeasgt'

function withoutLeetspeak(text: string): string {
  return text.replaceAll(/[0-7]/g, digit => lettersOfDigits.charAt(Number(digit)))
}

/** Whether nearly all of the bytes are one piece over and over, be it with a few others before or behind. */
function isPeriodic(bytes: Buffer): boolean {
  for (let period = 1; period <= bytes.length / 2; period++) if (hasPeriod(bytes, period)) return true
  return false
}

function hasPeriod(bytes: Buffer, period: number): boolean {
  let others = (bytes.length - period) * 0.1
  for (let index = period; index < bytes.length && others >= 0; index++) {
    if (bytes[index] !== bytes[index - period]) others--
  }
  return others >= 0
}

/** How often a byte is followed by its neighbour, as in `abcdef` or `987654`. */
function countSteps(bytes: Buffer): number {
  return bytes.subarray(1).filter((byte, index) => Math.abs(byte - bytes.readUInt8(index)) === 1).length
}
