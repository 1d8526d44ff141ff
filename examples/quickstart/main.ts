import { randomBytes } from 'node:crypto'
import { createApp } from './app.ts'

const { JWT_SECRET_KEY: configured, PORT: port = '5000' } = process.env

// An empty variable is a mistake, not a wish for a random secret: it is passed on and refused.
const secretKey = configured ?? randomBytes(64).toString('base64url')
if (configured === undefined) {
  console.log('JWT_SECRET_KEY is not set: using a random secret, so tokens are good until this server stops')
}

try {
  const server = createApp(secretKey).listen(Number(port), '127.0.0.1', error => {
    if (error) return fail(error)
    const address = server.address()
    console.log(`The demo API is on http://127.0.0.1:${typeof address === 'object' ? address?.port : port}`)
  })
} catch (error) {
  fail(error)
}

function fail(error: unknown): void {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
