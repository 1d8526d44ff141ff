import { createUuidV7 } from '../internal/uuid-v7.ts'
import type { ResolvedOptions } from '../options.ts'
import { partitionTag } from '../stores/partition.ts'

/** An id for a token that is made now. */
export function createJti({ now }: Pick<ResolvedOptions, 'now'>): string {
  return createUuidV7(now() * 1000)
}

/** An id for a session of a user that begins now: 58 random bits, and at the end what a partitioned store finds it by. */
export function createSid(sub: string, { now }: Pick<ResolvedOptions, 'now'>): string {
  return createUuidV7(now() * 1000).slice(0, -4) + partitionTag(sub)
}
