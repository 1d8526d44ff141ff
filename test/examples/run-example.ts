import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'

const root = new URL('../..', import.meta.url).pathname

export interface RunningExample {
  readonly origin: string
  /** What it has printed until it was ready. */
  readonly output: string
  stop(): Promise<void>
}

type Environment = Readonly<Record<string, string>>

/** Starts an example as its README says, on a free port. */
export async function startExample(name: string, environment: Environment = {}): Promise<RunningExample> {
  const child = spawnExample(name, environment)
  const printed = readOutput(child)
  const origin = await new Promise<string>((resolve, reject) => {
    child.stdout?.on('data', () => {
      const [found] = /http:\/\/127\.0\.0\.1:\d+/.exec(printed()) ?? []
      if (found !== undefined) resolve(found)
    })
    child.once('close', () => reject(new Error(`the example ${name} ended: ${printed()}`)))
  })
  const stop = async (): Promise<void> => {
    if (child.exitCode !== null) return
    const ended = once(child, 'exit')
    child.kill()
    await ended
  }
  return { origin, output: printed(), stop }
}

/** Runs an example until it ends by itself. */
export async function runExample(
  name: string,
  environment: Environment = {},
): Promise<{ status: unknown; output: string }> {
  const child = spawnExample(name, environment)
  const printed = readOutput(child)
  const [status] = await once(child, 'close')
  return { status, output: printed() }
}

function spawnExample(name: string, environment: Environment): ChildProcess {
  const { JWT_SECRET_KEY: _, ...inherited } = process.env
  return spawn(process.execPath, ['--import', 'tsx', `examples/${name}/main.ts`], {
    cwd: root,
    env: { ...inherited, PORT: '0', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

function readOutput(child: ChildProcess): () => string {
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', chunk => {
      output += chunk
    })
  return () => output
}
