import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { hasPrograms } from '../../test/support/programs.ts'
import type { Framework } from './names.ts'

/** A server in a process of its own. */
export interface ServerProcess {
  readonly port: number
  /** Microseconds of the processor that it has used so far, all threads together. */
  cpuTime(): Promise<number>
  close(): Promise<unknown>
}

/** Whether server and load can each have a core of their own. */
export const isPinned: boolean = hasPrograms('taskset') && availableParallelism() > 1

const [loadCore, serverCore] = ['0', '1']

/** For each route one of its own: what one does to V8, and to the whole process, would be measured with the others. */
export async function startServer(framework: Framework, route: string): Promise<ServerProcess> {
  const file = fileURLToPath(new URL('server.ts', import.meta.url))
  const command = [process.execPath, ...process.execArgv, file, framework, route]
  const [program = '', ...args] = isPinned ? ['taskset', '-c', serverCore, ...command] : command
  const child = spawn(program, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  const port = await answerOf<number>(child)
  return {
    port,
    cpuTime: async () => {
      child.send('cpu')
      const { user, system } = await answerOf<NodeJS.CpuUsage>(child)
      return user + system
    },
    close: () => {
      child.disconnect()
      return once(child, 'exit')
    },
  }
}

/** Keeps this process, which makes the load, off the core of the server. Returns what ends that. */
export function pinLoad(): () => void {
  if (!isPinned) return () => {}
  const [, before = ''] = pin('-ap', String(process.pid)).match(/mask: (\w+)/) ?? []
  pin('-apc', loadCore, String(process.pid))
  return () => void pin('-ap', before, String(process.pid))
}

function pin(...args: string[]): string {
  return execFileSync('taskset', args, { encoding: 'utf8' })
}

function answerOf<Answer>(child: ChildProcess): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const fail = (): void => reject(new Error('the server has ended'))
    child.once('exit', fail)
    child.once('message', answer => {
      child.off('exit', fail)
      resolve(answer as Answer)
    })
  })
}
