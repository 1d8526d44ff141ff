import { createHash } from 'node:crypto'

/** What the ids of a user's sessions end in, so that a store which is split by users finds a session by its id alone. */
export function partitionTag(sub: string): string {
  return createHash('sha256').update(sub).digest('hex').slice(0, 4)
}
