import { connect } from 'node:net'

export interface RawAnswer {
  readonly status: number
  readonly body: string
}

export interface RawBytes {
  readonly method: string
  readonly url: string
  /** Byte strings as latin-1 text; those with characters above U+00FF are written as UTF-8. */
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body?: Buffer | undefined
}

/** Writes a request to a socket byte by byte: no client would send most of these. */
export async function sendBytes(port: number, request: RawBytes): Promise<RawAnswer> {
  return parseAnswer(await exchange(port, encodeRequest(request)))
}

function encodeRequest({ method, url, headers, body }: RawBytes): Buffer {
  const has = (name: string): boolean => headers.some(([given]) => given.toLowerCase() === name)
  const lines = [
    `${method} ${url} HTTP/1.1`,
    ...(has('host') ? [] : ['Host: localhost']),
    ...(has('connection') ? [] : ['Connection: close']),
    ...headers.map(field => field.join(': ')),
    ...(body === undefined || has('content-length') || has('transfer-encoding')
      ? []
      : [`Content-Length: ${body.length}`]),
    '',
    '',
  ]
  return Buffer.concat([
    ...lines.map((line, index) => encodeLine(index === 0 ? line : `\r\n${line}`)),
    body ?? Buffer.alloc(0),
  ])
}

function encodeLine(line: string): Buffer {
  return Buffer.from(line, /[^\0-\xff]/.test(line) ? 'utf8' : 'latin1')
}

function exchange(port: number, bytes: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes))
    socket.on('data', chunk => chunks.push(chunk))
    socket.on('error', reject)
    socket.on('close', () => resolve(Buffer.concat(chunks)))
  })
}

function parseAnswer(bytes: Buffer): RawAnswer {
  const text = bytes.toString('latin1')
  const end = text.indexOf('\r\n\r\n')
  const head = end === -1 ? text : text.slice(0, end)
  const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(head)?.[1] ?? 0)
  const body = end === -1 ? '' : text.slice(end + 4)
  return { status, body: /^transfer-encoding: *chunked/im.test(head) ? joinChunks(body) : body }
}

function joinChunks(text: string): string {
  const end = text.indexOf('\r\n')
  const size = Number.parseInt(text.slice(0, end), 16)
  if (!(size > 0)) return ''
  const start = end + 2
  return text.slice(start, start + size) + joinChunks(text.slice(start + size + 2))
}
