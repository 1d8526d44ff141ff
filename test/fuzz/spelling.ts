import fc from 'fast-check'

/** What is done to a segment: how, where, and with which character. */
export type Spelling = readonly [how: string, at: number, by: string]

/** Spellings of a segment which a lenient decoder reads as the same bytes, and the right one. */
export const spelling: fc.Arbitrary<Spelling> = fc.tuple(
  fc.constantFrom('as it is', 'padded', 'foreign character', 'spare bit', 'plain base64', 'nothing'),
  fc.nat(),
  fc.constantFrom('\n', ' ', '=', '\t', '\0', '%', '\u{a0}', '\u{141}', '\u{2028}'),
)

export function respell(segment: string, [how, at, by]: Spelling): string {
  const index = at % (segment.length + 1)
  if (how === 'padded') return segment + '='.repeat((4 - (segment.length % 4)) % 4)
  if (how === 'foreign character') return segment.slice(0, index) + by + segment.slice(index)
  if (how === 'plain base64') return segment.replaceAll('-', '+').replaceAll('_', '/')
  if (how === 'spare bit') return setSpareBit(segment)
  return how === 'nothing' ? '' : segment
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

function setSpareBit(segment: string): string {
  if (segment.length % 4 === 0) return segment
  return segment.slice(0, -1) + alphabet.charAt(alphabet.indexOf(segment.slice(-1)) ^ 1)
}
