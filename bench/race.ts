import { median, medianRatio } from './figures.ts'

/** Somebody who is measured. */
export interface Contestant<Input = unknown> {
  readonly name: string
  /** Makes as many inputs, which no call has seen before. Not measured. */
  draw(count: number): readonly Input[]
  call(input: Input): unknown
  /** Whether each call has to throw. */
  readonly refuses?: boolean
}

export interface Pace {
  readonly rounds: number
  /** How long a contestant's turn is. */
  readonly sliceMs: number
  readonly warmUpMs: number
}

/** Nanoseconds of one call, round by round, of each contestant. */
export type Times = ReadonlyMap<string, readonly number[]>

export const fullPace: Pace = { rounds: 31, sliceMs: 8, warmUpMs: 200 }
export const quickPace: Pace = { rounds: 7, sliceMs: 6, warmUpMs: 30 }

/** Inputs are drawn in batches, so that a slice of quick calls does not fill the memory with them. */
const maxBatch = 1000
const warmUpPasses = 3

interface Runner {
  readonly contestant: Contestant
  readonly isAsync: boolean
  batch: number
  readonly times: number[]
}

/** Measures contestants in turn, slice by slice, so that what else the machine does hits all alike. */
export async function race<Input>(contestants: readonly Contestant<Input>[], pace: Pace): Promise<Times> {
  const runners = contestants.map(contestant => newRunner(contestant as Contestant))
  await warmUp(runners, pace)
  for (let round = 0; round < pace.rounds; round++) {
    // Another one begins each time, for the first has the garbage of the round before.
    for (const runner of rotate(runners, round)) runner.times.push(await timeSlice(runner, pace.sliceMs))
  }
  return new Map(runners.map(({ contestant, times }) => [contestant.name, times]))
}

export function timeOf(times: Times, name: string): number {
  return median(times.get(name) ?? [])
}

/** How many times as long the one takes as the other; the median of the rounds' ratios. */
export function ratioOf(times: Times, name: string, other: string): number {
  return medianRatio(times.get(name) ?? [], times.get(other) ?? [])
}

function newRunner(contestant: Contestant): Runner {
  return { contestant, isAsync: returnsPromise(contestant), batch: 20, times: [] }
}

/** In turn, too, and several times: what one calls may make V8 compile the code of another once more. */
async function warmUp(runners: readonly Runner[], { sliceMs, warmUpMs }: Pace): Promise<void> {
  for (let pass = 0; pass < warmUpPasses; pass++) {
    for (const runner of runners) {
      const ns = await timeSlice(runner, warmUpMs / warmUpPasses)
      // Several batches in a slice, so that it ends when it should.
      runner.batch = Math.max(1, Math.min(maxBatch, Math.round((sliceMs * 1e6) / 4 / ns)))
    }
  }
}

/** Whether calls have to be awaited; those that throw at once need not. */
function returnsPromise({ draw, call }: Contestant): boolean {
  const [input] = draw(1)
  try {
    const result = call(input)
    if (!(result instanceof Promise)) return false
    result.catch(() => undefined)
    return true
  } catch {
    return false
  }
}

/** The same, beginning elsewhere. */
export function rotate<Item>(items: readonly Item[], by: number): Item[] {
  const start = by % items.length
  return [...items.slice(start), ...items.slice(0, start)]
}

async function timeSlice({ contestant, isAsync, batch }: Runner, sliceMs: number): Promise<number> {
  let ms = 0
  let calls = 0
  while (ms < sliceMs) {
    const inputs = contestant.draw(batch)
    const start = performance.now()
    const refused = isAsync ? await callEachAsync(contestant, inputs) : callEach(contestant, inputs)
    ms += performance.now() - start
    calls += inputs.length
    checkOutcome(contestant, refused, inputs.length)
  }
  return (ms * 1e6) / calls
}

/** Returns how many calls threw. */
function callEach({ call }: Contestant, inputs: readonly unknown[]): number {
  let refused = 0
  for (const input of inputs) {
    try {
      call(input)
    } catch {
      refused++
    }
  }
  return refused
}

async function callEachAsync({ call }: Contestant, inputs: readonly unknown[]): Promise<number> {
  let refused = 0
  for (const input of inputs) {
    try {
      await call(input)
    } catch {
      refused++
    }
  }
  return refused
}

function checkOutcome({ name, refuses = false }: Contestant, refused: number, calls: number): void {
  if (refused === (refuses ? calls : 0)) return
  throw new Error(`${name} refused ${refused} of ${calls} calls`)
}
