import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Framework } from './names.ts'
import { openServers, type Servers } from './servers.ts'

/** The process that is measured: says where it listens, and how much of the processor it has used when it is asked. */
const [framework] = process.argv.slice(2)
process.on('message', () => process.send?.(process.cpuUsage()))
process.on('disconnect', () => process.exit())
process.send?.(await listen(await openServers[framework as Framework]()))

async function listen(servers: Servers): Promise<Record<string, number>> {
  const ports: Record<string, number> = {}
  for (const [name, server] of Object.entries(servers)) ports[name] = await portOf(server)
  return ports
}

async function portOf(server: Server): Promise<number> {
  // Longer than the others take their turns.
  server.keepAliveTimeout = 600_000
  if (!server.listening) await once(server.listen(0, '127.0.0.1'), 'listening')
  return (server.address() as AddressInfo).port
}
