import { describePackages, inThousands, median, type Report, type Table } from '../figures.ts'
import { rotate } from '../race.ts'
import type { Settings } from '../settings.ts'
import { newTokens } from '../tokens.ts'
import { crossCheckHttp } from './cross-check.ts'
import { connections, Load } from './load.ts'
import { bareName, cachedName, type Framework, frameworks, ourName } from './names.ts'
import { isPinned, pinLoad, type ServerProcess, startServer } from './server-process.ts'
import { openServers } from './servers.ts'

/** Microseconds of one request in one turn: of the server's processor, and of the clock. */
interface Turn {
  readonly cpu: number
  readonly wall: number
}

/** The turns of each way to protect the route, round by round. */
type Turns = ReadonlyMap<string, readonly Turn[]>

interface Pace {
  /** How many processes a route gets, one after the other: V8 has its luck with one and not with the next. */
  readonly starts: number
  /** Of each of them. */
  readonly rounds: number
  readonly sliceMs: number
  readonly warmUpMs: number
}

const fullPace: Pace = { starts: 3, rounds: 15, sliceMs: 100, warmUpMs: 2500 }
const quickPace: Pace = { starts: 1, rounds: 5, sliceMs: 60, warmUpMs: 700 }

const liveTokens = 1000

/** What a protected route costs more than a bare one, over sockets, with each server in a process of its own. */
export async function measureHttp({ isQuick, isCrossChecked }: Settings): Promise<Report> {
  const pace = isQuick ? quickPace : fullPace
  const unpin = pinLoad()
  const found = new Map<Framework, Turns>()
  const crossChecks: Table[] = []
  for (const framework of frameworks) {
    const turns = new Map<string, Turn[]>()
    for (let start = 0; start < pace.starts; start++) {
      const servers = await startServers(framework)
      await measureServers(servers, pace, turns)
      if (isCrossChecked && start === 0) crossChecks.push(await crossCheckHttp(framework, servers))
      for (const server of servers.values()) await server.close()
    }
    found.set(framework, turns)
  }
  unpin()
  return {
    tables: [toHttpTable(found), ...crossChecks],
    figures: Object.assign({}, ...[...found].map(([framework, turns]) => figuresOf(framework, turns))),
    remark: [
      describePackages(['fastify', '@fastify/jwt', 'express', 'express-jwt', 'passport-jwt', 'koa', 'koa-jwt', 'hono']),
      `HS256, ${liveTokens} live tokens, ${connections} connections, ${isPinned ? 'server and load on a core each' : 'not pinned'}.`,
    ].join('. '),
  }
}

/** By the name of the route. */
async function startServers(framework: Framework): Promise<Map<string, ServerProcess>> {
  const servers = new Map<string, ServerProcess>()
  for (const route of Object.keys(openServers[framework])) servers.set(route, await startServer(framework, route))
  return servers
}

async function measureServers(
  servers: ReadonlyMap<string, ServerProcess>,
  { rounds, sliceMs, warmUpMs }: Pace,
  turns: Map<string, Turn[]>,
): Promise<void> {
  const tokens = newTokens('HS256', liveTokens)
  const loads: { name: string; server: ServerProcess; load: Load }[] = []
  for (const [name, server] of servers) loads.push({ name, server, load: await Load.open(server.port, tokens) })
  for (const { load } of loads) await load.run(warmUpMs)
  for (let round = 0; round < rounds; round++) {
    for (const { name, server, load } of rotate(loads, round))
      turns.set(name, [...(turns.get(name) ?? []), await takeTurn(server, load, sliceMs)])
  }
  for (const { load } of loads) load.close()
}

async function takeTurn(server: ServerProcess, load: Load, sliceMs: number): Promise<Turn> {
  const before = await server.cpuTime()
  const { requests, ms } = await load.run(sliceMs)
  const cpu = (await server.cpuTime()) - before
  return { cpu: cpu / requests, wall: (ms * 1000) / requests }
}

function toHttpTable(found: ReadonlyMap<Framework, Turns>): Table {
  const rows = [...found].flatMap(([framework, turns]) =>
    [...turns.keys()].map(name => {
      const { cpu, wall } = mediansOf(turns.get(name) ?? [])
      const added = name === bareName ? ['', ''] : Object.values(addedBy(turns, name)).map(us => us.toFixed(1))
      return [framework, name, ...added, cpu.toFixed(1), inThousands(1e6 / wall)]
    }),
  )
  const head = ['', 'route', 'added, µs of CPU', 'added, µs of clock', 'µs of CPU', 'requests per second']
  return { title: 'HTTP', labels: 2, head, rows }
}

/** What a way to protect the route costs more than none. */
function addedBy(turns: Turns, name: string): Turn {
  const bare = turns.get(bareName) ?? []
  const added = (turns.get(name) ?? []).map(({ cpu, wall }, round) => ({
    cpu: cpu - (bare[round]?.cpu ?? Number.NaN),
    wall: wall - (bare[round]?.wall ?? Number.NaN),
  }))
  return mediansOf(added)
}

function mediansOf(turns: readonly Turn[]): Turn {
  return { cpu: median(turns.map(({ cpu }) => cpu)), wall: median(turns.map(({ wall }) => wall)) }
}

/** NaN where noise is larger than what is added. */
function partOf(ours: number, peer: number): number {
  return ours > 0 && peer > 0 ? ours / peer : Number.NaN
}

function figuresOf(framework: Framework, turns: Turns): Record<string, number> {
  const names = [...turns.keys()].filter(name => name !== bareName)
  const added = new Map(names.map(name => [name, addedBy(turns, name).cpu]))
  const peers = [...added].filter(([name]) => name !== ourName && name !== cachedName)
  const ours = added.get(ourName) ?? Number.NaN
  const cached = added.get(cachedName)
  const usual = Math.min(...peers.filter(([name]) => !name.includes('cache')).map(([, us]) => us))
  const best = Math.min(...peers.map(([, us]) => us))
  return {
    ...Object.fromEntries([...added].map(([name, us]) => [`HTTP ${framework}: added by ${name}, µs`, us])),
    [`HTTP ${framework}: ${ourName} / usual peer`]: partOf(ours, usual),
    ...(cached !== undefined && { [`HTTP ${framework}: ${cachedName} / best peer`]: partOf(cached, best) }),
  }
}
