import { mkdirSync } from 'node:fs'
import { createApp } from './app.ts'
import { openStore } from './open-store.ts'
import { readSecret } from './read-secret.ts'

const { PORT: port = '5000', DEMO_DATA: folder = '.demo' } = process.env

try {
  mkdirSync(folder, { recursive: true })
  const store = await openStore(folder)
  const app = createApp({ secretKey: readSecret(folder), store })
  const server = app.listen(Number(port), '127.0.0.1', error => {
    if (error) return fail(error)
    console.log(`Sessions are kept in ${store.name}`)
    const address = server.address()
    console.log(`The demo API is on http://127.0.0.1:${typeof address === 'object' ? address?.port : port}`)
  })
} catch (error) {
  fail(error)
}

function fail(error: unknown): void {
  console.error(error instanceof Error ? error.message : error)
  process.exit(1)
}
