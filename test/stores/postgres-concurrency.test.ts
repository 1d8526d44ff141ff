import { type PostgresStoreOptions, postgresStore, type RotationResult, type Store } from 'jwt-extended/stores'
import { Client, Pool } from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newRotation, newSession } from '../support/new-session.ts'
import { findPostgres, type PostgresServer, startPostgres } from '../support/postgres-server.ts'
import { type StoreCall, type StoreWorkers, startWorkers } from './harness/workers.ts'

const programs = findPostgres()

// Enough for a machine that is busy with something else, too.
describe.skipIf(programs === false)('a Postgres store', { timeout: 30_000 }, () => {
  let server: PostgresServer
  let pool: Pool
  let workers: StoreWorkers
  let store: Store
  const connections: Client[] = []

  beforeAll(async () => {
    if (programs === false) return
    server = await startPostgres(programs)
    pool = new Pool({ connectionString: server.connectionString, max: 20 })
    workers = await startWorkers()
    store = postgresStore({ pool, prefix: 'shared' })
    await store.migrate()
  }, 30_000)

  afterAll(async () => {
    await Promise.all([workers.stop(), pool.end(), ...connections.map(connection => connection.end())])
    await server.stop()
  })

  /** A store whose first call stays uncommitted until `finish` is called. */
  async function openTransaction(options: Omit<PostgresStoreOptions, 'pool'> = {}) {
    const connection = new Client({ connectionString: server.connectionString })
    connections.push(connection)
    await connection.connect()
    await connection.query('BEGIN')
    const finish = (): Promise<unknown> => connection.query('COMMIT')
    return { store: postgresStore({ pool: connection, prefix: 'shared', ...options }), finish }
  }

  const run = (calls: readonly StoreCall[], name = 'shared'): Promise<unknown[]> =>
    workers.run({ family: 'Postgres', client: 'pg', address: server.connectionString, name }, calls)

  async function untilOneWaits(): Promise<void> {
    const waiting = "SELECT count(*)::integer AS count FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
    while ((await pool.query(waiting)).rows[0].count === 0);
  }

  const isEnded = async (sid: string): Promise<boolean> =>
    store.isRevoked({ sub: 'ada', ids: [`sid:${sid}`], watermarks: [], issuedAt: 0 })

  test('creates its tables once, where several processes do so at once', async () => {
    for (let round = 0; round < 5; round++) {
      const prefix = `migrated_${round}`
      await run(Array<StoreCall>(40).fill(['migrate']), prefix)
      const { session } = await postgresStore({ pool, prefix }).createSession(newSession())
      expect(session.sid).toBe('session-1')
    }
  })

  test('creates them while it is in use', async () => {
    const writes = Array.from({ length: 100 }, (_, index): StoreCall[] => [
      ['createSession', newSession({ sid: `used-${index}`, sub: 'user' })],
      ['revoke', 'user', [{ id: `jti:${index}`, keepMs: 1 }]],
      ['migrate'],
    ])
    await run(writes.flat())
  })

  test('gives 200 rotations of one token from two processes one successor, and logs nobody out', async () => {
    for (let round = 0; round < 3; round++) {
      const sid = `rotated-${round}`
      await store.createSession(newSession({ sid }))
      const calls = Array.from(
        { length: 200 },
        (_, index): StoreCall => ['rotateSession', newRotation('jti-0', `next-${index}`, { sid })],
      )
      const results = (await run(calls)) as Extract<RotationResult, { issuedAt: number }>[]
      const verdicts = results.map(({ verdict }) => verdict).sort()
      expect(verdicts).toEqual([...Array(199).fill('replayed'), 'rotated'])
      const winner = results.findIndex(({ verdict }) => verdict === 'rotated')
      expect(new Set(results.map(({ session }) => session.jti))).toEqual(new Set([`next-${winner}`]))
      expect(await store.getSession(sid)).toMatchObject({ jti: `next-${winner}`, generation: 1 })
    }
  })

  test('revokes once where 200 reuses come from two processes', async () => {
    await store.createSession(newSession({ sid: 'reused' }))
    const calls = Array.from(
      { length: 200 },
      (_, index): StoreCall => ['rotateSession', newRotation(`jti-x${index}`, 'next', { sid: 'reused' })],
    )
    const verdicts = ((await run(calls)) as RotationResult[]).map(({ verdict }) => verdict).sort()
    expect(verdicts).toEqual(['reused', ...Array(199).fill('revoked')])
    expect(await isEnded('reused')).toBe(true)
  })

  test('lets nothing survive, and loses nothing, where two processes create, rotate and revoke at once', async () => {
    for (let round = 0; round < 5; round++) {
      const sids = Array.from({ length: 40 }, (_, index) => `mixed-${round}-${index}`)
      const old = sids.slice(0, 20)
      for (const sid of old) await store.createSession(newSession({ sid }))
      const calls = sids.flatMap((sid, index): StoreCall[] => [
        index < 20 ? ['rotateSession', newRotation('jti-0', 'jti-1', { sid })] : ['createSession', newSession({ sid })],
        ...(index % 8 === 0 ? [['revokeSession', sid, null] as const] : []),
        ...(index % 10 === 5
          ? [
              [
                'revokeSessions',
                'ada',
                { keepMs: null, entries: [{ id: 'user:ada', issuedBy: 'now', keepMs: null }] },
              ] as const,
            ]
          : []),
      ])
      await run(calls)
      const { sessions } = await store.listSessions('ada', { limit: 999 })
      const live = sessions.map(({ sid }) => sid)
      for (const sid of old) expect(live).not.toContain(sid)
      for (const sid of sids) expect(await isEnded(sid)).toBe(!live.includes(sid))
      const ended = await store.revokeSessions('ada', { keepMs: null, entries: [] })
      expect([...ended].sort()).toEqual([...live].sort())
    }
  })

  test('does not let those wait for each other that revoke the same entries in different orders', async () => {
    const entries = Array.from({ length: 50 }, (_, index) => ({ id: `jti:${index}`, issuedBy: index, keepMs: 1000 }))
    const calls = Array.from({ length: 200 }, (_, index): StoreCall[] => [
      ['revoke', 'ada', index % 2 === 0 ? entries : [...entries].reverse()],
      ['prune', 5],
    ])
    await run(calls.flat())
  })

  test('adds entries in the order of their ids, whatever order they come in', async () => {
    const entries = Array.from({ length: 20 }, (_, index) => ({
      id: `jti:order-${10 + index}`,
      keepMs: null,
    })).reverse()
    const other = await openTransaction()
    await other.store.revoke('ada', [{ id: 'jti:order-15', keepMs: null }])
    const waiting = store.revoke('ada', entries)
    await untilOneWaits()
    await store.revoke(
      'ada',
      entries.filter(({ id }) => id > 'jti:order-15'),
    )
    await other.finish()
    await waiting
  })

  test('ends a session, too, whose creation is about to be committed', async () => {
    const creating = await openTransaction()
    await creating.store.createSession(newSession({ sid: 'late', sub: 'late' }))
    const revoking = store.revokeSessions('late', { keepMs: null, entries: [] })
    await untilOneWaits()
    await creating.finish()
    expect(await revoking).toEqual(['late'])
    expect(await isEnded('late')).toBe(true)
    expect(await store.getSession('late')).toBeUndefined()
  })

  test('revokes a session, too, whose creation is about to be committed, and the other way round', async () => {
    const creating = await openTransaction()
    await creating.store.createSession(newSession({ sid: 'young' }))
    const revoking = store.revokeSession('young', null)
    await untilOneWaits()
    await creating.finish()
    expect(await revoking).toMatchObject({ sid: 'young' })

    const first = await openTransaction()
    await first.store.revokeSession('unborn', null)
    const second = store.createSession(newSession({ sid: 'unborn' }))
    await untilOneWaits()
    await first.finish()
    await second
    for (const sid of ['young', 'unborn']) {
      expect(await store.getSession(sid)).toBeUndefined()
      expect(await isEnded(sid)).toBe(true)
    }
  })

  test('creates a session after the end of all others that is about to be committed', async () => {
    const revoking = await openTransaction()
    const entries = [{ id: 'user:next', issuedBy: 5e12, keepMs: null }]
    await revoking.store.revokeSessions('next', { keepMs: null, entries })
    const creating = store.createSession(newSession({ sid: 'next', sub: 'next', newerThan: ['user:next'] }))
    await untilOneWaits()
    await revoking.finish()
    const { session, issuedAt } = await creating
    expect(issuedAt).toBe(5e12 + 1)
    expect((await store.listSessions('next', { limit: 9 })).sessions).toEqual([session])
    expect(await isEnded('next')).toBe(false)
  })

  test.each([
    [
      'replayed',
      'is rotated',
      (other: Store, sid: string) => other.rotateSession(newRotation('jti-0', 'jti-1', { sid })),
    ],
    ['revoked', 'is revoked', (other: Store, sid: string) => other.revokeSession(sid, null)],
    ['revoked', 'ends with all others', (other: Store) => other.revokeSessions('ada', { keepMs: null, entries: [] })],
    ['revoked', 'is reused', (other: Store, sid: string) => other.rotateSession(newRotation('x', 'y', { sid }))],
  ] as const)('says %s where a session %s while the rotation waits', async (verdict, reason, first) => {
    const sid = `waits: ${reason}`
    await store.createSession(newSession({ sid }))
    const other = await openTransaction()
    await first(other.store, sid)
    const rotating = store.rotateSession(newRotation('jti-0', 'jti-2', { sid }))
    await untilOneWaits()
    await other.finish()
    expect((await rotating).verdict).toBe(verdict)
  })

  test('ends a session with its newest token, where it is rotated while the end waits', async () => {
    await store.createSession(newSession({ sid: 'newest' }))
    const rotating = await openTransaction()
    await rotating.store.rotateSession(newRotation('jti-0', 'jti-1', { sid: 'newest' }))
    const revoking = store.revokeSession('newest', null)
    await untilOneWaits()
    await rotating.finish()
    expect(await revoking).toMatchObject({ sid: 'newest', jti: 'jti-1' })
    expect(await store.getSession('newest')).toBeUndefined()
  })

  test('does not wait for a row that another has locked, where it prunes', async () => {
    let now = Date.now()
    const options = { prefix: 'pruned', clock: () => now }
    const pruned = postgresStore({ pool, ...options })
    await pruned.migrate()
    for (const sid of ['held', 'free']) await pruned.createSession(newSession({ sid }))
    const rotating = await openTransaction(options)
    await rotating.store.rotateSession(newRotation('jti-0', 'jti-1', { sid: 'held' }))
    now += 100 * 60_000
    expect(await pruned.prune()).toBe(1)
    await rotating.finish()
    expect(await pruned.prune()).toBe(1)
  })
})
