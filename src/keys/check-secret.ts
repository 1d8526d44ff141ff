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

const remedy = 'Generate one with: npx jwt-extended secret'

/** Text that stands where a secret was to be put. Nothing here is so short that random bytes hold it now and then. */
const placeholders: readonly RegExp[] = [
  /change[-_ ]?(me|this|it|in|before)|^change/i,
  /your[-_ ].*(secret|key|password|token)/i,
  /(super|top|very|my|the)[-_ ]?secret[-_ ]?(key|token|password)?/i,
  /secret[-_ ]?key/i,
  /^<[\x20-\x7e]*>$/,
  /\$\{[a-z_][\x20-\x7e]*\}/i,
  /^(undefined|null|nan|true|false)+$/i,
  /\[object \w+\]/i,
  /^django-insecure-/i,
  /replace[-_ ]?(me|this|with)|\b(todo|fixme)\b|example|placeholder|for[-_ ]development|insert[-_ ]/i,
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
  const weakness = findWeakness(secret, text)
  if (weakness !== undefined) throw new TypeError(`${name} ${weakness}. ${remedy}`)
}

function findWeakness(secret: Buffer, text: string): string | undefined {
  if (spellings(secret, text).some(isKnownSecret)) return 'is a publicly known secret'
  const beginning = text.slice(0, maxPatternBytes)
  if (isPlaceholder(beginning) || isPlaceholder(withoutLeetspeak(beginning))) return 'is a placeholder'
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

/** An ASN.1 SEQUENCE, exactly as long as it says, of an INTEGER or a SEQUENCE first: as every key in DER begins. */
function isDerSequence(bytes: Buffer): boolean {
  if (bytes[0] !== 0x30 || bytes.length < 32) return false
  const first = bytes.readUInt8(1)
  const lengthBytes = first < 0x80 ? 0 : first & 0x7f
  if (lengthBytes > 3 || first === 0x80) return false
  const length = lengthBytes === 0 ? first : bytes.readUIntBE(2, lengthBytes)
  const content = bytes.subarray(2 + lengthBytes)
  return content.length === length && (content[0] === 0x02 || content[0] === 0x30)
}

/** The secret itself, without blanks around it, and what it may have been before somebody encoded it. */
function spellings(secret: Buffer, text: string): Buffer[] {
  const trimmed = text.trim()
  const all = [secret, Buffer.from(trimmed, 'latin1')]
  if (/^[0-9a-f]+$/i.test(trimmed) && trimmed.length % 2 === 0) all.push(Buffer.from(trimmed, 'hex'))
  if (/^[\w+/-]+=*$/.test(trimmed)) all.push(Buffer.from(trimmed, 'base64'))
  return all
}

function isPlaceholder(text: string): boolean {
  return placeholders.some(pattern => pattern.test(text))
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
