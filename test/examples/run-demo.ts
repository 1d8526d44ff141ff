import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'

const root = new URL('../..', import.meta.url).pathname

export interface Demo {
  readonly origin: string
  /** What it has printed. */
  readonly output: string
  stop(): Promise<void>
}

/** Starts the demo as `npm start` does, on a free port. */
export async function startDemo(environment: Record<string, string> = {}): Promise<Demo> {
  const child = spawnDemo(environment)
  let output = ''
  const origin = await new Promise<string>((resolve, reject) => {
    child.stdout?.on('data', chunk => {
      output += chunk
      const [found] = /http:\/\/127\.0\.0\.1:\d+/.exec(output) ?? []
      if (found !== undefined) resolve(found)
    })
    child.once('exit', () => reject(new Error(`the demo ended: ${output}`)))
  })
  const stop = async (): Promise<void> => {
    const ended = once(child, 'exit')
    child.kill()
    await ended
  }
  return { origin, output, stop }
}

/** Runs the demo until it ends by itself. */
export async function runDemo(environment: Record<string, string>): Promise<{ status: unknown; output: string }> {
  const child = spawnDemo(environment)
  let output = ''
  child.stdout?.on('data', chunk => {
    output += chunk
  })
  child.stderr?.on('data', chunk => {
    output += chunk
  })
  const [status] = await once(child, 'close')
  return { status, output }
}

function spawnDemo(environment: Record<string, string>): ChildProcess {
  const { JWT_SECRET_KEY: _, ...inherited } = process.env
  return spawn(process.execPath, ['--import', 'tsx', 'examples/quickstart/main.ts'], {
    cwd: root,
    env: { ...inherited, PORT: '0', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}
