import autocannon from 'autocannon'
import { inThousands, type Table } from '../figures.ts'
import { newTokens } from '../tokens.ts'
import { connections } from './load.ts'
import type { Framework } from './names.ts'

/** The same by autocannon, one route after the other. */
export async function crossCheckHttp(
  framework: Framework,
  servers: ReadonlyMap<string, { readonly port: number }>,
): Promise<Table> {
  const rows: string[][] = []
  for (const [name, { port }] of servers) {
    const { requests, latency } = await runAutocannon(port)
    rows.push([name, inThousands(requests.average), String(latency.p50), String(latency.p99)])
  }
  const head = ['route', 'requests per second', 'p50 ms', 'p99 ms']
  return { title: `${framework}, by autocannon`, labels: 1, head, rows }
}

async function runAutocannon(port: number): Promise<autocannon.Result> {
  const requests = newTokens('HS256', 1000).map(token => ({ headers: { authorization: `Bearer ${token}` } }))
  const result = await autocannon({ url: `http://127.0.0.1:${port}/`, connections, duration: 4, requests })
  if (result.non2xx > 0) throw new Error(`${result.non2xx} requests were refused`)
  return result
}
