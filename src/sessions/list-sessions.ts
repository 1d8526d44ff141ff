import type { ResolvedOptions } from '../options.ts'
import { requireStore } from '../revocation/revoke.ts'
import type { StoredSession } from '../stores/store.ts'

const pageSize = 100

/** No person has more devices, and nobody makes a store read on and on. */
const mostListed = 1000

/** The sessions of a user that live, at most 1,000 of them, the one used last first. */
export async function listSessions(sub: string, config: ResolvedOptions): Promise<StoredSession[]> {
  const found: StoredSession[] = []
  let cursor: string | undefined
  do {
    const from = cursor === undefined ? {} : { cursor }
    const page = await requireStore(config).call('listSessions', sub, { limit: pageSize, ...from })
    found.push(...page.sessions)
    cursor = page.cursor
  } while (cursor !== undefined && found.length < mostListed)
  return found.sort((a, b) => b.usedAt - a.usedAt)
}
