import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

/** How many requests are on their way at once: enough that the server never waits. */
export const connections = 24

/** Sockets to one server, which can ask it all the time or not at all: autocannon cannot pause. */
export class Load {
  readonly #requests: readonly Buffer[]
  readonly #sockets: readonly Socket[]
  #next = 0

  private constructor(requests: readonly Buffer[], sockets: readonly Socket[]) {
    this.#requests = requests
    this.#sockets = sockets
  }

  static async open(port: number, tokens: readonly string[]): Promise<Load> {
    const sockets = Array.from({ length: connections }, () => connect({ port, host: '127.0.0.1', noDelay: true }))
    await Promise.all(sockets.map(socket => once(socket, 'connect')))
    return new Load(tokens.map(toRequest), sockets)
  }

  /** Asks for so many milliseconds. Returns how many answers came, and how long it took until the last was there. */
  async run(ms: number): Promise<{ readonly requests: number; readonly ms: number }> {
    const stop = stayAwake()
    const start = performance.now()
    const counts = await Promise.all(this.#sockets.map(socket => this.#askUntil(start + ms, socket)))
    stop()
    return { requests: counts.reduce((sum, count) => sum + count, 0), ms: performance.now() - start }
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  /** With callbacks, for the load must take less than the server. */
  #askUntil(end: number, socket: Socket): Promise<number> {
    const { promise, resolve, reject } = withResolvers<number>()
    let count = 0
    const ask = (): void => void socket.write(this.#nextRequest())
    const stop = (settle: () => void): void => {
      socket.removeAllListeners('data').removeAllListeners('close')
      settle()
    }
    socket.on('close', () => stop(() => reject(new Error('the server has closed a connection'))))
    socket.on('data', chunk => {
      if (isRefused(chunk)) return stop(() => reject(new Error(`refused: ${chunk.toString().slice(0, 200)}`)))
      if (!isEnd(chunk)) return
      count++
      if (performance.now() < end) ask()
      else stop(() => resolve(count))
    })
    ask()
    return promise
  }

  #nextRequest(): Buffer {
    return this.#requests[this.#next++ % this.#requests.length] as Buffer
  }
}

/** A core that sleeps has to be woken by each answer, which takes the server longer than most of what is measured. */
function stayAwake(): () => void {
  let next: NodeJS.Immediate
  const turn = (): void => {
    next = setImmediate(turn)
  }
  turn()
  return () => clearImmediate(next)
}

function toRequest(token: string): Buffer {
  const lines = ['GET / HTTP/1.1', 'Host: 127.0.0.1', 'Accept: application/json', `Authorization: Bearer ${token}`]
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`)
}

function isRefused(chunk: Buffer): boolean {
  return chunk.toString('latin1', 0, 9) === 'HTTP/1.1 ' && chunk.toString('latin1', 9, 12) !== '200'
}

/** The body is an object in JSON with one member, a string. */
function isEnd(chunk: Buffer): boolean {
  return chunk.at(-1) === '}'.charCodeAt(0)
}

/** `Promise.withResolvers`, which Node 20 does not have. */
function withResolvers<Value>() {
  let resolve: (value: Value) => void = () => {}
  let reject: (error: Error) => void = () => {}
  const promise = new Promise<Value>((resolvePromise, rejectPromise) => {
    resolve = resolvePromise
    reject = rejectPromise
  })
  return { promise, resolve, reject }
}
