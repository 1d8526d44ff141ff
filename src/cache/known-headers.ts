import { copyOfText } from '../internal/copy-of-text.ts'
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

  /** Freezes the header in any case: every token that has it may get the same object. */
  remember(text: string, header: Header): void {
    if (this.#headers.has(text)) return
    deepFreeze(header)
    if (this.#headers.size < maxHeaders) this.#headers.set(copyOfText(text), header)
  }
}
