/** So many bits for each id: about one in sixteen lookups of another id has to look further. */
const bitsPerId = 16
const minBits = 1024
/** Of an id so many characters at its end are hashed: those of a token's id are random. */
const hashedLength = 12

/**
 * Says of most ids that they are not in a set, and of those that are never: a Bloom filter with one hash. To ask it takes
 * one look into the memory, where a large map takes several that wait for each other.
 */
export class AbsenceFilter {
  #bits = new Uint32Array(minBits / 32)
  #count = 0

  /** Adds an id. What is removed from the set stays in here, until it is filled anew. */
  add(id: string): void {
    const hash = hashOf(id) & (this.#bits.length * 32 - 1)
    this.#bits[hash >>> 5] = (this.#bits[hash >>> 5] ?? 0) | (1 << (hash & 31))
    this.#count++
  }

  isAbsent(id: string): boolean {
    const hash = hashOf(id) & (this.#bits.length * 32 - 1)
    return ((this.#bits[hash >>> 5] ?? -1) & (1 << (hash & 31))) === 0
  }

  /** Whether so many have been added that it no longer says much. */
  get isFull(): boolean {
    return this.#count * bitsPerId > this.#bits.length * 32
  }

  /** Starts anew with all ids of the set, and room for as many again. */
  fill(ids: Iterable<string>, size: number): void {
    this.#bits = new Uint32Array(Math.max(minBits, 2 ** Math.ceil(Math.log2(size * 2 * bitsPerId))) / 32)
    this.#count = 0
    for (const id of ids) this.add(id)
  }
}

/** FNV-1a, mixed once more for its low bits. */
function hashOf(id: string): number {
  let hash = 0x811c9dc5
  for (let index = Math.max(0, id.length - hashedLength); index < id.length; index++)
    hash = Math.imul(hash ^ id.charCodeAt(index), 0x01000193)
  return hash ^ (hash >>> 15)
}
