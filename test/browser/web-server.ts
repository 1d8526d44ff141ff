import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer as createHttpServer, type RequestListener, type Server } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'

export interface WebServer {
  readonly server: Server
  readonly port: number
  close(): Promise<void>
}

// A certificate for app.test, *.app.test and *.test until 2126, worth nothing anywhere else. It was made by:
// openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 36500 -subj /CN=test \
//   -addext 'subjectAltName=DNS:app.test,DNS:*.app.test,DNS:*.test' -keyout key.pem -out certificate.pem
const [key, cert] = ['key.pem', 'certificate.pem'].map(name => readFileSync(new URL(name, import.meta.url)))

/** Listens on a free port of 127.0.0.1, for whatever host a browser asks for. */
export async function serve(protocol: 'https' | 'http', listener: RequestListener): Promise<WebServer> {
  const server = protocol === 'https' ? createHttpsServer({ key, cert }, listener) : createHttpServer(listener)
  const sockets = new Set<Socket>()
  server.on('connection', socket => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    server,
    port,
    close: async () => {
      server.close()
      // Browsers keep connections open, some before any request.
      for (const socket of sockets) socket.destroy()
      await once(server, 'close')
    },
  }
}
