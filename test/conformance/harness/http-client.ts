import { request as sendRequest } from 'node:http'
import type { HttpReply, HttpRequest } from './application.ts'

/** Sends a request as it is: no header is added but what HTTP needs, a name may come twice, a GET may have a body. */
export function sendHttp(port: number, { method, path, headers, body }: HttpRequest): Promise<HttpReply> {
  const length = body === undefined ? [] : [['Content-Length', String(Buffer.byteLength(body))]]
  const lines = [['Host', `127.0.0.1:${port}`], ['Connection', 'close'], ...headers, ...length]
  return new Promise((resolve, reject) => {
    const outgoing = sendRequest(
      {
        host: '127.0.0.1',
        port,
        method,
        path,
        agent: false,
        setHost: false,
        headers: lines.flat() as unknown as readonly string[],
      },
      incoming => {
        const chunks: Buffer[] = []
        incoming.on('data', chunk => chunks.push(chunk))
        incoming.on('error', reject)
        incoming.on('end', () =>
          resolve({
            status: incoming.statusCode ?? 0,
            text: Buffer.concat(chunks).toString('utf8'),
            setCookies: incoming.headers['set-cookie'] ?? [],
          }),
        )
      },
    )
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}
