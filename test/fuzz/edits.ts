/** Every character that a careless decoder takes for one of a token, or skips. */
const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/ \n'

/** A token that is to be edited, and another one of the same key to exchange parts with. */
export interface Editable {
  readonly token: string
  readonly sibling: string
}

/** One way to edit a token, in as many variants as it has. */
interface Edit {
  count(token: string): number
  apply(original: Editable, variant: number): string
}

const characters = alphabet.length

/** What a careless reader overlooks at either end of a token. */
const attachments = [
  '.',
  '..',
  '.A',
  'A',
  '=',
  '==',
  ' ',
  ' A',
  '\n',
  '\t',
  '\r\n',
  '\0',
  ',',
  ';',
  '"',
  '\u{a0}',
  '\u{feff}',
]

/** Those of which every token has as many, and few. */
const fewEdits: Readonly<Record<string, Edit>> = {
  'doubled segment': {
    count: () => 6,
    apply: ({ token }, variant) => doubleSegment(token, variant % 3, variant < 3 ? '' : '.'),
  },
  // A bit for each segment: that of the sibling or the token's own. All and none of them are no edit.
  'exchanged segments': {
    count: () => 6,
    apply: (original, variant) => exchangeSegments(original, variant + 1),
  },
  'something behind': {
    count: () => attachments.length,
    apply: ({ token }, variant) => token + attachments[variant],
  },
  'something in front': {
    count: () => attachments.length,
    apply: ({ token }, variant) => attachments[variant] + token,
  },
}

const edits: Readonly<Record<string, Edit>> = {
  ...fewEdits,
  replacement: {
    count: ({ length }) => length * characters,
    apply: ({ token }, variant) => splice(token, Math.floor(variant / characters), 1, characterOf(variant)),
  },
  insertion: {
    count: ({ length }) => (length + 1) * characters,
    apply: ({ token }, variant) => splice(token, Math.floor(variant / characters), 0, characterOf(variant)),
  },
  deletion: {
    count: ({ length }) => length,
    apply: ({ token }, at) => splice(token, at, 1, ''),
  },
  swap: {
    count: ({ length }) => length - 1,
    apply: ({ token }, at) => splice(token, at, 2, token.charAt(at + 1) + token.charAt(at)),
  },
  // Another character, but the same byte for whoever reads text as Latin-1.
  'twin in the low byte': {
    count: ({ length }) => length,
    apply: ({ token }, at) => splice(token, at, 1, String.fromCharCode(token.charCodeAt(at) + 0x100)),
  },
  'cut behind': {
    count: ({ length }) => length,
    apply: ({ token }, kept) => token.slice(0, kept),
  },
  'cut in front': {
    count: ({ length }) => length,
    apply: ({ token }, kept) => token.slice(token.length - kept),
  },
}

/** An edit by its name and its variant, and what it makes of the token. */
export interface Edited {
  readonly how: string
  readonly text: string
}

/** How many edits come first, of which every token has as many: too few to be met by chance. */
export const firstEdits: number = Object.values(fewEdits).reduce((sum, { count }) => sum + count(''), 0)

/** How many edits a token has; some make what others make, too. */
export function countEdits(token: string): number {
  return Object.values(edits).reduce((sum, { count }) => sum + count(token), 0)
}

/** The edit of a token that has this number, below `countEdits`. */
export function editToken(original: Editable, number: number): Edited {
  let variant = number
  for (const [name, { count, apply }] of Object.entries(edits)) {
    const variants = count(original.token)
    if (variant < variants) return { how: `${name} ${variant}`, text: apply(original, variant) }
    variant -= variants
  }
  throw new RangeError(`the token has no edit ${number}`)
}

function characterOf(variant: number): string {
  return alphabet.charAt(variant % characters)
}

function splice(text: string, at: number, removed: number, added: string): string {
  return text.slice(0, at) + added + text.slice(at + removed)
}

function doubleSegment(token: string, doubled: number, separator: string): string {
  const twice = (segment: string): string => segment + separator + segment
  return token
    .split('.')
    .map((segment, index) => (index === doubled ? twice(segment) : segment))
    .join('.')
}

function exchangeSegments({ token, sibling }: Editable, bits: number): string {
  const others = sibling.split('.')
  return token
    .split('.')
    .map((segment, index) => ((bits >> index) & 1 ? others[index] : segment))
    .join('.')
}
