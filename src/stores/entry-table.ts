/** A row of the blocklist. */
export interface EntryRow {
  /** Absent where all that has the id is refused. */
  readonly issuedBy: number | undefined
  /** Milliseconds since 1970; Infinity for ever. */
  readonly expiresAt: number
}

/**
 * The rows of a blocklist by their ids, each kind of id (`jti:`, `user:`, ...) in a map of its own: a request asks about
 * one token and several watermarks, and each look into a map of a million tokens would wait for the memory.
 */
export class EntryTable {
  readonly #kinds = new Map<number, Map<string, EntryRow>>()

  get(id: string): EntryRow | undefined {
    return this.#kinds.get(kindOf(id))?.get(id)
  }

  set(id: string, row: EntryRow): void {
    const kind = kindOf(id)
    const rows = this.#kinds.get(kind)
    if (rows === undefined) this.#kinds.set(kind, new Map([[id, row]]))
    else rows.set(id, row)
  }

  delete(id: string): void {
    this.#kinds.get(kindOf(id))?.delete(id)
  }
}

/** The first letter tells the kinds apart well enough. */
function kindOf(id: string): number {
  return id.charCodeAt(0)
}
