import assert from 'node:assert/strict'
import { partitionTag, redisStore } from 'jwt-extended/stores'
import { testStore } from 'jwt-extended/testing'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { hasPrograms } from '../support/programs.ts'
import { type RedisCluster, redisCli, startRedisCluster } from '../support/redis-server.ts'
import { type ConnectedClient, clusterConnectors, forContract } from './harness/redis.ts'
import { harnessOver, newStoreName } from './harness/store-family.ts'

describe.runIf(hasPrograms('redis-server', 'redis-cli'))('a Redis Cluster of three nodes', () => {
  let cluster: RedisCluster

  beforeAll(async () => {
    cluster = await startRedisCluster()
  })
  afterAll(() => cluster.stop())

  for (const [name, connect] of Object.entries(clusterConnectors)) {
    describe(name, () => {
      let connected: ConnectedClient

      beforeAll(async () => {
        connected = await connect(cluster.nodes.map(({ url }) => url).join())
      })
      afterAll(() => connected.close())

      for (const partitions of [1, 8]) {
        testStore(
          harnessOver(`redis, by ${name}, in a cluster, with partitions: ${partitions}`, () =>
            forContract(connected.client, partitions),
          ),
          { describe, test },
        )
      }

      test('spreads users over the nodes, and refuses what concerns all users on each of them', async () => {
        const prefix = newStoreName()
        const store = redisStore({ client: connected.client, prefix, partitions: 8 })
        const subs = Array.from({ length: 40 }, (_, index) => `user-${index}`)
        for (const sub of subs) await store.createSession(sessionOf(sub))
        const keys = await Promise.all(cluster.nodes.map(({ port }) => redisCli(port, 'keys', `{${prefix}*`)))
        assert.ok(keys.every(text => text.length > 0))
        await store.revoke(undefined, [{ id: 'all', issuedBy: 'now', keepMs: null }])
        for (const sub of subs) {
          assert.equal(await store.isRevoked({ sub, ids: [], watermarks: ['all'], issuedAt: 0 }), true)
          assert.equal(await store.getSession(sessionOf(sub).sid), undefined)
        }
        assert.equal(await store.prune(), 0)
      })
    })
  }
})

function sessionOf(sub: string) {
  const sid = `session-${partitionTag(sub)}`
  return { sid, sub, jti: 'a', lifetimeMs: 60_000, idleMs: null, ip: null, userAgent: null, newerThan: [] }
}
