import { memory } from './memory.ts'
import { pglite, postgres } from './postgres.ts'
import { redis, redisCluster } from './redis.ts'
import { libsql, nodeSqliteFamily } from './sqlite.ts'
import { harnessOver, labelOf, type StoreFamily, type StoreUnderTest } from './store-family.ts'

/** Every store there is, each with all its clients. */
export const storeFamilies: readonly StoreFamily[] = [
  memory,
  libsql,
  nodeSqliteFamily,
  pglite,
  postgres,
  redis,
  redisCluster,
]

/** Runs some work on every client of every store, one after the other. */
export async function withEachStore(body: (store: StoreUnderTest) => Promise<void>): Promise<void> {
  for (const family of storeFamilies.filter(each => each.isAvailable())) {
    const { address, stop } = await family.start()
    try {
      for (const client of Object.keys(family.clients)) await withClient(family, { client, address }, body)
    } finally {
      await stop()
    }
  }
}

async function withClient(
  family: StoreFamily,
  { client, address }: { readonly client: string; readonly address: string },
  body: (store: StoreUnderTest) => Promise<void>,
): Promise<void> {
  const connect = family.clients[client]
  if (connect === undefined) throw new Error(`${family.name} has no client ${client}`)
  const connection = await connect(address)
  const name = labelOf(family, client)
  try {
    await body({ name, family, client, address, connection, harness: harnessOver(name, () => connection) })
  } finally {
    await connection.close()
  }
}
