import { measure } from 'mitata'
import { inTimes, inUs, type Table } from '../figures.ts'
import type { Contestant } from '../race.ts'

/** The same by mitata, one contestant after the other: without turns, so less to be trusted on a busy machine. */
export async function crossCheck<Input>(title: string, contestants: readonly Contestant<Input>[]): Promise<Table> {
  const found: [name: string, ns: number][] = []
  for (const contestant of contestants) found.push([contestant.name, await measureAlone(contestant)])
  const first = found[0]?.[1] ?? Number.NaN
  return {
    title: `${title}, by mitata`,
    labels: 1,
    head: ['', 'µs', `of ${found[0]?.[0]}`],
    rows: found.map(([name, ns]) => [name, inUs(ns), inTimes(ns / first)]),
  }
}

async function measureAlone<Input>({ draw, call, refuses = false }: Contestant<Input>): Promise<number> {
  const fresh = (): Input => draw(1)[0] as Input
  const bench = refuses ? (input: Input): unknown => settle(() => call(input)) : (input: Input): unknown => call(input)
  // An input that is made anew for each call, untimed: its types do not know of that.
  const trial = function* (): Generator<unknown> {
    yield { 0: fresh, bench }
  }
  const { p50 } = await measure(trial as () => Generator<() => unknown, void, undefined>)
  return p50
}

function settle(work: () => unknown): unknown {
  try {
    const result = work()
    return result instanceof Promise ? result.catch(() => undefined) : result
  } catch {
    return undefined
  }
}
