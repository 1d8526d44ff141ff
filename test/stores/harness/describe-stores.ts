import { afterAll, beforeAll, describe } from 'vitest'
import { storeFamilies } from './index.ts'
import {
  type Connect,
  harnessOver,
  labelOf,
  type StoreConnection,
  type StoreFamily,
  type StoreServer,
  type StoreUnderTest,
} from './store-family.ts'

/** Tests every client of every store. Each server runs once; within a test, all of it is there. */
export function describeStores(
  body: (store: StoreUnderTest) => void,
  families: readonly StoreFamily[] = storeFamilies,
): void {
  for (const family of families) {
    describe.runIf(family.isAvailable())(family.name, () => {
      let server: StoreServer | undefined
      beforeAll(async () => {
        server = await family.start()
      }, 60_000)
      afterAll(() => server?.stop())
      const address = (): string => server?.address ?? ''
      for (const [client, connect] of Object.entries(family.clients))
        describe(client, () => body(connected(family, { client, connect, address })))
    })
  }
}

interface ClientParts {
  readonly client: string
  readonly connect: Connect
  address(): string
}

function connected(family: StoreFamily, { client, connect, address }: ClientParts): StoreUnderTest {
  let connection: StoreConnection | undefined
  beforeAll(async () => {
    connection = await connect(address())
  }, 30_000)
  afterAll(() => connection?.close())
  const name = labelOf(family, client)
  const find = (): StoreConnection => {
    if (connection === undefined) throw new Error(`${name} is not connected yet`)
    return connection
  }
  return {
    name,
    family,
    client,
    harness: harnessOver(name, find),
    get address() {
      return address()
    },
    get connection() {
      return find()
    },
  }
}
