/** What a strict reader of JSON may stumble over, though JSON.parse does not. */
export interface JsonFindings {
  readonly value: unknown
  readonly hasDuplicate: boolean
  readonly hasForbiddenName: boolean
  /** How many objects and arrays stand inside each other at most. */
  readonly depth: number
}

const numberPattern = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON allows none of them in a string
const stringPattern = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*"/y
const blankPattern = /[ \t\n\r]*/y
const literals: readonly (readonly [string, unknown])[] = [
  ['true', true],
  ['false', false],
  ['null', null],
]

/**
 * Reads JSON character by character (RFC 8259), another way than the package does, so that the two can be compared.
 * Undefined where the text is no JSON.
 */
export function readJson(text: string): JsonFindings | undefined {
  const reader = new Reader(text)
  try {
    return reader.readDocument()
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

class Reader {
  readonly #text: string
  #at = 0
  #hasDuplicate = false
  #hasForbiddenName = false
  #depth = 0

  constructor(text: string) {
    this.#text = text
  }

  readDocument(): JsonFindings {
    const value = this.#readValue(0)
    if (this.#at !== this.#text.length) throw new SyntaxError('something follows')
    return {
      value,
      hasDuplicate: this.#hasDuplicate,
      hasForbiddenName: this.#hasForbiddenName,
      depth: this.#depth,
    }
  }

  #readValue(level: number): unknown {
    this.#match(blankPattern)
    const value = this.#readBareValue(level)
    this.#match(blankPattern)
    return value
  }

  #readBareValue(level: number): unknown {
    if (this.#skip('{')) return this.#readObject(level + 1)
    if (this.#skip('[')) return this.#readArray(level + 1)
    if (this.#text[this.#at] === '"') return this.#readString()
    const literal = literals.find(([word]) => this.#skip(word))
    return literal === undefined ? Number(this.#expect(numberPattern)) : literal[1]
  }

  #readObject(level: number): object {
    this.#depth = Math.max(this.#depth, level)
    const members = new Map<string, unknown>()
    this.#match(blankPattern)
    if (this.#skip('}')) return {}
    do this.#readMember(members, level)
    while (this.#skip(','))
    if (!this.#skip('}')) throw new SyntaxError('an object does not end')
    return Object.fromEntries(members)
  }

  #readMember(members: Map<string, unknown>, level: number): void {
    this.#match(blankPattern)
    const name = this.#readString()
    this.#match(blankPattern)
    if (!this.#skip(':')) throw new SyntaxError('a member has no value')
    this.#hasDuplicate ||= members.has(name)
    this.#hasForbiddenName ||= name === '__proto__' || name === 'constructor' || name === 'prototype'
    members.set(name, this.#readValue(level))
  }

  #readArray(level: number): unknown[] {
    this.#depth = Math.max(this.#depth, level)
    const items: unknown[] = []
    this.#match(blankPattern)
    if (this.#skip(']')) return items
    do items.push(this.#readValue(level))
    while (this.#skip(','))
    if (!this.#skip(']')) throw new SyntaxError('an array does not end')
    return items
  }

  #readString(): string {
    const escapes: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' }
    const body = this.#expect(stringPattern).slice(1, -1)
    return body.replaceAll(/\\(u([\da-fA-F]{4})|.)/g, (_, sign: string, hex: string | undefined) =>
      hex === undefined ? (escapes[sign] ?? sign) : String.fromCharCode(Number.parseInt(hex, 16)),
    )
  }

  #skip(word: string): boolean {
    if (!this.#text.startsWith(word, this.#at)) return false
    this.#at += word.length
    return true
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at
    const found = pattern.exec(this.#text)?.[0]
    this.#at += found?.length ?? 0
    return found
  }

  #expect(pattern: RegExp): string {
    const found = this.#match(pattern)
    if (found === undefined) throw new SyntaxError('something else was expected')
    return found
  }
}
