import type { Jwk } from '../../src/keys/import-key.ts'
import type { KeyEntry } from '../attacks/corpus.ts'

/** Something that must not be seen: its name for people, and pieces of it of which none may appear. */
export interface Needle {
  readonly name: string
  readonly pieces: readonly string[]
}

/** So long is a piece: whoever shows twice as many characters in a row shows one whole. */
const pieceLength = 12

/** Shorter texts appear by chance. */
const shortest = 8

/** The first and the last ones are enough of what is very long. */
const mostPieces = 80

/** A text that must not be seen; blanks are left out, for they depend on how it is shown. */
export function needleOf(name: string, text: string): Needle {
  return { name, pieces: cut(withoutBlanks(text)) }
}

/** Bytes in every spelling that they are commonly shown in. */
export function needlesOfBytes(name: string, bytes: Uint8Array): Needle[] {
  const buffer = Buffer.from(bytes)
  return [
    needleOf(`${name} as text`, buffer.toString('utf8')),
    needleOf(`${name} as hex`, buffer.toString('hex')),
    needleOf(`${name} as base64`, buffer.toString('base64')),
    needleOf(`${name} as base64url`, buffer.toString('base64url')),
    needleOf(`${name} as numbers`, [...buffer.subarray(0, 1000)].join()),
  ]
}

/** What of a token opens a door, or can be decoded: not its header. Other text may be another kind of credential. */
export function needlesOfToken(token: string): Needle[] {
  if (!token.includes('.')) return [needleOf('the token', token)]
  const [, payload = '', signature = ''] = token.slice(0, 100_000).split('.')
  return [needleOf('the payload of the token', payload), needleOf('the signature of the token', signature)]
}

/** The longer texts among the claims of a token: nothing that a refusal should show. */
export function needlesOfClaims(token: string): Needle[] {
  const [, payload = ''] = token.slice(0, 100_000).split('.')
  const texts = textsIn(parse(Buffer.from(payload, 'base64url').toString()))
  return texts.filter(text => text.length > pieceLength).map(text => needleOf('a claim', text))
}

const secretMembers = ['k', 'd', 'p', 'q', 'dp', 'dq', 'qi'] as const

/** The secret members of a JWK, in every spelling. */
export function needlesOfJwk(jwk: Jwk): Needle[] {
  return secretMembers.flatMap(member => {
    const value: unknown = jwk[member]
    return typeof value === 'string' ? needlesOfBytes(`${member} of the JWK`, Buffer.from(value, 'base64url')) : []
  })
}

/** All that is secret about a key of the corpus. */
export function needlesOfKey({ secretUtf8, jwk, privateJwk, pem = {} }: KeyEntry): Needle[] {
  const bodies = [pem['pkcs8'], pem['pkcs1']].filter(text => text !== undefined).map(bodyOfPem)
  return [
    ...(secretUtf8 === undefined ? [] : needlesOfBytes('the secret', Buffer.from(secretUtf8))),
    ...(jwk === undefined ? [] : needlesOfJwk(jwk)),
    ...(privateJwk === undefined ? [] : needlesOfJwk(privateJwk)),
    ...bodies.map(body => needleOf('the PEM text', body)),
  ]
}

/** The first needle that a text shows, with what stands around it. */
export function findNeedle(text: string, needles: readonly Needle[]): string | undefined {
  const searched = withoutBlanks(text)
  for (const { name, pieces } of needles) {
    const at = pieces.map(piece => searched.indexOf(piece)).find(position => position >= 0)
    if (at !== undefined) return `${name}: ...${searched.slice(Math.max(0, at - 60), at + 60)}...`
  }
  return undefined
}

/** The needles without what a text shows rightly. */
export function exceptIn(text: string, needles: readonly Needle[]): Needle[] {
  const shown = withoutBlanks(text)
  return needles.map(({ name, pieces }) => ({ name, pieces: pieces.filter(piece => !shown.includes(piece)) }))
}

function cut(text: string): string[] {
  if (text.length < shortest) return []
  const count = Math.max(1, Math.floor(text.length / pieceLength))
  const numbers = Array.from({ length: Math.min(count, mostPieces) }, (_, index) =>
    index < mostPieces / 2 ? index : count - (Math.min(count, mostPieces) - index),
  )
  return numbers.map(number => text.slice(number * pieceLength, (number + 1) * pieceLength))
}

function bodyOfPem(pem: string): string {
  return pem.replaceAll(/-----[^-]+-----/g, '')
}

function withoutBlanks(text: string): string {
  return text.replaceAll(/\s+/g, '')
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : []
}
