import { randomUUID } from 'node:crypto'
import { Cluster, Redis } from 'ioredis'
import { partitionTag, type RedisStoreOptions, redisStore, type Store, type StoredSession } from 'jwt-extended/stores'
import type { StoreHarness } from 'jwt-extended/testing'
import { createClient, createCluster } from 'redis'
import type { RedisCluster, RedisServer } from '../support/redis-server.ts'

export type AnyClient = RedisStoreOptions['client']

/** A client that is connected, and how it is closed. */
export interface ConnectedClient {
  readonly client: AnyClient
  close(): Promise<unknown>
}

export type Connect<Server> = (server: Server) => Promise<ConnectedClient>

export const connectors = {
  'node-redis': async ({ url }) => {
    const client = await createClient({ url }).connect()
    return { client, close: () => client.close() }
  },
  ioredis: async ({ host, port }) => {
    const client = new Redis({ host, port, lazyConnect: true })
    await client.connect()
    return { client, close: () => client.quit() }
  },
} satisfies Record<string, Connect<RedisServer>>

export const clusterConnectors = {
  'node-redis': async ({ nodes }) => {
    const client = createCluster({ rootNodes: nodes.map(({ url }) => ({ url })) })
    await client.connect()
    return { client, close: () => client.close() }
  },
  ioredis: async ({ nodes }) => {
    const client = new Cluster(
      nodes.map(({ host, port }) => ({ host, port })),
      { lazyConnect: true },
    )
    await client.connect()
    return { client, close: () => client.quit() }
  },
} satisfies Record<string, Connect<RedisCluster>>

/** A prefix that no other test has. */
export function newPrefix(): string {
  return `test-${randomUUID()}`
}

/** Opens a store of its own for each test of the contract, over one client. */
export function harnessOver(name: string, client: () => AnyClient, partitions = 1): StoreHarness {
  return {
    name,
    open: async ({ clock }) => {
      const store = redisStore({ client: client(), prefix: newPrefix(), partitions, clock })
      return { store: partitions === 1 ? store : withTags(store), close: async () => {} }
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
