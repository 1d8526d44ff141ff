import { median, medianRatio, type Report } from './figures.ts'
import { type Group, groups } from './hostile-inputs.ts'
import { openSockets } from './refusals-over-sockets.ts'
import type { Settings } from './settings.ts'

/** How many times what an ordinary refusal costs another one may, where somebody without a key can cause it. */
const maxRatio = 3
/** Twice the time for twice the size is linear, four times is quadratic. */
const maxGrowth = 3
/** Below, the time is that of a timer, not of an input. */
const noiseMs = 0.2

const ordinaryName = '(ordinary)'
const turnMs = 1.2
/** In KiB: up to the limits of Node for headers and of `maxTokenSize`. */
const comparedSizes = [4, 8, 16]
/** In KiB, where both limits are raised: the time shows how it grows. */
const largeSizes = [64, 256]
/** In KiB: what fits into the headers that Node takes. */
const socketSizes = [4, 8, 14]

interface Measured {
  readonly group: string
  readonly name: string
  readonly isOrdinary: boolean
  readonly isBounded: boolean
  readonly runs: readonly Run[]
}

interface Run {
  readonly work: () => unknown
  readonly calls: number
  /** Milliseconds of the processor for one call, round by round. */
  readonly times: number[]
}

/** Whether somebody without a key can make a refusal expensive. */
export async function measureRefusals({ isQuick }: Settings): Promise<Report> {
  const rounds = isQuick ? 3 : 13
  const sockets = await openSockets()
  const measured: Measured[] = []
  for (const group of groups) measured.push(...(await prepareGroup(group, [...comparedSizes, ...largeSizes])))
  for (const group of sockets.groups) measured.push(...(await prepareGroup(group, socketSizes)))
  await measure(measured, rounds)
  const suspects = measured.filter(input => judge(input, measured).fault !== undefined)
  // Once more, for a busy machine leaves less of its caches.
  const isSuspect = ({ group }: Measured): boolean => suspects.some(suspect => suspect.group === group)
  await measure(
    measured.filter(input => (input.isOrdinary && isSuspect(input)) || suspects.includes(input)),
    rounds,
  )
  await sockets.close()
  const report = toReport(
    measured.map(input => judge(input, measured)),
    rounds,
  )
  // So few rounds judge nobody.
  return isQuick ? { ...report, faults: [] } : report
}

async function prepareGroup(group: Group, sizes: readonly number[]): Promise<Measured[]> {
  const { name, isBounded, ordinary, inputs } = group
  const measured: Measured[] = []
  for (const [input, build] of Object.entries({ [ordinaryName]: ordinary, ...inputs })) {
    const runs: Run[] = []
    for (const size of sizes) runs.push(await prepareRun(build(size * 1024)))
    measured.push({ group: name, name: input, isOrdinary: input === ordinaryName, isBounded, runs })
  }
  return measured
}

function toReport(results: readonly ReturnType<typeof judge>[], rounds: number): Report {
  const worst = Math.max(...results.map(({ ratio }) => ratio))
  const fastest = Math.max(...results.map(({ growth }) => growth))
  const head = ['place', 'input', ...comparedSizes.map(size => `${size} KiB`), 'µs', 'growth']
  const table = { title: 'Refusals', labels: 2, head, rows: results.map(({ cells }) => cells) }
  const summary = `${results.length} inputs, at most ${worst.toFixed(1)} times as long, growing by ${fastest.toFixed(1)}`
  return {
    tables: [table],
    remark: `Medians of ${rounds} rounds. ${summary}.`,
    faults: results.flatMap(({ fault }) => fault ?? []),
  }
}

/** They take turns, so that what else the machine does hits all alike. */
async function measure(inputs: readonly Measured[], rounds: number): Promise<void> {
  const runs = inputs.flatMap(input => input.runs)
  for (const { times } of runs) times.length = 0
  for (let round = 0; round < rounds; round++) {
    for (const { work, calls, times } of runs) times.push(await timeCalls(work, calls))
  }
}

async function prepareRun(work: () => unknown): Promise<Run> {
  const first = Math.max(0.001, await timeCalls(work, 3))
  // Warm, so that no compilation is measured.
  const warm = await timeCalls(work, 1 + Math.min(100, Math.ceil((2 * turnMs) / first)))
  return { work, calls: Math.max(1, Math.min(100, Math.round(turnMs / Math.max(0.001, warm)))), times: [] }
}

async function timeCalls(work: () => unknown, calls: number): Promise<number> {
  const start = process.cpuUsage()
  for (let call = 0; call < calls; call++) await work()
  const { user, system } = process.cpuUsage(start)
  return (user + system) / 1000 / calls
}

function judge({ group, name, isBounded, runs }: Measured, measured: readonly Measured[]) {
  const ordinary = measured.find(other => other.group === group && other.isOrdinary)?.runs ?? []
  const compared = runs.slice(0, comparedSizes.length)
  const ratios = compared.map(({ times }, index) => medianRatio(times, ordinary[index]?.times ?? []))
  const [smaller, larger] = runs.slice(comparedSizes.length)
  const growth = smaller && larger ? medianRatio(larger.times, smaller.times) ** 0.5 : Number.NaN
  const isLong = median(larger?.times ?? []) > noiseMs
  const ratio = Math.max(...ratios)
  const isFault = (isBounded && ratio > maxRatio) || (isLong && growth > maxGrowth)
  const shownGrowth = isLong ? growth : 0
  const us = median(compared.at(-1)?.times ?? []) * 1000
  return {
    cells: [group, name, ...ratios.map(value => value.toFixed(1)), us.toFixed(0), isLong ? growth.toFixed(1) : ''],
    ratio: isBounded ? ratio : 0,
    growth: shownGrowth,
    fault: isFault
      ? `${group}, ${name}: ${ratio.toFixed(1)} times as long, growing by ${growth.toFixed(1)}`
      : undefined,
  }
}
