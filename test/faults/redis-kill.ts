import assert from 'node:assert/strict'
import { Redis } from 'ioredis'
import { hasPrograms } from '../support/programs.ts'
import { type FallibleRedis, startFallibleRedis } from './support/fallible-store.ts'
import { killAfterGlobalWatermark, killInRounds, printRounds } from './support/kill-rounds.ts'

/** `kill -9` of Redis under load: what was acknowledged and is forgotten, by the setting `appendfsync`. */
export async function run(): Promise<void> {
  if (!hasPrograms('redis-server', 'redis-cli')) return
  await withRedis('always', async server => {
    const lost = printRounds('appendfsync always', await killInRounds(server, { rounds: 6, revocations: 500 }))
    assert.deepEqual(lost, { revocations: 0, sessions: 0 })
    await killAfterGlobalWatermark(server)
    console.log('revokeEverythingBefore, killed right after it: in force after the restart')
  })
  await withRedis('everysec', async server => {
    printRounds('appendfsync everysec', await killInRounds(server, { rounds: 8, revocations: 500 }))
    const moment = (): Promise<void> => untilItSyncs(server.port)
    const rounds = await killInRounds(server, { rounds: 8, revocations: 500, moment })
    printRounds('appendfsync everysec, killed while it forces its file to the disk', rounds)
  })
}

async function withRedis(
  appendOnly: 'everysec' | 'always',
  body: (server: FallibleRedis) => Promise<void>,
): Promise<void> {
  const server = await startFallibleRedis(appendOnly)
  try {
    await body(server)
  } finally {
    await server.close()
  }
}

/** In that time it answers before it writes: what it has answered since is in its memory alone. */
async function untilItSyncs(port: number): Promise<void> {
  const client = new Redis({ host: '127.0.0.1', port })
  const end = performance.now() + 5000
  while (!/aof_pending_bio_fsync:[1-9]/.test(await client.info('persistence'))) {
    if (performance.now() > end) break
  }
  client.disconnect()
}
