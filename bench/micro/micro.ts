import { describePackages, inTimes, inUs, type Report, type Table } from '../figures.ts'
import { type Contestant, race, ratioOf, type Times, timeOf } from '../race.ts'
import type { Settings } from '../settings.ts'
import { algorithms, type BenchAlgorithm, forge, newClaims, newToken, newTokens, TokenPool } from '../tokens.ts'
import { checkSameClaims, checkSameTokens } from './check-same.ts'
import { crossCheck } from './cross-check.ts'
import { openSigners, rawSigner } from './signers.ts'
import { fastJwtCached, isCached, limit, openVerifiers, ours, oursCached, type Verifier } from './verifiers.ts'

/** How many tokens are in use at once: each is verified in its turn. */
const liveTokens = 1000

const tasks = ['Verify', 'Refuse a forged token', 'Create'] as const
type Task = (typeof tasks)[number]

/** To verify, to refuse and to create one token, against everybody else and the least that `node:crypto` takes. */
export async function measureMicro({ pace, isCrossChecked }: Settings): Promise<Report> {
  const found = new Map<Task, Map<BenchAlgorithm, Times>>(tasks.map(task => [task, new Map()]))
  const crossChecks: Table[] = []
  for (const algorithm of algorithms) {
    const contestants = await openContestants(algorithm)
    for (const task of tasks) {
      found.get(task)?.set(algorithm, await race(contestants[task], pace))
      if (isCrossChecked) crossChecks.push(await crossCheck(`${task}, ${algorithm}`, contestants[task]))
    }
  }
  return {
    tables: [...[...found].map(([task, times]) => toTaskTable(task, times)), ...crossChecks],
    figures: Object.assign({}, ...[...found].map(([task, times]) => figuresOf(task, times))),
    remark: `${describePackages(['fast-jwt', 'jsonwebtoken', 'jose', 'hono'])}. Microseconds, and how many times as long as \`${limit}\`.`,
  }
}

async function openContestants(algorithm: BenchAlgorithm): Promise<Record<Task, Contestant<string>[]>> {
  const tokens = newTokens(algorithm, liveTokens)
  const verifiers = await openVerifiers(algorithm)
  await checkSameClaims(verifiers, tokens.slice(0, 3), faultyTokens(algorithm))
  for (const { name, verify } of verifiers) if (isCached(name)) for (const token of tokens) await verify(token)
  return {
    Verify: verifyContestants(verifiers, tokens),
    'Refuse a forged token': refuseContestants(verifiers, tokens),
    Create: await signContestants(algorithm, verifiers),
  }
}

function toTaskTable(task: Task, found: ReadonlyMap<BenchAlgorithm, Times>): Table {
  const names = new Set([...found.values()].flatMap(times => [...times.keys()]))
  const cellOf = (times: Times, name: string): string =>
    times.has(name) ? `${inUs(timeOf(times, name))} (${inTimes(ratioOf(times, name, limit))})` : ''
  const rows = [...names].map(name => [name, ...[...found.values()].map(times => cellOf(times, name))])
  return { title: task, labels: 1, head: ['', ...found.keys()], rows }
}

function verifyContestants(verifiers: readonly Verifier[], tokens: readonly string[]): Contestant<string>[] {
  const pool = new TokenPool(tokens)
  return verifiers.map(({ name, verify }) => ({ name, draw: count => pool.draw(count), call: verify }))
}

/** No cache helps here: what was refused is not remembered. */
function refuseContestants(verifiers: readonly Verifier[], tokens: readonly string[]): Contestant<string>[] {
  return verifyContestants(
    verifiers.filter(({ name }) => !isCached(name) || name === oursCached),
    forge(tokens),
  ).map(contestant => ({ ...contestant, refuses: true }))
}

async function signContestants(
  algorithm: BenchAlgorithm,
  verifiers: readonly Verifier[],
): Promise<Contestant<string>[]> {
  const signers = await openSigners(algorithm)
  const verify = verifiers.find(({ name }) => name === ours)?.verify ?? (() => undefined)
  await checkSameTokens(signers, verify)
  const users = new TokenPool(Array.from({ length: liveTokens }, (_, index) => `user-${100_000 + index}`))
  const inputs = new TokenPool(newTokens(algorithm, liveTokens).map(token => token.slice(0, token.lastIndexOf('.'))))
  const raw = rawSigner(algorithm)
  return [
    { name: raw.name, draw: count => inputs.draw(count), call: raw.create },
    ...signers.map(({ name, create }) => ({ name, draw: (count: number) => users.draw(count), call: create })),
  ]
}

function faultyTokens(algorithm: BenchAlgorithm): Record<string, string> {
  const now = Math.floor(Date.now() / 1000)
  const [forged = ''] = forge(newTokens(algorithm, 2))
  const withClaims = (claims: object): string => newToken(algorithm, newClaims(claims))
  return {
    forged,
    expired: withClaims({ exp: now - 10 }),
    'too young': withClaims({ nbf: now + 1000 }),
    'of another issuer': withClaims({ iss: 'https://example.org' }),
    'for somebody else': withClaims({ aud: 'invoices' }),
  }
}

function figuresOf(task: Task, found: ReadonlyMap<BenchAlgorithm, Times>): Record<string, number> {
  return Object.assign({}, ...[...found].map(([algorithm, times]) => figuresFor(`${task} ${algorithm}`, times)))
}

/** How long each takes, in nanoseconds, and the ratios that targets and readers ask for. */
function figuresFor(title: string, times: Times): Record<string, number> {
  const names = [...times.keys()]
  const others = names.filter(name => name !== ours)
  const peers = others.filter(name => name !== limit && !name.startsWith(ours) && !isCached(name))
  const ratios = [...others.map(name => [name, ours]), [ours, limit], [ours, oursCached], [fastJwtCached, oursCached]]
    .filter((pair): pair is [string, string] => pair.every(name => times.has(name)))
    .map(([name, other]) => [`${title}: ${name} / ${other}`, ratioOf(times, name, other)])
  return Object.fromEntries([
    ...names.map(name => [`${title}: ${name}, ns`, timeOf(times, name)]),
    ...ratios,
    [`${title}: best peer / ${ours}`, Math.min(...peers.map(name => ratioOf(times, name, ours)))],
  ])
}
