import { AbsenceFilter } from './absence-filter.ts'

/** A row of the blocklist. */
export interface EntryRow {
  /** Absent where all that has the id is refused. */
  readonly issuedBy: number | undefined
  /** Milliseconds since 1970; Infinity for ever. */
  readonly expiresAt: number
}

/**
 * The rows of a blocklist by their ids. Each request asks about one token and several watermarks, of which nearly none is
 * there: so it is built to say that quickly, also among a million rows.
 */
export class EntryTable {
  readonly #rows = new Map<string, EntryRow>()
  readonly #filter = new AbsenceFilter()

  get(id: string): EntryRow | undefined {
    return this.#filter.isAbsent(id) ? undefined : this.#rows.get(id)
  }

  set(id: string, row: EntryRow): void {
    this.#rows.set(id, row)
    this.#filter.add(id)
    if (this.#filter.isFull) this.#filter.fill(this.#rows.keys(), this.#rows.size)
  }

  delete(id: string): void {
    this.#rows.delete(id)
  }
}
