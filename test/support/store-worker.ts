/*
 * A process with a pool of its own: runs the calls of a message all at once, and answers with what came of each. Started
 * by `startWorkers`, with the connection string as its argument.
 */
import pg from 'pg'
import { postgresStore, type Store } from '../../src/stores/index.ts'
import type { StoreCall, StoreTask } from './store-workers.ts'

// By its default export, for older versions have no other in a module.
const pool = new pg.Pool({ connectionString: process.argv[2], max: 20 })

async function run(store: Store, [name, ...values]: StoreCall): Promise<unknown> {
  const method = store[name] as (...values: unknown[]) => Promise<unknown>
  return (await method.apply(store, values)) ?? null
}

process.on('message', ({ prefix, calls }: StoreTask) => {
  const store = postgresStore({ pool, prefix })
  Promise.all(calls.map(call => run(store, call))).then(
    results => process.send?.({ results }),
    error => process.send?.({ error: String(error) }),
  )
})
process.on('disconnect', () => process.exit())
await Promise.all(Array.from({ length: 20 }, () => pool.query('SELECT 1')))
process.send?.('ready')
