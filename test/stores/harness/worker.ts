/*
 * A process of its own: runs the calls of a message all at once, and answers with what came of each. Started by
 * `startWorkers`.
 */
import { JwtError, type JwtManager } from 'jwt-extended'
import type { OpenStore } from 'jwt-extended/testing'
import { openManager } from '../../sessions/support.ts'
import { storeFamilies } from './index.ts'
import type { StoreConnection } from './store-family.ts'
import type { SessionCall, SessionOutcome, StoreCall, StorePlace, WorkerMessage, WorkerTask } from './workers.ts'

interface OpenPlace extends OpenStore {
  readonly jwt: JwtManager
}

const connections = new Map<string, Promise<StoreConnection>>()
const places = new Map<string, Promise<OpenPlace>>()

process.on('message', ({ id, task }: WorkerMessage) => {
  const work = task === 'disconnect' ? disconnect() : run(task)
  work.then(
    results => process.send?.({ id, results }),
    error => process.send?.({ id, error: String(error?.stack ?? error) }),
  )
})
process.on('disconnect', () => process.exit())
process.send?.('ready')

async function run({ place, calls }: WorkerTask): Promise<unknown[]> {
  const open = await remember(places, place, () => openPlace(place))
  return Promise.all(calls.map(call => (isSessionCall(call) ? runSessionCall(open, call) : runStoreCall(open, call))))
}

async function openPlace({ name, ...server }: StorePlace): Promise<OpenPlace> {
  const connection = await remember(connections, server, () => connect(server))
  const open = connection.open(name)
  return { ...open, jwt: openManager(open.store) }
}

function connect({ family, client, address }: Omit<StorePlace, 'name'>): Promise<StoreConnection> {
  const connectTo = storeFamilies.find(({ name }) => name === family)?.clients[client]
  if (connectTo === undefined) throw new Error(`There is no store ${family} with the client ${client}`)
  return connectTo(address)
}

async function disconnect(): Promise<void> {
  for (const open of places.values()) await (await open).close()
  for (const connection of connections.values()) await (await connection).close()
  places.clear()
  connections.clear()
}

function isSessionCall(call: StoreCall | SessionCall): call is SessionCall {
  return call[0].startsWith('sessions.')
}

async function runStoreCall({ store }: OpenPlace, [name, ...values]: StoreCall): Promise<unknown> {
  const method = store[name] as (...values: unknown[]) => Promise<unknown>
  return (await method.apply(store, values)) ?? null
}

async function runSessionCall({ jwt }: OpenPlace, [name, value]: SessionCall): Promise<SessionOutcome> {
  const method = name.slice('sessions.'.length) as 'create' | 'rotate' | 'revoke' | 'revokeAll'
  try {
    const made = await jwt.sessions[method](value)
    if (typeof made !== 'object') return {}
    const { sessionId, accessToken, refreshToken } = made
    return { sessionId, accessToken, refreshToken }
  } catch (error) {
    if (error instanceof JwtError) return { refused: error.code }
    throw error
  }
}

function remember<Value>(known: Map<string, Promise<Value>>, key: object, make: () => Promise<Value>): Promise<Value> {
  const text = JSON.stringify(key)
  const value = known.get(text) ?? make()
  known.set(text, value)
  return value
}
