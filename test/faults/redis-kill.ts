import assert from 'node:assert/strict'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { hasPrograms } from '../support/programs.ts'
import { type FallibleRedis, startFallibleRedis } from './support/fallible-store.ts'
import { killAfterGlobalWatermark, killInRounds, printRounds } from './support/kill-rounds.ts'

/** `kill -9` of Redis under load: what was acknowledged and is forgotten, by the setting `appendfsync`. */
export async function run(): Promise<void> {
  if (!hasPrograms('redis-server', 'redis-cli')) return
  await withRedis('always', async server => {
    const lost = printRounds('appendfsync always', await killInRounds(server, { rounds: 4, revocations: 300 }))
    assert.deepEqual(lost, { revocations: 0, sessions: 0 })
    await killAfterGlobalWatermark(server)
    console.log('revokeEverythingBefore, killed right after it: in force after the restart')
  })
  await withRedis('everysec', async server => {
    printRounds('appendfsync everysec', await killInRounds(server, { rounds: 3, revocations: 300 }))
    const atSync = (): Promise<void> => untilItSyncs(server.port, 0)
    const quiet = await killInRounds(server, { rounds: 4, revocations: 200, moment: atSync })
    printRounds('appendfsync everysec, aimed at the moments when it forces its file to the disk', quiet)
    const longSync = (): Promise<void> => withBusyDisk(server.folder, () => untilItSyncs(server.port, 50))
    const busy = await killInRounds(server, { rounds: 3, revocations: 200, moment: longSync })
    printRounds('the same on a busy disk, aimed at 50 ms after the beginning of that', busy)
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

/**
 * Waits until it has been forcing its file to the disk for some time, in which it answers before it writes: what it has
 * answered since is in its memory alone.
 */
async function untilItSyncs(port: number, forMs: number): Promise<void> {
  const client = new Redis({ host: '127.0.0.1', port })
  const end = performance.now() + 2000
  let since = Number.POSITIVE_INFINITY
  while (performance.now() < end && !(performance.now() - since > forMs)) {
    const isSyncing = /aof_pending_bio_fsync:[1-9]/.test(await client.info('persistence'))
    since = isSyncing ? Math.min(since, performance.now()) : Number.POSITIVE_INFINITY
  }
  client.disconnect()
}

/** Writes to the same disk as fast as it can meanwhile. */
async function withBusyDisk(folder: string, body: () => Promise<void>): Promise<void> {
  const block = Buffer.alloc(1 << 23)
  let isRunning = true
  const write = async (name: string): Promise<void> => {
    const file = await open(join(folder, name), 'w')
    while (isRunning) {
      await file.write(block, 0, block.length, 0)
      await file.datasync()
    }
    await file.close()
  }
  const writing = Promise.all(['a', 'b'].map(write))
  try {
    await body()
  } finally {
    isRunning = false
    void writing.catch(() => {})
  }
}
