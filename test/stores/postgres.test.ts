import { PGlite } from '@electric-sql/pglite'
import { type PostgresClient, postgresSchema, postgresStore } from 'jwt-extended/stores'
import { testStore } from 'jwt-extended/testing'
import { Client, Pool, types } from 'pg'
import { afterAll, describe, expect, test } from 'vitest'
import { newRotation, newSession } from '../support/new-session.ts'
import { findPostgres, startPostgres } from '../support/postgres-server.ts'
import { overPostgres } from './harness/postgres.ts'
import { harnessOver, newStoreName } from './harness/store-family.ts'

const programs = findPostgres()
const server = programs === false ? undefined : await startPostgres(programs)
const connectionString = server?.connectionString
const pool = new Pool({ connectionString, max: 20 })
const pglite = await PGlite.create()
const clients: [string, PostgresClient][] = [['PGlite', pglite], ...(server ? [['pg', pool] as [string, Pool]] : [])]

afterAll(async () => {
  await Promise.all([pool.end(), pglite.close()])
  await server?.stop()
})

for (const [name, client] of clients) {
  const connection = overPostgres(client)
  testStore(
    harnessOver(`postgres with ${name}`, () => connection),
    { describe, test },
  )
}

describe.each(clients)('a Postgres store with %s', (_name, client) => {
  test('makes one statement of each call', async () => {
    const texts: string[] = []
    const counting: PostgresClient = {
      query: (text, values) => {
        texts.push(text)
        return client.query(text, values)
      },
    }
    const store = postgresStore({ pool: counting, prefix: newStoreName() })
    const query = { sub: 'ada', ids: ['jti:a', 'sid:s'], watermarks: ['all', 'user:ada'], issuedAt: 1 }
    const calls: (() => Promise<unknown>)[] = [
      () => store.migrate(),
      () => store.createSession(newSession()),
      () => store.rotateSession(newRotation('jti-0', 'jti-1')),
      () => store.getSession('session-1'),
      () => store.listSessions('ada', { limit: 1 }),
      async () => store.isRevoked({ ...query, session: { sid: 'session-1', refresh: { jti: 'jti-1', graceMs: 0 } } }),
      () => store.rotateSession(newRotation('jti-x', 'jti-2')),
      () => store.revokeSession('session-1', null),
      () => store.revokeSessions('ada', { keepMs: null, entries: [{ id: 'user:ada', issuedBy: 'now', keepMs: 1 }] }),
      () => store.revoke('ada', [{ id: 'jti:a', keepMs: 1 }]),
      () => store.prune(),
    ]
    for (const call of calls) {
      const before = texts.length
      await call()
      expect(texts.slice(before)).toHaveLength(1)
    }
  })

  test('counts time by the clock of the server', async () => {
    const store = postgresStore({ pool: client, prefix: newStoreName() })
    await store.migrate()
    const before = Date.now()
    const { session, issuedAt } = await store.createSession(newSession())
    expect(session.createdAt).toBeGreaterThanOrEqual(before)
    expect(session.createdAt).toBeLessThanOrEqual(Date.now())
    expect(issuedAt).toBe(session.createdAt)
    expect(await store.getSession(session.sid)).toEqual(session)
  })

  test('says how to create what is missing', async () => {
    const store = postgresStore({ pool: client, prefix: newStoreName(), schema: 'nowhere' })
    const calls = [() => store.getSession('session-1'), () => store.createSession(newSession()), () => store.prune()]
    for (const call of calls) {
      await expect(call()).rejects.toThrow(/missing in the schema "nowhere": call store\.migrate\(\)/)
    }
  })

  test.each(['Odd "name"', "o'hara", '$jwt$', '$jwt_1$;', 'back\\slash', 'Zoë 🦊', 'a.b', 'x'.repeat(63)])(
    'works in the schema %s',
    async schema => {
      const store = postgresStore({ pool: client, prefix: 'Login_1', schema })
      for (let times = 0; times < 2; times++) await store.migrate()
      const { session } = await store.createSession(newSession())
      expect(await store.getSession(session.sid)).toEqual(session)
      const { rows } = await client.query('SELECT tablename FROM pg_tables WHERE schemaname = $1 ORDER BY 1', [schema])
      expect(rows).toEqual([{ tablename: 'Login_1_entries' }, { tablename: 'Login_1_sessions' }])
    },
  )

  test('survives what a client can send', async () => {
    const store = postgresStore({ pool: client, prefix: newStoreName() })
    await store.migrate()
    expect(await store.getSession('\0')).toBeUndefined()
    expect(await store.listSessions('ada', { cursor: '\0', limit: 3 })).toEqual({ sessions: [] })
    expect(await store.revokeSession('\0', null)).toBeUndefined()
    const { session } = await store.createSession(newSession({ userAgent: 'a\0b', ip: "'; DROP TABLE x" }))
    expect(session).toMatchObject({ userAgent: 'a\ufffdb', ip: "'; DROP TABLE x" })
  })

  test('takes the same creation twice', async () => {
    const store = postgresStore({ pool: client, prefix: newStoreName(), clock: () => 1000 })
    await store.migrate()
    const first = await store.createSession(newSession())
    const again = await Promise.all(Array.from({ length: 9 }, () => store.createSession(newSession())))
    for (const created of again) expect(created).toEqual(first)
    expect((await store.listSessions('ada', { limit: 9 })).sessions).toEqual([first.session])
  })

  test('prunes no more than it is told to', async () => {
    let now = Date.now()
    const store = postgresStore({ pool: client, prefix: newStoreName(), clock: () => now })
    await store.migrate()
    for (const sid of ['a', 'b', 'c']) await store.createSession(newSession({ sid, idleMs: 1000 }))
    await store.revoke('ada', [{ id: 'jti:a', keepMs: 1 }])
    now += 100_000
    expect(await store.prune(2)).toBe(2)
    expect(await store.prune(9)).toBe(2)
    expect(await store.prune()).toBe(0)
  })

  test('looks once at sessions that were used since, and goes on to those that are over', async () => {
    let now = Date.now()
    const store = postgresStore({ pool: client, prefix: newStoreName(), clock: () => now })
    await store.migrate()
    await store.createSession(newSession({ sid: 'used', idleMs: 100_000 }))
    await store.createSession(newSession({ sid: 'over', idleMs: 100_001 }))
    now += 90_000
    await store.rotateSession(newRotation('jti-0', 'jti-1', { sid: 'used' }))
    now += 80_000
    expect([await store.prune(1), await store.prune(1), await store.prune()]).toEqual([0, 1, 0])
    now += 80_000
    expect(await store.prune()).toBe(1)
  })
})

describe('the options of a Postgres store', () => {
  test.each(['', '1a', 'a-b', 'a"b', 'x'.repeat(42), 7])('refuse the prefix %j', prefix => {
    expect(() => postgresStore({ pool, prefix: prefix as string })).toThrow(/^prefix must be/)
    expect(() => postgresSchema({ prefix: prefix as string })).toThrow(TypeError)
  })

  test.each(['', 'a\0b', 'x'.repeat(64), 7])('refuse the schema %j', schema => {
    expect(() => postgresStore({ pool, schema: schema as string })).toThrow(/^schema must be/)
  })

  test.each([undefined, null, {}, { execute() {} }])('refuse the pool %j', wrong => {
    expect(() => postgresStore({ pool: wrong as unknown as Pool })).toThrow(/^pool must have a method query/)
  })

  test('refuse a clock that is none', () => {
    expect(() => postgresStore({ pool, clock: 7 as unknown as () => number })).toThrow(/^clock must be/)
  })
})

describe.skipIf(server === undefined)('the clients of a Postgres store', () => {
  test('may be a single connection', async () => {
    const client = new Client({ connectionString })
    await client.connect()
    const store = postgresStore({ pool: client, prefix: newStoreName() })
    await store.migrate()
    const { session } = await store.createSession(newSession())
    expect(await store.getSession(session.sid)).toEqual(session)
    await client.end()
  })

  test('may leave JSON as text, and read bigint as BigInt', async () => {
    const parsers = new Map<number, (text: string) => unknown>([
      [types.builtins.JSONB, text => text],
      [types.builtins.INT8, BigInt],
    ])
    const getTypeParser = ((id: number, format: 'text') =>
      parsers.get(id) ?? types.getTypeParser(id, format)) as typeof types.getTypeParser
    const other = new Pool({ connectionString, types: { getTypeParser } })
    const store = postgresStore({ pool: other, prefix: newStoreName() })
    await store.migrate()
    const { session } = await store.createSession(newSession())
    expect(await store.getSession(session.sid)).toEqual(session)
    expect(await store.revokeSession(session.sid, null)).toEqual(session)
    expect(await store.prune()).toBe(0)
    await other.end()
  })

  test('are told where they work at another isolation level, at which locks do not help', async () => {
    const other = new Pool({ connectionString, options: '-c default_transaction_isolation=serializable' })
    const store = postgresStore({ pool: other, prefix: newStoreName() })
    await store.migrate()
    await expect(store.createSession(newSession())).rejects.toThrow(/needs the isolation level READ COMMITTED/)
    await other.end()
  })

  test('may run the SQL of the schema themselves', async () => {
    const prefix = newStoreName()
    await pool.query(postgresSchema({ prefix }))
    const { session } = await postgresStore({ pool, prefix }).createSession(newSession())
    expect(session.sid).toBe('session-1')
  })
})
