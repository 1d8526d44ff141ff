import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { createInterface } from 'node:readline'
import { freePort } from './free-port.ts'
import { isExecutable } from './programs.ts'
import { skip } from './skip.ts'

export interface PostgresServerOptions {
  /** Whether what is committed is forced to the disk. @default false */
  readonly fsync?: boolean
  /** Where it listens. @default a free port */
  readonly port?: number
  /** Where it keeps its files, of `newPostgresFolder`; stays after the end. @default one which goes with the server */
  readonly folder?: string
}

export interface PostgresServer {
  readonly connectionString: string
  readonly port: number
  readonly pid: number
  /** Ends the server as soon as the last client has gone, and removes the folder that it was not given. */
  stop(signal?: NodeJS.Signals): Promise<void>
}

/** Where `initdb` and `postgres` are. Where they are nowhere, tests are to be skipped, as `skip()` says. */
export function findPostgres(): string | false {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), ...debianFolders()]
  const found = folders.find(folder => ['initdb', 'postgres'].every(name => isExecutable(join(folder, name))))
  return found ?? skip('initdb and postgres are neither on the PATH nor in /usr/lib/postgresql')
}

/** A folder for the files of a server, whose user owns it. */
export function newPostgresFolder(): string {
  const user = ordinaryUser()
  const folder = mkdtempSync(join(tmpdir(), 'jwt-extended-postgres-'))
  if (user !== undefined) chownSync(folder, user.uid, user.gid)
  return folder
}

/** Starts a server on 127.0.0.1, with the data that its folder has. */
export async function startPostgres(
  programs: string,
  { fsync = false, port, folder: given }: PostgresServerOptions = {},
): Promise<PostgresServer> {
  const folder = given ?? newPostgresFolder()
  const options = { cwd: folder, ...ordinaryUser() }
  const files = join(folder, 'files')
  const initdb = ['-D', files, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync']
  if (!existsSync(files)) execFileSync(join(programs, 'initdb'), initdb, { ...options, stdio: 'pipe' })
  const listensOn = port ?? (await freePort())
  const settings = ['listen_addresses=127.0.0.1', `fsync=${fsync ? 'on' : 'off'}`, 'max_connections=100']
  const args = ['-D', files, '-p', String(listensOn), '-k', folder, ...settings.flatMap(setting => ['-c', setting])]
  const server = spawn(join(programs, 'postgres'), args, { ...options, stdio: ['ignore', 'ignore', 'pipe'] })
  const kill = (): boolean => server.kill('SIGINT')
  process.once('exit', kill)
  server.once('exit', () => process.off('exit', kill))
  await waitUntilReady(server)
  return {
    connectionString: `postgres://postgres@127.0.0.1:${listensOn}/postgres`,
    port: listensOn,
    pid: Number(server.pid),
    stop: async (signal = 'SIGTERM') => {
      const exit = once(server, 'exit')
      server.kill(signal)
      await exit
      if (given === undefined) rmSync(folder, { recursive: true, force: true })
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

/** Postgres refuses to run as root. */
function ordinaryUser(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined
  const idOf = (flag: string): number => Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' }))
  return { uid: idOf('-u'), gid: idOf('-g') }
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
