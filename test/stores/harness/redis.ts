import { Cluster, Redis } from 'ioredis'
import { partitionTag, type RedisStoreOptions, redisStore, type Store, type StoredSession } from 'jwt-extended/stores'
import { createClient, createCluster } from 'redis'
import { hasPrograms } from '../../support/programs.ts'
import { startRedis, startRedisCluster } from '../../support/redis-server.ts'
import type { Connect, StoreConnection, StoreFamily } from './store-family.ts'

export type AnyClient = RedisStoreOptions['client']

/** A client that is connected, and how it is closed. */
export interface ConnectedClient {
  readonly client: AnyClient
  close(): Promise<unknown>
}

/** Connects to the server at a URL; to a cluster by those of its nodes, with commas between them. */
export type ConnectClient = (address: string) => Promise<ConnectedClient>

export const connectors = {
  'node-redis': async url => {
    const client = await createClient({ url }).connect()
    return { client, close: () => client.close() }
  },
  ioredis: async url => {
    const client = new Redis(url, { lazyConnect: true })
    await client.connect()
    return { client, close: () => client.quit() }
  },
} satisfies Record<string, ConnectClient>

export const clusterConnectors = {
  'node-redis': async urls => {
    const client = createCluster({ rootNodes: urls.split(',').map(url => ({ url })) })
    await client.connect()
    return { client, close: () => client.close() }
  },
  ioredis: async urls => {
    const client = new Cluster(urls.split(','), { lazyConnect: true })
    await client.connect()
    return { client, close: () => client.quit() }
  },
} satisfies Record<string, ConnectClient>

const isAvailable = (): boolean => hasPrograms('redis-server', 'redis-cli')

export const redis: StoreFamily = {
  name: 'Redis',
  isShared: true,
  isAvailable,
  start: async () => {
    const { url, stop } = await startRedis()
    return { address: url, stop }
  },
  clients: clientsOf(connectors, 1),
}

export const redisCluster: StoreFamily = {
  name: 'Redis Cluster',
  isShared: true,
  isAvailable,
  start: async () => {
    const { nodes, stop } = await startRedisCluster()
    return { address: nodes.map(({ url }) => url).join(), stop }
  },
  clients: clientsOf(clusterConnectors, 8),
}

/** Stores over a client that somebody else closes, with keys of their own. */
export function overRedis(client: AnyClient, partitions = 1): StoreConnection {
  return {
    open: (prefix, options) => ({
      store: redisStore({ client, prefix, partitions, ...options }),
      close: async () => {},
    }),
    close: async () => {},
  }
}

function clientsOf(connects: Readonly<Record<string, ConnectClient>>, partitions: number): Record<string, Connect> {
  const clients = Object.entries(connects).map(([name, connect]): [string, Connect] => [
    name,
    async address => {
      const { client, close } = await connect(address)
      return { ...overRedis(client, partitions), close }
    },
  ])
  return Object.fromEntries(clients)
}

/**
 * Stores for the contract, whose sessions have short ids: those get the tag of their user where there are partitions.
 */
export function forContract(client: AnyClient, partitions: number): StoreConnection {
  const connection = overRedis(client, partitions)
  if (partitions === 1) return connection
  return {
    ...connection,
    open: (name, options) => {
      const { store, close } = connection.open(name, options)
      return { store: withTags(store), close }
    },
  }
}

/** Gives the sessions of the contract, which have short ids, ids with the tag of their user, and takes it off again. */
function withTags(store: Store): Store {
  const subs = new Map<string, string>()
  const tagged = (sid: string, sub: string): string => `${sid}-${partitionTag(sub)}`
  const long = (sid: string): string => tagged(sid, subs.get(sid) ?? 'ada')
  const short = (sid: string): string => sid.slice(0, -5)
  const bare = (session: StoredSession): StoredSession => ({ ...session, sid: short(session.sid) })
  const orBare = (session: StoredSession | undefined): StoredSession | undefined => session && bare(session)
  return {
    name: store.name,
    isVolatile: store.isVolatile,
    migrate: () => store.migrate(),
    createSession: async session => {
      subs.set(session.sid, session.sub)
      const created = await store.createSession({ ...session, sid: tagged(session.sid, session.sub) })
      return { ...created, session: bare(created.session) }
    },
    rotateSession: async rotation => {
      const result = await store.rotateSession({ ...rotation, sid: tagged(rotation.sid, rotation.sub) })
      return 'session' in result ? { ...result, session: bare(result.session) } : result
    },
    getSession: async sid => orBare(await store.getSession(long(sid))),
    listSessions: async (sub, page) => {
      const { sessions, ...rest } = await store.listSessions(sub, page)
      return { sessions: sessions.map(bare), ...rest }
    },
    revokeSession: async (sid, keepMs) => orBare(await store.revokeSession(long(sid), keepMs)),
    revokeSessions: async (sub, { except, ...options }) => {
      const sids = await store.revokeSessions(sub, { ...options, except: except && tagged(except, sub) })
      return sids.map(short)
    },
    revoke: (sub, entries) => store.revoke(sub, entries),
    isRevoked: ({ ids, session, ...query }) =>
      store.isRevoked({
        ...query,
        ids: ids.map(id => (id.startsWith('sid:') ? `sid:${long(id.slice(4))}` : id)),
        ...(session && { session: { ...session, sid: tagged(session.sid, query.sub) } }),
      }),
    prune: limit => store.prune(limit),
  }
}
