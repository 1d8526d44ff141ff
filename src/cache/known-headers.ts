import { deepFreeze } from '../internal/deep-freeze.ts'

type Header = Readonly<Record<string, unknown>>

/** An application has a few: one for each key and kind of token. */
const maxHeaders = 256

/**
 * The headers of tokens whose signature was right, by how they are written, so that each is parsed once. Others are not
 * remembered: anybody could fill it with them.
 */
export class KnownHeaders {
  readonly #headers = new Map<string, Header>()

  get(text: string): Header | undefined {
    return this.#headers.get(text)
  }

  /** Freezes the header: every token that has it gets the same object. */
  remember(text: string, header: Header): void {
    if (this.#headers.size < maxHeaders && !this.#headers.has(text)) this.#headers.set(text, deepFreeze(header))
  }
}
