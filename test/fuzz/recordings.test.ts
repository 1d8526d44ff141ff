import { describe, expect, test } from 'vitest'
import { expressHarness } from '../adapters/harness/express.ts'
import { type CorpusCase, type JsonObject, readKeys } from '../conformance/corpus.ts'
import type { Outcome } from '../conformance/model.ts'
import { observe } from '../conformance/observe.ts'
import { runCase } from '../conformance/run.ts'
import { searchRecordings } from './recordings.ts'

const keys = readKeys()

type Change = (testCase: CorpusCase) => CorpusCase

function configured(config: JsonObject): Change {
  return testCase => ({ ...testCase, config: { ...testCase.config, ...config } })
}

function without(loader: string): Change {
  return testCase => ({
    ...testCase,
    loaders: Object.fromEntries(Object.entries(testCase.loaders ?? {}).filter(([name]) => name !== loader)),
  })
}

/** What the search says where the library works as if a case were another one. */
function searchWith(change: Change, distort: (outcome: Outcome) => Outcome = outcome => outcome): Promise<string> {
  const look = async (testCase: CorpusCase): Promise<Outcome | undefined> => {
    const outcome = await observe(change(testCase), keys)
    return outcome && distort(outcome)
  }
  return searchRecordings({ seed: 1, endsAt: performance.now() + 20_000 }, look).then(
    said => `found nothing: ${said}`,
    (fault: Error) => fault.message,
  )
}

const same: Change = testCase => testCase

describe('the search among combined recordings', () => {
  test('finds nothing in the library as it is', { timeout: 60_000 }, async () => {
    expect(await searchRecordings({ seed: 1, endsAt: 0 }, observe)).toMatch(/^100 combinations, \d+ of them configured/)
  })

  test.each<readonly [string, RegExp, Change]>([
    ['the freshness', /FreshTokenRequired/, testCase => ({ ...testCase, route: { ...testCase.route, fresh: false } })],
    ['the type', /WrongTokenError/, testCase => ({ ...testCase, route: { ...testCase.route, verify_type: false } })],
    ['the blocklist', /RevokedTokenError/, without('blocklist')],
    ['the claims', /UserClaimsVerificationError/, without('verify_claims')],
    ['the user', /UserLookupError|the body is another/, without('user_lookup')],
    ['the CSRF value', /CSRFError|JWTDecodeError/, configured({ JWT_COOKIE_CSRF_PROTECT: false })],
    ['the issuer', /InvalidIssuerError|MissingRequiredClaimError/, configured({ JWT_DECODE_ISSUER: null })],
    ['the audience', /InvalidAudienceError|MissingRequiredClaimError/, configured({ JWT_DECODE_AUDIENCE: null })],
    [
      'the clock',
      /ExpiredSignatureError|ImmatureSignatureError|FreshTokenRequired/,
      testCase => ({ ...testCase, clock: (testCase.clock ?? 0) - 5 }),
    ],
  ])('notices that nobody checks %s', { timeout: 60_000 }, async (_, expected, change) => {
    expect(await searchWith(change)).toMatch(expected)
  })

  test.each<readonly [string, RegExp, (outcome: Outcome) => Outcome]>([
    ['another status', /the status is 403/, outcome => ({ ...outcome, status: outcome.cause === null ? 200 : 403 })],
    [
      'a foreign exception',
      /the cause is TypeError/,
      outcome => (outcome.cause === null ? outcome : { cause: 'TypeError', status: 500, json: null }),
    ],
    ['another body', /the body is another/, outcome => (outcome.cause === null ? outcome : { ...outcome, json: {} })],
    [
      'an identity for everybody',
      /the cause is null, expected|the body is another/,
      () => ({ cause: null, status: 200, json: { identity: 'alice' } }),
    ],
  ])('notices %s', { timeout: 60_000 }, async (_, expected, distort) => {
    expect(await searchWith(same, distort)).toMatch(expected)
  })

  test('notices an effect of what nobody reads', { timeout: 60_000 }, async () => {
    const refuseUnread: Change = testCase =>
      testCase.request?.query?.some(([name]) => name === 'unread') === true
        ? { ...testCase, request: { method: 'GET', path: '/protected' } }
        : testCase
    expect(await searchWith(refuseUnread)).toMatch(/a header, a cookie and a parameter that nobody reads has an effect/)
  })

  test('shows a seed that finds the fault again, and a corpus with the case that an adapter can replay', {
    timeout: 60_000,
  }, async () => {
    const [said = '', corpus = ''] = (await searchWith(without('verify_claims'))).split('\n')
    expect(said).toMatch(/^seed \d+, combination \d+, made smaller \d+ times: /)
    const [testCase] = JSON.parse(corpus).cases as [CorpusCase]
    expect((await runCase(testCase, keys, expressHarness)).faults).toEqual([])
    expect((await runCase(without('verify_claims')(testCase), keys, expressHarness)).faults).not.toEqual([])
  })
})
