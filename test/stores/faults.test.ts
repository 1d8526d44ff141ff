import { sqliteStore } from 'jwt-extended/stores'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type FallibleStore, startFalliblePostgres, startFallibleRedis } from '../faults/support/fallible-store.ts'
import { checkHang } from '../faults/support/hang.ts'
import { killInRounds } from '../faults/support/kill-rounds.ts'
import { findPostgres } from '../support/postgres-server.ts'
import { hasPrograms } from '../support/programs.ts'
import { sqliteDrivers, withFile } from './harness/sqlite.ts'

// Short forms of `npm run faults`, which prints figures.

const programs = findPostgres()

testServer('Redis', hasPrograms('redis-server'), () => startFallibleRedis('always'))
testServer('Postgres', programs !== false, () => startFalliblePostgres(programs || '', { fsync: true }))

function testServer(name: string, isThere: boolean, start: () => Promise<FallibleStore>): void {
  // Enough for a machine that is busy with something else, too.
  describe.runIf(isThere)(name, { timeout: 60_000 }, () => {
    let server: FallibleStore

    beforeAll(async () => {
      server = await start()
    }, 60_000)
    afterAll(() => server.close())

    test('that hangs has every request refused in time, and is well again after that', async () => {
      const { stores, pause, resume } = server
      for (const store of stores) await checkHang({ store, pause, resume }, 2)
    })

    test('loses nothing that was acknowledged when it is killed, where it writes at once', async () => {
      const [round] = await killInRounds(server, { rounds: 1, revocations: 50 })
      expect(round).toMatchObject({ lost: [], lostSessions: 0 })
      expect(round?.revocations).toBeGreaterThanOrEqual(50)
    })
  })
}

describe.each(sqliteDrivers)('SQLite with $name', { timeout: 60_000 }, ({ open }) => {
  test('that another connection keeps locked has every change refused in time, and is well again after that', () =>
    withFile(async file => {
      const [database, other] = [open(file), open(file)]
      const store = sqliteStore({ database })
      await store.migrate()
      const lock = async (): Promise<void> => void other.exec('BEGIN IMMEDIATE')
      const unlock = (): void => void other.exec('ROLLBACK')
      const answered = ['GET /protected', 'GET /sessions']
      await checkHang({ store, pause: lock, resume: unlock, answered }, 2)
      database.close()
      other.close()
    }))
})
