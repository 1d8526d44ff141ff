import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { JwtManager } from 'jwt-extended/http'
import { now, strongSecret } from '../test/support/configure.ts'
import { type Group, requestGroups, type Sent } from './hostile-inputs.ts'

/** Those in which an adapter or the parser of Node has a part. */
const chosen = [
  'token: header: nested brackets',
  'token: header: many names',
  'commas inside',
  'many schemes',
  'other cookies',
  'our cookie again and again',
  'an Origin in Punycode',
  'our parameter again and again',
  'parameters without a value',
]

/** The requests over a connection that is kept, from the first byte sent to the last one of the answer. */
export async function openSockets(): Promise<{ groups: readonly Group[]; close(): Promise<unknown> }> {
  const jwt = new JwtManager({
    secretKey: strongSecret,
    clock: () => now * 1000,
    tokenLocation: ['headers', 'cookies', 'query'],
  })
  const server = createServer(
    { keepAliveTimeout: 0 },
    jwt.required((_request, response) => void response.end()),
  ).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const socket = connect({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', noDelay: true })
  await once(socket, 'connect')
  const groups = requestGroups
    .filter(({ place }) => place !== 'json')
    .map(({ place, ordinary, inputs }) => ({
      name: `${place}, socket`,
      isBounded: true,
      ordinary: (size: number) => asker(socket, ordinary(size)),
      inputs: Object.fromEntries(
        Object.entries(inputs)
          .filter(([name]) => chosen.includes(name))
          .map(([name, build]) => [name, (size: number) => asker(socket, build(size))]),
      ),
    }))
  const close = async (): Promise<unknown> => {
    socket.destroy()
    return once(server.close(), 'close')
  }
  return { groups, close }
}

function asker(socket: Socket, { method = 'GET', url = '/', headers }: Sent): () => Promise<unknown> {
  const fields = { Host: 'api.example.com', ...(method === 'POST' && { 'Content-Length': '0' }), ...headers }
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}`)
  const bytes = Buffer.from(`${[`${method} ${url} HTTP/1.1`, ...lines].join('\r\n')}\r\n\r\n`)
  return async () => {
    socket.write(bytes)
    let answer = ''
    while (!isWhole(answer)) answer += String((await once(socket, 'data'))[0])
    if (!/^HTTP\/1\.1 40[013]/.test(answer)) throw new Error(`not refused: ${answer.slice(0, 200)}`)
  }
}

/** Answers come in chunks, for their length is not announced. */
function isWhole(answer: string): boolean {
  return answer.endsWith('\r\n0\r\n\r\n')
}
