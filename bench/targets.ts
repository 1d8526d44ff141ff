import { revokedCounts, revokedRatio } from './authenticate.ts'
import { inTimes, type Table } from './figures.ts'
import { cachedName, frameworks, ourName } from './http/names.ts'
import { fastJwt, fastJwtCached, limit, ours, oursCached } from './micro/verifiers.ts'
import { algorithms } from './tokens.ts'

/** What has to be reached: a figure of the run, and the least or the most that it may be. */
interface Target {
  readonly what: string
  readonly figure: string
  readonly atLeast?: number
  readonly atMost?: number
}

const targets: readonly Target[] = [
  { what: 'verify HS256: fast-jwt / ours', figure: `Verify HS256: ${fastJwt} / ${ours}`, atLeast: 2.3 },
  { what: 'verify HS256: node:crypto / ours', figure: `Verify HS256: ${limit} / ${ours}`, atLeast: 1 },
  {
    what: 'verify HS256, 1,000 live tokens: fastest cache of fast-jwt / our cache',
    figure: `Verify HS256: ${fastJwtCached} / ${oursCached}`,
    atLeast: 3,
  },
  ...algorithms
    .filter(algorithm => algorithm !== 'HS256')
    .flatMap((algorithm): Target[] => [
      {
        what: `verify ${algorithm}: ours / node:crypto`,
        figure: `Verify ${algorithm}: ${ours} / ${limit}`,
        atMost: 1.05,
      },
      {
        what: `verify ${algorithm}: best peer / ours`,
        figure: `Verify ${algorithm}: best peer / ${ours}`,
        atLeast: 1,
      },
      {
        what: `verify ${algorithm}: ours / our cache`,
        figure: `Verify ${algorithm}: ${ours} / ${oursCached}`,
        atLeast: 50,
      },
    ]),
  { what: 'create HS256: fast-jwt / ours', figure: `Create HS256: ${fastJwt} / ${ours}`, atLeast: 2.3 },
  {
    what: 'refuse a forged token: fast-jwt / ours',
    figure: `Refuse a forged token HS256: ${fastJwt} / ${ours}`,
    atLeast: 3,
  },
  ...frameworks
    .filter(framework => framework !== 'node:http')
    .flatMap((framework): Target[] => [
      {
        what: `${framework}, added: ours / usual peer`,
        figure: `HTTP ${framework}: ${ourName} / usual peer`,
        atMost: 1 / 3,
      },
      {
        what: `${framework}, added: our cache / best peer`,
        figure: `HTTP ${framework}: ${cachedName} / best peer`,
        atMost: 1 / 5,
      },
    ]),
  ...revokedCounts.map(count => ({
    what: `authenticate, ${count.toLocaleString('en')} revoked: with / without the question`,
    figure: revokedRatio(count),
    atMost: count > 100_000 ? 1.25 : 1.15,
  })),
]

/** Which targets the run has reached; those that it did not measure are left out. */
export function judgeTargets(figures: Readonly<Record<string, number>>): Table {
  const rows = targets.flatMap(({ what, figure, atLeast, atMost }) => {
    const value = figures[figure]
    if (value === undefined) return []
    // A part of nothing says nothing: noise may make what is added negative.
    const isMet =
      value > 0 && value >= (atLeast ?? Number.NEGATIVE_INFINITY) && value <= (atMost ?? Number.POSITIVE_INFINITY)
    const wanted = atLeast === undefined ? `at most ${inTimes(atMost)}` : `at least ${inTimes(atLeast)}`
    return [[what, wanted, inTimes(value), isMet ? 'yes' : 'no']]
  })
  return { title: 'Targets', labels: 1, head: ['what', 'target', 'measured', 'met'], rows }
}
