import assert from 'node:assert/strict'
import { findPostgres } from '../support/postgres-server.ts'
import { startFalliblePostgres } from './support/fallible-store.ts'
import { killAfterGlobalWatermark, killInRounds, printRounds } from './support/kill-rounds.ts'

/** `kill -9` of every process of Postgres under load: nothing that was acknowledged is forgotten. */
export async function run(): Promise<void> {
  const programs = findPostgres()
  if (programs === false) return
  const server = await startFalliblePostgres(programs, { fsync: true })
  try {
    const lost = printRounds('fsync on', await killInRounds(server, { rounds: 6, revocations: 500 }))
    assert.deepEqual(lost, { revocations: 0, sessions: 0 })
    await killAfterGlobalWatermark(server)
    console.log('revokeEverythingBefore, killed right after it: in force after the restart')
  } finally {
    await server.close()
  }
}
