import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Framework } from './names.ts'
import { openServers } from './servers.ts'

/** The process that is measured: says where it listens, and how much of the processor it has used when it is asked. */
const [framework = '', route = ''] = process.argv.slice(2)
process.on('message', () => process.send?.(process.cpuUsage()))
process.on('disconnect', () => process.exit())
process.send?.(await listen(await openServers[framework as Framework][route]?.()))

async function listen(server: Server | undefined): Promise<number> {
  if (server === undefined) throw new Error(`there is no route ${route} of ${framework}`)
  // Longer than the others take their turns.
  server.keepAliveTimeout = 600_000
  if (!server.listening) await once(server.listen(0, '127.0.0.1'), 'listening')
  return (server.address() as AddressInfo).port
}
