import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { postgresStore, redisStore, type Store } from 'jwt-extended/stores'
import { Client, Pool } from 'pg'
import { createClient } from 'redis'
import { freePort } from '../../support/free-port.ts'
import {
  newPostgresFolder,
  type PostgresServer,
  type PostgresServerOptions,
  startPostgres,
} from '../../support/postgres-server.ts'
import { type RedisServerOptions, startRedis } from '../../support/redis-server.ts'

/** A server that can be made to fail, and the stores on it: one for each client, with the same data. */
export interface FallibleStore {
  readonly stores: readonly Store[]
  /** SIGSTOP: it keeps its connections, and answers nothing. */
  pause(): Promise<void>
  resume(): void
  /** SIGKILL. Returns when that was, by `performance.now()`. */
  kill(): Promise<number>
  /** Starts it again where it was, with what it has on its disk. */
  restart(): Promise<void>
  /** Ends it and its clients, and removes its files. */
  close(): Promise<void>
}

export interface FallibleRedis extends FallibleStore {
  readonly port: number
  /** Where it keeps its files. */
  readonly folder: string
}

/** A Redis that keeps its data, with a client of node-redis and one of ioredis. */
export async function startFallibleRedis(appendOnly: RedisServerOptions['appendOnly'] = 'off'): Promise<FallibleRedis> {
  const options = { port: await freePort(), folder: await mkdtemp(join(tmpdir(), 'redis-')), appendOnly }
  let server = await startRedis(options)
  const nodeRedis = createClient({ url: server.url })
  const ioredis = new Redis({ host: server.host, port: server.port })
  for (const client of [nodeRedis, ioredis]) client.on('error', ignore)
  await nodeRedis.connect()
  return {
    port: options.port,
    folder: options.folder,
    stores: [redisStore({ client: nodeRedis }), redisStore({ client: ioredis })],
    pause: async () => signal(server.pid, 'SIGSTOP'),
    resume: () => signal(server.pid, 'SIGCONT'),
    kill: async () => {
      const ended = server.stop('SIGKILL')
      const at = performance.now()
      await ended
      return at
    },
    restart: async () => {
      server = await startRedis(options)
    },
    close: async () => {
      nodeRedis.destroy()
      ioredis.disconnect()
      await server.stop('SIGKILL')
      await rm(options.folder, { recursive: true, force: true })
    },
  }
}

/** A Postgres with a pool of clients. */
export async function startFalliblePostgres(
  programs: string,
  { fsync = false }: Pick<PostgresServerOptions, 'fsync'> = {},
): Promise<FallibleStore> {
  const options = { port: await freePort(), folder: newPostgresFolder(), fsync }
  let server = await startPostgres(programs, options)
  const { connectionString } = server
  const pool = new Pool({ connectionString, max: 20 })
  pool.on('error', ignore)
  const store = postgresStore({ pool })
  await store.migrate()
  let paused: readonly number[] = []
  const resume = (): void => {
    process.off('exit', resume)
    for (const pid of paused) signal(pid, 'SIGCONT')
    paused = []
  }
  return {
    stores: [store],
    pause: async () => {
      paused = await listProcesses(server)
      for (const pid of paused) signal(pid, 'SIGSTOP')
      process.once('exit', resume)
    },
    resume,
    kill: async () => {
      const [, ...others] = await listProcesses(server)
      const ended = server.stop('SIGKILL')
      for (const pid of others) signal(pid, 'SIGKILL')
      const at = performance.now()
      await ended
      return at
    },
    restart: async () => {
      server = await startAgain(() => startPostgres(programs, options))
    },
    close: async () => {
      resume()
      await pool.end()
      await server.stop('SIGINT')
      await rm(options.folder, { recursive: true, force: true })
    },
  }
}

/** The server and the processes that it has made, each of which a signal has to be sent to. */
async function listProcesses({ connectionString, pid }: PostgresServer): Promise<number[]> {
  const client = new Client({ connectionString })
  client.on('error', ignore)
  await client.connect()
  const { rows } = await client.query<{ pid: number }>('SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid()')
  await client.end()
  return [pid, ...rows.map(row => row.pid)]
}

/** While a process of the server that was killed is still there, a new one refuses to start. */
async function startAgain(start: () => Promise<PostgresServer>): Promise<PostgresServer> {
  for (let attempt = 0; attempt < 50; attempt++) {
    const server = await start().catch(ignore)
    if (server !== undefined) return server
    await setTimeout(100)
  }
  return start()
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch (error) {
    // It may have ended by itself.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

// Clients tell of connections that break, and here they do.
function ignore(): void {}
