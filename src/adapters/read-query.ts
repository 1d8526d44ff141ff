import { JwtError } from '../errors.ts'

/** As many as common parsers read; what comes from anybody is not searched without end. */
const maxParameters = 1000
/** Of one name. */
const maxValues = 16

/** In one value. */
const maxPluses = 64

const codes = { plus: 0x2b, percent: 0x25, equals: 0x3d, space: 0x20 } as const

/**
 * Every value of a query parameter in a path or URL, decoded once (URL Standard section 5.1). What cannot be decoded stays
 * as it is: that is no token.
 *
 * Other parameters are passed over at their first letter, for `URLSearchParams` would decode them all.
 *
 * @throws JwtError `header_malformed` where the query has more than 1000 parameters, or the same one more than 16 times
 */
export function readQuery(url: string, name: string): string[] {
  const values: string[] = []
  const question = url.indexOf('?')
  if (question === -1) return values
  const wanted = Buffer.from(name)
  let count = 0
  for (let start = question + 1; start <= url.length; ) {
    const ampersand = url.indexOf('&', start)
    const end = ampersand === -1 ? url.length : ampersand
    const value = writtenValue(url, start, end, wanted)
    if (value !== undefined) values.push(decode(value))
    if (++count > maxParameters || values.length > maxValues)
      throw new JwtError('header_malformed', 'The query has too many parameters')
    start = end + 1
  }
  return values
}

/** The value of the pair between two indexes as it is written, or undefined where it has another name. */
function writtenValue(url: string, start: number, end: number, name: Uint8Array): string | undefined {
  let index = start
  // By index: an iterator would take longer than the rest.
  for (let place = 0; place < name.length; place++) {
    const escaped = url.charCodeAt(index) === codes.percent && index + 2 < end ? hexByte(url, index + 1) : undefined
    if ((escaped ?? literalAt(url, index, end)) !== name[place]) return undefined
    index += escaped === undefined ? 1 : 3
  }
  if (index === end) return ''
  return url.charCodeAt(index) === codes.equals ? url.slice(index + 1, end) : undefined
}

/** A character of a name that stands for itself; undefined where the name is over. */
function literalAt(url: string, index: number, end: number): number | undefined {
  const code = url.charCodeAt(index)
  if (index >= end || code === codes.equals) return undefined
  return code === codes.plus ? codes.space : code
}

function hexByte(url: string, index: number): number | undefined {
  const [high, low] = [hexDigit(url.charCodeAt(index)), hexDigit(url.charCodeAt(index + 1))]
  return high === undefined || low === undefined ? undefined : high * 16 + low
}

function hexDigit(code: number): number | undefined {
  if (code >= 0x30 && code <= 0x39) return code - 0x30
  // In lower case.
  const letter = code | 0x20
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : undefined
}

function decode(value: string): string {
  const spaced = replacePluses(value)
  if (!spaced.includes('%')) return spaced
  try {
    return decodeURIComponent(spaced)
  } catch {
    return spaced
  }
}

/** A prefix may hold some; a text with more of them is no token, and to replace thousands takes long. */
function replacePluses(value: string): string {
  let count = 0
  for (let index = value.indexOf('+'); index !== -1; index = value.indexOf('+', index + 1))
    if (++count > maxPluses) return value
  return count === 0 ? value : value.replaceAll('+', ' ')
}
