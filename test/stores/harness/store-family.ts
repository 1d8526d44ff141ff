import { randomUUID } from 'node:crypto'
import type { OpenStore, StoreHarness } from 'jwt-extended/testing'

/** A server, or what stands for one, and the clients that reach it. */
export interface StoreFamily {
  readonly name: string
  /** Whether several processes can use one store of it. */
  readonly isShared: boolean
  /** By the name of the client. */
  readonly clients: Readonly<Record<string, Connect>>
  /** Whether it can run here. Prints why not, as `skip()` says. */
  isAvailable(): boolean
  start(): Promise<StoreServer>
}

export interface StoreServer {
  /** What a client of any process finds it by. */
  readonly address: string
  stop(): Promise<unknown>
}

export type Connect = (address: string) => Promise<StoreConnection>

export interface StoreConnection {
  /** Opens the store of this name: the same one in every process, unless the family is not shared. */
  open(name: string, options?: StoreClock): OpenStore
  close(): Promise<unknown>
}

export interface StoreClock {
  /** Milliseconds since 1970. @default the clock of the server */
  readonly clock?: () => number
}

/** A client of a server that runs. */
export interface StoreUnderTest {
  readonly name: string
  readonly family: StoreFamily
  readonly client: string
  readonly address: string
  readonly connection: StoreConnection
  /** Opens a store of its own each time. */
  readonly harness: StoreHarness
}

/** What stands for a server where there is none. */
export const noServer = async (): Promise<StoreServer> => ({ address: '', stop: async () => {} })

/** The name of a store that no other test has. */
export function newStoreName(): string {
  return `t${randomUUID().replaceAll('-', '')}`
}

/** Opens a store of its own for each test, over one connection. */
export function harnessOver(name: string, connection: () => StoreConnection): StoreHarness {
  return { name, open: async ({ clock }) => connection().open(newStoreName(), { clock }) }
}

export function labelOf({ name, clients }: StoreFamily, client: string): string {
  return Object.keys(clients).length === 1 ? name : `${name} with ${client}`
}
