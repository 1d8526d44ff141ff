import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Cluster, Redis } from 'ioredis'
import { type NewSession, partitionTag, type Rotation, redisStore, type Store } from 'jwt-extended/stores'
import { testStore } from 'jwt-extended/testing'
import { createClient, createCluster, createSentinel } from 'redis'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freePort } from '../support/free-port.ts'
import { hasPrograms } from '../support/programs.ts'
import { type RedisServer, redisCli, startRedis } from '../support/redis-server.ts'
import { type AnyClient, type ConnectedClient, connectors, forContract } from './harness/redis.ts'
import { harnessOver, newStoreName } from './harness/store-family.ts'

describe.runIf(hasPrograms('redis-server', 'redis-cli'))('a Redis of its own', () => {
  let server: RedisServer

  beforeAll(async () => {
    server = await startRedis()
  })
  afterAll(() => server.stop())

  const cli = (...command: string[]): Promise<string> => redisCli(server.port, ...command)

  for (const [name, connect] of Object.entries(connectors)) {
    describe(name, () => {
      let connected: ConnectedClient
      const open = (options: object = {}): Store =>
        redisStore({ client: connected.client, prefix: newStoreName(), ...options })

      beforeAll(async () => {
        connected = await connect(server.url)
      })
      afterAll(() => connected.close())

      testStore(
        harnessOver(`redis, by ${name}`, () => forContract(connected.client, 1)),
        { describe, test },
      )
      testStore(
        harnessOver(`redis, by ${name}, with partitions: 8`, () => forContract(connected.client, 8)),
        { describe, test },
      )

      test('goes by the clock of the server', async () => {
        const [seconds = ''] = (await cli('time')).split('\n')
        const { session, issuedAt } = await open().createSession(newSession())
        assert.equal(issuedAt, session.createdAt)
        assert.ok(Math.abs(session.createdAt - Number(seconds) * 1000) < 10_000)
        assert.equal(session.expiresAt, session.createdAt + 3_600_000)
      })

      test('makes one round trip for each operation', async () => {
        const { client, calls } = counted(connected.client)
        const store = open({ client })
        await useAll(store)
        calls.length = 0
        for (const operation of operations(store)) {
          await operation()
          assert.equal(calls.length, 1, String(operation))
          calls.length = 0
        }
      })

      test('sends a script in full where the server has forgotten it', async () => {
        const { client, calls } = counted(connected.client)
        const store = open({ client })
        await useAll(store)
        await cli('script', 'flush')
        calls.length = 0
        await store.createSession(newSession())
        await store.createSession(newSession())
        assert.deepEqual(
          calls.map(call => call.toLowerCase()),
          ['evalsha', 'eval', 'evalsha'],
        )
      })

      test('lets the server drop a session, the index of its user, and nothing that has no end', async () => {
        const prefix = newStoreName()
        const store = open({ prefix })
        const ttl = async (key: string): Promise<number> => Number(await cli('pttl', `{${prefix}:0}:${key}`))
        await store.createSession(newSession())
        // Its idle time and a minute.
        for (const key of ['s:session-1', 'u:ada']) {
          const ms = await ttl(key)
          assert.ok(ms > 1_250_000 && ms <= 1_260_000, `${key} lives for ${ms}`)
        }
        await store.createSession(newSession({ sid: 'session-2', idleMs: null, lifetimeMs: null }))
        assert.deepEqual([await ttl('s:session-2'), await ttl('u:ada')], [-1, -1])
        await store.revokeSession('session-2', null)
        assert.ok((await ttl('u:ada')) > 0)
        assert.deepEqual([await ttl('s:session-2'), await ttl('rv')], [-2, -1])
      })

      test('takes sessions that are over out of the index of their user', async () => {
        const prefix = newStoreName()
        let now = Date.now()
        const store = open({ prefix, clock: () => now })
        for (let index = 0; index < 5; index++) await store.createSession(newSession({ sid: `old-${index}` }))
        now += 7_200_000
        await store.createSession(newSession({ sid: 'new' }))
        assert.equal(await cli('zrange', `{${prefix}:0}:u:ada`, '0', '-1'), 'new')
      })

      test('prunes thousands of entries, and as many as it is told to', async () => {
        let now = Date.now()
        const store = open({ clock: () => now })
        const entries = Array.from({ length: 2500 }, (_, index) => ({ id: `jti:${index}`, issuedBy: 1, keepMs: 1000 }))
        await store.revoke('ada', entries)
        now += 61_000
        assert.deepEqual([await store.prune(5), await store.prune(), await store.prune()], [5, 2495, 0])
      })

      test('keeps times to the digit', async () => {
        const store = open()
        const issuedBy = Number.MAX_SAFE_INTEGER
        await store.revoke('ada', [{ id: 'user:ada', issuedBy, keepMs: null }])
        const isRevoked = (issuedAt: number) =>
          store.isRevoked({ sub: 'ada', ids: [], watermarks: ['user:ada'], issuedAt })
        assert.deepEqual([await isRevoked(issuedBy), await isRevoked(issuedBy + 1)], [true, false])
      })

      test('takes infinite times, and text that was cut within a character', async () => {
        const store = open()
        const changes = { lifetimeMs: Number.POSITIVE_INFINITY, idleMs: Number.POSITIVE_INFINITY, userAgent: 'a\ud83e' }
        const { session } = await store.createSession(newSession(changes))
        assert.equal(session.userAgent, 'a\ufffd')
        assert.deepEqual((await store.listSessions('ada', { limit: Number.POSITIVE_INFINITY })).sessions, [session])
        await store.revoke('ada', [{ id: 'jti:a', keepMs: Number.POSITIVE_INFINITY }])
        assert.equal(await store.isRevoked({ sub: 'ada', ids: ['jti:a'], watermarks: [], issuedAt: 0 }), true)
      })

      test('keeps a session in less than half a kilobyte', async () => {
        const prefix = newStoreName()
        const ids = { sid: '019123ab-89ab-7cde-8f01-23456789abcd', jti: '019123ab-89ab-7cde-8f01-23456789abce' }
        const store = open({ prefix })
        await store.createSession(
          newSession({ ...ids, sub: '12345678', ip: '203.0.113.17', userAgent: 'Firefox on Linux' }),
        )
        const bytes = Number(await cli('memory', 'usage', `{${prefix}:0}:s:${ids.sid}`))
        assert.ok(bytes < 512, `it takes ${bytes} bytes`)
      })

      test('with partitions: finds a session by its id, and takes no id without a tag', async () => {
        const store = open({ partitions: 8 })
        const sid = `session-${partitionTag('ada')}`
        const { session } = await store.createSession(newSession({ sid }))
        assert.deepEqual(await store.getSession(sid), session)
        await expect(store.createSession(newSession({ sid: 'session-1' }))).rejects.toThrow(TypeError)
        await expect(store.getSession('session-1')).rejects.toThrow(/partitionTag\(sub\)/)
        await expect(store.revokeSession('session-1', null)).rejects.toThrow(TypeError)
      })

      test('says so where it finds something else under its keys', async () => {
        const prefix = newStoreName()
        const store = open({ prefix })
        await cli('hset', `{${prefix}:0}:s:strange`, 'sub', 'ada', 'jti', 'a', 'created', '9e15', 'used', '9e15')
        await expect(store.getSession('strange')).rejects.toThrow(/same prefix/)
        await cli('set', `{${prefix}:0}:s:text`, 'a')
        await expect(store.getSession('text')).rejects.toThrow(/WRONGTYPE/)
      })
    })
  }

  test('has lost nothing after a kill -9, where the server writes each command to its disk', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'redis-'))
    const asks = { sub: 'ada', ids: ['sid:session-1'], watermarks: [], issuedAt: 0 }
    const killed = await startRedis({ folder, appendOnly: 'always' })
    const before = await connectors.ioredis(killed.url)
    await redisStore({ client: before.client }).revokeSession('session-1', null)
    before.client.disconnect()
    await killed.stop('SIGKILL')
    const restarted = await startRedis({ folder, appendOnly: 'always' })
    const after = await connectors.ioredis(restarted.url)
    assert.equal(await redisStore({ client: after.client }).isRevoked(asks), true)
    await after.close()
    await restarted.stop()
    await rm(folder, { recursive: true })
  })

  test('keeps to the prefix of the client, where it has one', async () => {
    const prefix = newStoreName()
    const client = new Redis({ host: server.host, port: server.port, keyPrefix: 'app:' })
    const store = redisStore({ client, prefix })
    await store.createSession(newSession())
    assert.equal((await store.listSessions('ada', { limit: 9 })).sessions.length, 1)
    assert.deepEqual(await store.revokeSessions('ada', { keepMs: null, entries: [] }), ['session-1'])
    const keys = await cli('keys', `*${prefix}*`)
    assert.equal(keys, `app:{${prefix}:0}:rv`)
    await client.quit()
  })
})

describe('a client that is not connected', () => {
  const asks = { sub: 'ada', ids: ['jti:a'], watermarks: [], issuedAt: 0 }

  test('of node-redis gives its error at once', async () => {
    const store = redisStore({ client: createClient({ url: `redis://127.0.0.1:${await freePort()}` }) })
    await expect(store.isRevoked(asks)).rejects.toThrow(/closed/)
  })

  test('of ioredis gives its error within its own limits', async () => {
    const client = new Redis({
      host: '127.0.0.1',
      port: await freePort(),
      maxRetriesPerRequest: 1,
      retryStrategy: () => 10,
    })
    // It would print the failures to connect.
    client.on('error', () => {})
    await expect(redisStore({ client }).isRevoked(asks)).rejects.toThrow(/max retries/)
    client.disconnect()
  })
})

describe('redisStore', () => {
  const client = createClient()

  test('takes any client of node-redis and ioredis', async () => {
    const node = { host: '127.0.0.1', port: 1 }
    const sentinel = new Redis({ name: 'main', sentinels: [node], lazyConnect: true })
    const clients = [
      createCluster({ rootNodes: [{ url: 'redis://127.0.0.1:1' }] }),
      createSentinel({ name: 'main', sentinelRootNodes: [node] }),
      sentinel,
      new Cluster([node], { lazyConnect: true }),
    ]
    for (const each of clients) assert.equal(redisStore({ client: each }).name, 'redis')
    sentinel.disconnect()
  })

  test('refuses a client that it does not know', () => {
    for (const wrong of [undefined, null, {}, { get() {} }, 'redis://localhost', { eval() {} }]) {
      assert.throws(() => redisStore({ client: wrong as unknown as AnyClient }), /^TypeError: client must be/)
    }
  })

  test('refuses options that are wrong', () => {
    for (const prefix of ['', 'a{b}', 'a b', 'x'.repeat(65)]) {
      assert.throws(() => redisStore({ client, prefix }), /^TypeError: prefix must be/)
    }
    for (const partitions of [0, 1.5, 1025, Number.NaN, '2' as unknown as number]) {
      assert.throws(() => redisStore({ client, partitions }), /^TypeError: partitions must be/)
    }
    assert.throws(() => redisStore({ client, clock: 5 as unknown as () => number }), /^TypeError: clock must be/)
  })
})

function newSession(changes: Partial<NewSession> = {}): NewSession {
  const ids = { sid: 'session-1', sub: 'ada', jti: 'jti-0' }
  const times = { lifetimeMs: 3_600_000, idleMs: 1_200_000 }
  return { ...ids, ...times, ip: null, userAgent: null, newerThan: [], ...changes }
}

function rotation(presentedJti: string, proposedJti: string): Rotation {
  const ids = { sid: 'session-1', sub: 'ada', presentedJti, proposedJti }
  return { ...ids, graceMs: 0, minRotationMs: 0, keepMs: null, ip: null, userAgent: null, newerThan: [] }
}

/** Each operation of a store once, in an order that makes sense. */
function operations(store: Store): (() => Promise<unknown>)[] {
  const entries = [{ id: 'jti:a', keepMs: null }]
  return [
    () => store.createSession(newSession()),
    () => store.createSession(newSession({ sid: 'session-2' })),
    () => store.rotateSession(rotation('jti-0', 'jti-1')),
    () => store.rotateSession(rotation('jti-1', 'jti-2')),
    () => store.rotateSession(rotation('jti-0', 'jti-3')),
    () => store.getSession('session-2'),
    () => store.listSessions('ada', { limit: 5 }),
    () => store.revokeSession('session-2', null),
    () => store.revokeSessions('ada', { keepMs: null, entries }),
    () => store.revoke('ada', entries),
    () => store.revoke(undefined, entries),
    async () => store.isRevoked({ sub: 'ada', ids: ['jti:a'], watermarks: ['user:ada'], issuedAt: 0 }),
    () => store.prune(),
  ]
}

async function useAll(store: Store): Promise<void> {
  for (const operation of operations(store)) await operation()
}

/** The same client, and the names of its methods that were called. */
function counted(client: AnyClient): { client: AnyClient; calls: string[] } {
  const calls: string[] = []
  const proxy = new Proxy(client, {
    get: (target, name) => {
      const member = Reflect.get(target, name)
      if (typeof member !== 'function') return member
      return (...args: unknown[]) => {
        calls.push(String(name))
        return Reflect.apply(member, target, args)
      }
    },
  })
  return { client: proxy, calls }
}
