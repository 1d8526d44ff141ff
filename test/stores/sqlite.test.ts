import { type RotationResult, type SqliteDatabase, sqliteSchema, sqliteStore } from 'jwt-extended/stores'
import { testStore } from 'jwt-extended/testing'
import Libsql from 'libsql'
import LibsqlPromise from 'libsql/promise'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newSession, query, rotation } from '../../src/testing/store-contract/open-store.ts'
import { describeStores } from './harness/describe-stores.ts'
import { libsql, nodeSqliteFamily, sqliteDrivers, withFile } from './harness/sqlite.ts'
import { newStoreName } from './harness/store-family.ts'
import { placeOf, type StoreCall, type StoreWorkers, startWorkers } from './harness/workers.ts'

const families = [libsql, nodeSqliteFamily]

describeStores(({ harness }) => testStore(harness, { describe, test }), families)

describe('with two processes', { timeout: 30_000 }, () => {
  let workers: StoreWorkers

  beforeAll(async () => {
    workers = await startWorkers()
  }, 30_000)
  afterAll(() => workers.stop())

  describeStores(under => {
    test('creates its tables where both do at once', async () => {
      const name = newStoreName()
      for (let round = 0; round < 20; round++)
        await workers.run(placeOf(under, `${name}${round}`), Array<StoreCall>(2).fill(['migrate']))
      const { store, close } = under.connection.open(`${name}0`)
      await store.createSession(newSession())
      await close()
    })

    test('gives 200 rotations of one token at once one successor', async () => {
      const name = newStoreName()
      const { store, close } = under.connection.open(name)
      await store.migrate()
      for (const sid of ['a', 'b', 'c', 'd', 'e']) {
        await store.createSession(newSession({ sid, jti: 'first' }))
        const calls = Array.from(
          { length: 200 },
          (_, index): StoreCall => ['rotateSession', rotation('first', `next-${index}`, { sid })],
        )
        const results = (await workers.run(placeOf(under, name), calls)) as Issued[]
        const { jti, generation } = (await store.getSession(sid)) ?? {}
        const verdicts = results.map(result => `${result.verdict} ${result.session.jti}`).sort()
        expect(verdicts).toEqual([...Array(199).fill(`replayed ${jti}`), `rotated ${jti}`])
        expect(generation).toBe(1)
      }
      await close()
    })
  }, families)
})

type Issued = Extract<RotationResult, { issuedAt: number }>

const inMemory = (): SqliteDatabase => new Libsql(':memory:')

describe.each(sqliteDrivers)('sqliteStore with $name', driver => {
  test('has everything again when the file is opened anew', () =>
    withFile(async file => {
      const first = driver.open(file)
      const before = sqliteStore({ database: first })
      await before.migrate()
      const { session } = await before.createSession(newSession())
      await before.revoke('ada', [{ id: 'jti:a', keepMs: null }])
      first.close()
      const second = driver.open(file)
      const after = sqliteStore({ database: second })
      await after.migrate()
      expect(await after.getSession(session.sid)).toEqual(session)
      expect(await after.isRevoked(query({ ids: ['jti:a'] }))).toBe(true)
      second.close()
    }))

  test('puts the file into WAL mode, and says that it is kept', () =>
    withFile(async file => {
      const database = driver.open(file)
      const store = sqliteStore({ database })
      await store.migrate()
      expect(database.prepare('PRAGMA journal_mode').get({})).toMatchObject({ journal_mode: 'wal' })
      expect(store.isVolatile).toBe(false)
      database.close()
    }))

  test('rejects while another connection holds the lock, and works again afterwards', () =>
    withFile(async file => {
      const [database, other] = [driver.open(file), driver.open(file)]
      const store = sqliteStore({ database, busyTimeoutMs: 200 })
      await store.migrate()
      await store.createSession(newSession())
      other.exec('BEGIN EXCLUSIVE')
      let turns = 0
      const timer = setInterval(() => turns++, 1)
      const start = performance.now()
      const calls = Array.from({ length: 50 }, (_, index) => store.rotateSession(rotation('jti-0', `jti-${index + 1}`)))
      // Who only reads does not wait for a writer.
      expect(await store.getSession('session-1')).toMatchObject({ jti: 'jti-0' })
      for (const call of await Promise.allSettled(calls))
        expect(call).toMatchObject({ reason: { message: expect.stringMatching(/^The database is locked/) } })
      const elapsed = performance.now() - start
      clearInterval(timer)
      expect(elapsed).toBeGreaterThanOrEqual(200)
      expect(elapsed).toBeLessThan(2000)
      // All of them together have left the event loop its turns.
      expect(turns).toBeGreaterThan(2)
      other.exec('COMMIT')
      expect(await store.rotateSession(rotation('jti-0', 'jti-1'))).toMatchObject({ verdict: 'rotated' })
      database.close()
      other.close()
    }))

  test('waits for a lock that is given back in time', () =>
    withFile(async file => {
      const [database, other] = [driver.open(file), driver.open(file)]
      const store = sqliteStore({ database, busyTimeoutMs: 10_000 })
      await store.migrate()
      other.exec('BEGIN IMMEDIATE')
      const waiting = store.createSession(newSession())
      other.exec('COMMIT')
      expect(await waiting).toMatchObject({ session: { sid: 'session-1' } })
      database.close()
      other.close()
    }))

  test.each([true, false])(
    'refuses to work inside of a transaction of the application (told by the driver: %s)',
    isTold =>
      withFile(async file => {
        const database = driver.open(file)
        // Node 22.13 does not tell.
        const given = isTold
          ? database
          : { prepare: (sql: string) => database.prepare(sql), exec: (sql: string) => database.exec(sql) }
        const store = sqliteStore({ database: given })
        await store.migrate()
        database.exec('BEGIN')
        for (const call of [
          () => store.createSession(newSession()),
          async () => store.isRevoked(query()),
          () => store.migrate(),
        ])
          await expect(call()).rejects.toThrow(/^The application has a transaction open/)
        database.exec('COMMIT')
        await store.createSession(newSession())
        expect(await store.getSession('session-1')).toBeDefined()
        database.close()
      }),
  )

  test('does all of a write or nothing, and leaves no transaction open', () =>
    withFile(async file => {
      const database = driver.open(file)
      const store = sqliteStore({ database })
      await store.migrate()
      await store.createSession(newSession())
      const entries = [
        { id: 'jti:a', keepMs: 1000 },
        { id: 'jti:b', keepMs: Number.POSITIVE_INFINITY },
      ]
      await expect(store.revokeSessions('ada', { keepMs: 1000, entries })).rejects.toThrow(/cannot store/)
      expect(await store.isRevoked(query({ ids: ['jti:a', 'sid:session-1'] }))).toBe(false)
      expect(await store.getSession('session-1')).toBeDefined()
      database.close()
    }))

  test('says what to do where the tables are missing, and rejects once the database is closed', () =>
    withFile(async file => {
      const database = driver.open(file)
      const store = sqliteStore({ database, prefix: 'app' })
      await expect(store.getSession('session-1')).rejects.toThrow(/app_sessions.*store\.migrate\(\)/)
      await expect(store.createSession(newSession())).rejects.toThrow(/app_sessions.*schema sqlite/)
      await store.migrate()
      await store.createSession(newSession())
      database.close()
      await expect(store.getSession('session-1')).rejects.toThrow()
    }))

  test('writes in one transaction, and reads by one statement', () =>
    withFile(async file => {
      const database = driver.open(file)
      const calls: string[] = []
      const store = sqliteStore({ database: recordCalls(database, calls) })
      await store.migrate()
      const cost = async (call: () => Promise<unknown>): Promise<string[]> => {
        calls.length = 0
        await call()
        return calls.map(sql => sql.split(' ')[0] ?? '').filter(verb => verb !== 'SELECT' || calls.length === 1)
      }
      const writes = [
        () => store.createSession(newSession()),
        () => store.rotateSession(rotation('jti-0', 'jti-1')),
        () => store.revokeSession('session-1', null),
        () => store.revokeSessions('ada', { keepMs: null, entries: [] }),
        () => store.revoke('ada', [{ id: 'jti:a', keepMs: 1000 }]),
        () => store.prune(),
      ]
      for (const write of writes) {
        const verbs = await cost(write)
        expect([verbs[0], verbs.at(-1)]).toEqual(['BEGIN', 'COMMIT'])
        expect(verbs.filter(verb => verb === 'BEGIN')).toHaveLength(1)
      }
      const session = { sid: 'session-1', refresh: { jti: 'jti-0', graceMs: 0 } }
      const reads = [
        () => store.getSession('session-1'),
        () => store.listSessions('ada', { limit: 9 }),
        async () => store.isRevoked(query({ ids: ['jti:a', 'sid:b'], watermarks: ['all', 'user:ada'], session })),
      ]
      for (const read of reads) expect(await cost(read)).toEqual(['SELECT'])
      database.close()
    }))

  test('prunes many rows in steps, and no more than it is told to', () =>
    withFile(async file => {
      const database = driver.open(file)
      let now = 1_800_000_000_000
      const store = sqliteStore({ database, clock: () => now })
      await store.migrate()
      const entries = Array.from({ length: 2500 }, (_, index) => ({ id: `jti:${index}`, keepMs: 1000 }))
      await store.revoke(undefined, entries)
      now += 61_000
      expect(await store.prune(1200)).toBe(1200)
      expect(await store.prune()).toBe(1300)
      expect(await store.prune()).toBe(0)
      database.close()
    }))
})

describe('sqliteStore', () => {
  test('keeps stores with other prefixes in one file apart', async () => {
    const database = inMemory()
    const [one, two] = [sqliteStore({ database, prefix: 'one' }), sqliteStore({ database, prefix: '_Two2' })]
    for (const store of [one, two]) await store.migrate()
    await one.createSession(newSession())
    await one.revoke('ada', [{ id: 'jti:a', keepMs: null }])
    expect(await two.getSession('session-1')).toBeUndefined()
    expect(await two.isRevoked(query({ ids: ['jti:a'] }))).toBe(false)
  })

  test('works with tables that were created from sqliteSchema, which can be run again', async () => {
    const database = inMemory()
    for (const _ of [1, 2]) database.exec(sqliteSchema({ prefix: 'app' }))
    const store = sqliteStore({ database, prefix: 'app' })
    await store.createSession(newSession())
    expect(await store.getSession('session-1')).toBeDefined()
  })

  test('gives numbers where the application asks its database for big integers', async () => {
    const database = new Libsql(':memory:').defaultSafeIntegers(true)
    const store = sqliteStore({ database })
    await store.migrate()
    const { session } = await store.createSession(newSession())
    expect(await store.getSession('session-1')).toEqual(session)
    expect(await store.isRevoked(query())).toBe(false)
    expect(await store.rotateSession(rotation('jti-0', 'jti-1'))).toMatchObject({ verdict: 'rotated' })
  })

  test('takes fractions of milliseconds: what is refused is rather more', async () => {
    const now = 1_800_000_000_000.7
    const store = sqliteStore({ database: inMemory(), clock: () => now })
    await store.migrate()
    await store.createSession(newSession({ lifetimeMs: 1000.5, idleMs: 1000.5 }))
    await store.revoke('ada', [{ id: 'user:ada', issuedBy: 900.2, keepMs: 1000.5 }])
    expect(await store.isRevoked(query({ watermarks: ['user:ada'], issuedAt: 900.1 }))).toBe(true)
  })

  test('says that a database in memory is lost with the process', () => {
    expect(sqliteStore({ database: inMemory() }).isVolatile).toBe(true)
  })

  test.each(['', 'a b', 'a"; DROP TABLE users; --', '1a', 'x'.repeat(42), 'ä', 'a\n', 7])(
    'refuses the prefix %j',
    prefix => {
      const wrong = prefix as string
      expect(() => sqliteStore({ database: inMemory(), prefix: wrong })).toThrow(/^prefix is .*; expected a letter/)
      expect(() => sqliteSchema({ prefix: wrong })).toThrow(TypeError)
    },
  )

  test('refuses a prefix that SQLite keeps for itself', () => {
    expect(() => sqliteStore({ database: inMemory(), prefix: 'sqlite' })).toThrow(/choose another/)
  })

  test.each([
    ['nothing', undefined],
    ['the name of a file', 'sessions.db'],
    ['a database that answers later', new LibsqlPromise(':memory:', {})],
    ['one that calls back', { exec: () => {}, prepare: () => ({ get: () => undefined }) }],
  ])('refuses %s as a database', (_name, database) => {
    const wrong = database as unknown as SqliteDatabase
    expect(() => sqliteStore({ database: wrong })).toThrow(/^database is not one that answers at once; expected/)
  })

  test.each([-1, Number.NaN, Number.POSITIVE_INFINITY, '5'])('refuses to wait for %s', busyTimeoutMs => {
    expect(() => sqliteStore({ database: inMemory(), busyTimeoutMs: busyTimeoutMs as number })).toThrow(
      /busyTimeoutMs is/,
    )
  })
})

/** The same database, which notes the SQL of every statement that runs. */
function recordCalls(database: SqliteDatabase, calls: string[]): SqliteDatabase {
  return {
    get inTransaction() {
      return database.inTransaction ?? database.isTransaction ?? false
    },
    exec: sql => database.exec(sql),
    prepare: sql => {
      const statement = database.prepare(sql)
      const noted = <Result>(result: Result): Result => {
        calls.push(sql)
        return result
      }
      return {
        get: parameters => noted(statement.get(parameters)),
        all: parameters => noted(statement.all(parameters)),
        run: parameters => noted(statement.run(parameters)),
      }
    },
  }
}
