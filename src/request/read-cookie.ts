/**
 * Every value of a cookie in a `Cookie` header (RFC 6265 section 5.4), byte for byte. Only space and tab are trimmed:
 * `trim()` also eats what other software takes for a part of the name. Quotes around a value are not part of it. Where
 * there are more than `limit` the others are left out.
 */
export function readCookie(header: string, name: string, limit: number = Number.POSITIVE_INFINITY): string[] {
  const values: string[] = []
  // Search, and not `split`: thousands of other cookies cost next to nothing.
  for (
    let start = header.indexOf(name);
    start !== -1 && values.length < limit;
    start = header.indexOf(name, start + name.length)
  ) {
    const equals = skipBlanks(header, start + name.length)
    if (header[equals] !== '=' || !startsPair(header, start)) continue
    const end = header.indexOf(';', equals)
    values.push(unquote(trimBlanks(header.slice(equals + 1, end === -1 ? undefined : end))))
  }
  return values
}

/**
 * Trims space and tab, the only blanks that HTTP knows (RFC 9110 section 5.6.3). Where there are more of them than
 * anybody writes some stay, and make what they stand around wrong.
 */
export function trimBlanks(text: string): string {
  const first = Math.min(text.length, maxTrimmed)
  const last = Math.max(0, text.length - maxTrimmed)
  let start = 0
  let end = text.length
  while (start < first && isBlank(text, start)) start++
  while (end > last && isBlank(text, end - 1)) end--
  return text.slice(start, end)
}

const maxTrimmed = 512

/** Nobody writes more of them around a name. */
const maxBlanks = 64

function skipBlanks(text: string, start: number): number {
  let index = start
  while (index < start + maxBlanks && isBlank(text, index)) index++
  return index
}

/** Whether nothing but blanks stands between an index and the semicolon before it. */
function startsPair(header: string, start: number): boolean {
  let index = start - 1
  while (index >= start - maxBlanks && isBlank(header, index)) index--
  return index < 0 || header[index] === ';'
}

// By code, for a text may be all blanks.
function isBlank(text: string, index: number): boolean {
  const code = text.charCodeAt(index)
  return code === 0x20 || code === 0x09
}

function unquote(value: string): string {
  return value.length > 1 && value.startsWith('"') && value.endsWith('"') ? value.slice(1, -1) : value
}
