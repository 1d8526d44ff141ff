/**
 * Every value of a cookie in a `Cookie` header (RFC 6265 section 5.4), byte for byte. Only space and tab are trimmed:
 * `trim()` also eats what other software takes for a part of the name. Quotes around a value are not part of it.
 */
export function readCookie(header: string, name: string): string[] {
  const values: string[] = []
  for (const pair of header.split(';')) {
    const equals = pair.indexOf('=')
    if (equals !== -1 && trimBlanks(pair.slice(0, equals)) === name)
      values.push(unquote(trimBlanks(pair.slice(equals + 1))))
  }
  return values
}

/** Trims space and tab, the only blanks that HTTP knows (RFC 9110 section 5.6.3). */
export function trimBlanks(text: string): string {
  let start = 0
  let end = text.length
  while (isBlank(text, start)) start++
  while (end > start && isBlank(text, end - 1)) end--
  return text.slice(start, end)
}

function isBlank(text: string, index: number): boolean {
  return text[index] === ' ' || text[index] === '\t'
}

function unquote(value: string): string {
  return value.length > 1 && value.startsWith('"') && value.endsWith('"') ? value.slice(1, -1) : value
}
