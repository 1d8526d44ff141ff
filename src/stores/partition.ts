import { createHash } from 'node:crypto'

const tagPattern = /[0-9a-f]{4}$/

/**
 * Four hex digits that tell the partition of a user. The id of a session ends in those of its user, so that a session can
 * be found by its id alone where a store spreads users over several partitions.
 */
export function partitionTag(sub: string): string {
  return createHash('sha256').update(sub).digest().toString('hex', 0, 2)
}

/** The partition of a user: `0` to `partitions - 1`. */
export function partitionOfUser(sub: string, partitions: number): number {
  return partitions === 1 ? 0 : toPartition(partitionTag(sub), partitions)
}

/**
 * The partition of a session, by the tag at the end of its id.
 *
 * @throws TypeError where there are several partitions and the id has no tag
 */
export function partitionOfSession(sid: string, partitions: number): number {
  if (partitions === 1) return 0
  const tag = tagPattern.exec(sid)?.[0]
  if (tag === undefined) {
    throw new TypeError('With several partitions a session id must end in partitionTag(sub), and this one does not')
  }
  return toPartition(tag, partitions)
}

function toPartition(tag: string, partitions: number): number {
  return Number.parseInt(tag, 16) % partitions
}
