import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout } from 'node:timers/promises'
import { promisify } from 'node:util'
import { freePort } from './free-port.ts'

export interface RedisServerOptions {
  /** Where it listens. @default a free port */
  readonly port?: number
  /** Where it keeps its files; stays after the end. @default a new folder, which goes with the server */
  readonly folder?: string
  /** Whether it writes each command to a file, and how often that is forced to the disk. @default 'off' */
  readonly appendOnly?: 'off' | 'everysec' | 'always'
  /** More arguments of `redis-server`. */
  readonly args?: readonly string[]
}

export interface RedisServer {
  readonly host: string
  readonly port: number
  readonly url: string
  readonly folder: string
  readonly pid: number
  /** Ends it, and removes what it was not given. */
  stop(signal?: NodeJS.Signals): Promise<void>
}

export interface RedisCluster {
  readonly nodes: readonly RedisServer[]
  stop(): Promise<void>
}

const host = '127.0.0.1'
const slotCount = 16_384

/** Starts a Redis on 127.0.0.1 that saves nothing unless it is told to. */
export async function startRedis({
  port,
  folder,
  appendOnly = 'off',
  args = [],
}: RedisServerOptions = {}): Promise<RedisServer> {
  const listensOn = port ?? (await freePort())
  const dir = folder ?? (await mkdtemp(join(tmpdir(), 'redis-')))
  const durability =
    appendOnly === 'off' ? ['--appendonly', 'no'] : ['--appendonly', 'yes', '--appendfsync', appendOnly]
  const server = spawn(
    'redis-server',
    ['--port', String(listensOn), '--bind', host, '--dir', dir, '--save', '', ...durability, ...args],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  const endNow = (): void => void server.kill('SIGKILL')
  // A test that fails to stop it must not leave it behind.
  process.once('exit', endNow)
  server.once('exit', () => process.off('exit', endNow))
  await untilReady(server)
  return {
    host,
    port: listensOn,
    url: `redis://${host}:${listensOn}`,
    folder: dir,
    pid: server.pid ?? Number.NaN,
    stop: async (signal = 'SIGTERM') => {
      await end(server, signal)
      if (folder === undefined) await rm(dir, { recursive: true, force: true })
    },
  }
}

/** Starts a cluster of three nodes without replicas. */
export async function startRedisCluster(options: Pick<RedisServerOptions, 'appendOnly'> = {}): Promise<RedisCluster> {
  const nodes = await Promise.all(Array.from({ length: 3 }, () => startNode(options)))
  await Promise.all(nodes.map(assignSlots))
  const [first, ...others] = nodes
  for (const { port } of others)
    await redisCli(first?.port ?? 0, 'cluster', 'meet', host, String(port), await busPort(port))
  await Promise.all(nodes.map(untilJoined))
  return { nodes, stop: async () => void (await Promise.all(nodes.map(node => node.stop()))) }
}

/** What the server says to a command. */
export async function redisCli(port: number, ...command: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)('redis-cli', ['-h', host, '-p', String(port), ...command])
  return stdout.trim()
}

async function startNode({ appendOnly = 'off' }: Pick<RedisServerOptions, 'appendOnly'>): Promise<RedisServer> {
  // By default the bus of a node is on its port + 10000, which somebody else may have, or which may not exist.
  const args = [
    '--cluster-enabled',
    'yes',
    '--cluster-port',
    String(await freePort()),
    '--cluster-node-timeout',
    '5000',
  ]
  return await startRedis({ appendOnly, args })
}

async function busPort(port: number): Promise<string> {
  return (await redisCli(port, 'config', 'get', 'cluster-port')).split('\n').at(-1) ?? ''
}

async function assignSlots({ port }: RedisServer, index: number, { length }: readonly unknown[]): Promise<void> {
  const [from, to] = [index, index + 1].map(part => Math.floor((slotCount * part) / length)) as [number, number]
  await redisCli(port, 'cluster', 'set-config-epoch', String(index + 1))
  await redisCli(port, 'cluster', 'addslotsrange', String(from), String(to - 1))
}

async function untilJoined({ port }: RedisServer): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const state = await redisCli(port, 'cluster', 'info')
    if (state.includes('cluster_state:ok') && state.includes(`cluster_slots_ok:${slotCount}`)) return
    await setTimeout(50)
  }
  throw new Error('the nodes of the cluster did not join within ten seconds')
}

async function untilReady(server: ChildProcess): Promise<void> {
  if (server.stdout === null) throw new Error('redis-server was started without an output')
  const log: string[] = []
  for await (const line of createInterface(server.stdout)) {
    log.push(line)
    if (!line.includes('Ready to accept connections')) continue
    server.stdout.resume()
    return
  }
  throw new Error(`redis-server did not start:\n${log.join('\n')}`)
}

async function end(server: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return
  const exited = once(server, 'exit')
  server.kill(signal)
  await exited
}
