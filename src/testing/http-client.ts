import { request as sendRequest } from 'node:http'

export interface RawRequest {
  readonly method?: string
  readonly path?: string
  /** Sent as they are, a name twice where it stands twice. */
  readonly headers?: readonly (readonly [string, string])[]
  readonly body?: string | undefined
}

export interface RawReply {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly setCookies: readonly string[]
  readonly text: string
}

/** Sends a request to 127.0.0.1 as it is: no header is added but what HTTP needs, and a GET may have a body. */
export function sendRaw(
  port: number,
  { method = 'GET', path = '/', headers = [], body }: RawRequest,
): Promise<RawReply> {
  const length = body === undefined ? [] : [['Content-Length', String(Buffer.byteLength(body))]]
  const lines = [['Host', `127.0.0.1:${port}`], ['Connection', 'close'], ...headers, ...length].flat()
  return new Promise((resolve, reject) => {
    const outgoing = sendRequest(
      { host: '127.0.0.1', port, method, path, agent: false, setHost: false, headers: lines },
      incoming => {
        const chunks: Buffer[] = []
        incoming.on('data', chunk => chunks.push(chunk))
        incoming.on('error', reject)
        incoming.on('end', () =>
          resolve({
            status: incoming.statusCode ?? 0,
            headers: incoming.headers,
            // A copy, for under Jest the array of Node is of another realm and equals none of a test.
            setCookies: [...(incoming.headers['set-cookie'] ?? [])],
            text: Buffer.concat(chunks).toString('utf8'),
          }),
        )
      },
    )
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}
