import { Cluster, Redis } from 'ioredis'
import { redisStore } from 'jwt-extended/stores'
import { createClient, createClientPool, createCluster, createSentinel } from 'redis'

// Every client that redisStore names fits, as it comes and with the options that change its type.
export const stores = () => [
  redisStore({ client: createClient() }),
  redisStore({ client: createClient({ RESP: 2 }) }),
  redisStore({ client: createClient({ RESP: 3 }) }),
  redisStore({ client: createClientPool() }),
  redisStore({ client: createCluster({ rootNodes: [{ url: 'redis://127.0.0.1:7000' }] }) }),
  redisStore({ client: createSentinel({ name: 'main', sentinelRootNodes: [{ host: '127.0.0.1', port: 26379 }] }) }),
  redisStore({ client: new Redis() }),
  redisStore({ client: new Redis({ name: 'main', sentinels: [{ host: '127.0.0.1', port: 26379 }] }) }),
  redisStore({ client: new Cluster([{ host: '127.0.0.1', port: 7000 }]) }),
]

// @ts-expect-error: a client must be able to run scripts
export const wrong = () => redisStore({ client: { get: async () => null } })
