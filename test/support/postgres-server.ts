import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { accessSync, chownSync, constants, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { createInterface } from 'node:readline'
import { skip } from './skip.ts'

export interface PostgresServer {
  readonly connectionString: string
  readonly pid: number
  /** Ends the server as soon as the last client has gone, and removes its folder. */
  stop(): Promise<void>
}

/** Where `initdb` and `postgres` are. Where they are nowhere, tests are to be skipped, as `skip()` says. */
export function findPostgres(): string | false {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), ...debianFolders()]
  const found = folders.find(folder => ['initdb', 'postgres'].every(name => isExecutable(join(folder, name))))
  return found ?? skip('initdb and postgres are neither on the PATH nor in /usr/lib/postgresql')
}

/** Starts a server of its own in a temporary folder, on a free port of 127.0.0.1. */
export async function startPostgres(programs: string, { fsync = false } = {}): Promise<PostgresServer> {
  const user = ordinaryUser()
  const folder = mkdtempSync(join(tmpdir(), 'jwt-extended-postgres-'))
  if (user !== undefined) chownSync(folder, user.uid, user.gid)
  const options = { cwd: folder, ...user }
  const files = join(folder, 'files')
  const initdb = ['-D', files, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync']
  execFileSync(join(programs, 'initdb'), initdb, { ...options, stdio: 'pipe' })
  const port = await findFreePort()
  const settings = ['listen_addresses=127.0.0.1', `fsync=${fsync ? 'on' : 'off'}`, 'max_connections=100']
  const args = ['-D', files, '-p', String(port), '-k', folder, ...settings.flatMap(setting => ['-c', setting])]
  const server = spawn(join(programs, 'postgres'), args, { ...options, stdio: ['ignore', 'ignore', 'pipe'] })
  const kill = (): boolean => server.kill('SIGINT')
  process.once('exit', kill)
  await waitUntilReady(server)
  return {
    connectionString: `postgres://postgres@127.0.0.1:${port}/postgres`,
    pid: Number(server.pid),
    stop: async () => {
      const exit = once(server, 'exit')
      server.kill('SIGTERM')
      await exit
      process.off('exit', kill)
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function debianFolders(): string[] {
  try {
    const versions = readdirSync('/usr/lib/postgresql').sort((a, b) => Number(b) - Number(a))
    return versions.map(version => `/usr/lib/postgresql/${version}/bin`)
  } catch {
    return []
  }
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** Postgres refuses to run as root. */
function ordinaryUser(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined
  const idOf = (flag: string): number => Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' }))
  return { uid: idOf('-u'), gid: idOf('-g') }
}

async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port')
  return address.port
}

async function waitUntilReady(server: ChildProcess): Promise<void> {
  const { stderr } = server
  if (stderr === null) throw new Error('stderr is a pipe')
  const lines: string[] = []
  for await (const line of createInterface(stderr)) {
    lines.push(line)
    if (!line.includes('ready to accept connections')) continue
    // Whoever writes to a pipe that nobody reads stands still when it is full.
    stderr.resume()
    return
  }
  throw new Error(`postgres has ended before it was ready: ${lines.join('\n')}`)
}
