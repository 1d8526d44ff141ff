import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { expressHarness } from '../adapters/harness/express.ts'
import { combinations, writeCorpus } from './combine.ts'
import { type CorpusCase, readCorpus, readKeys } from './corpus.ts'
import { predict } from './model.ts'
import { observe } from './observe.ts'
import { runCase } from './run.ts'

const keys = readKeys()
const combined = combinations(readCorpus(), keys)

describe('combinations of recordings', () => {
  test('reach every cause, and most of them reach the token', { timeout: 60_000 }, () => {
    const causes = fc
      .sample(combined, { seed: 1, numRuns: 1000 })
      .map(testCase => predict(testCase, keys, 'ours').cause)
    const share = (cause: string | null): number => causes.filter(other => other === cause).length / causes.length
    const missing = [
      'CSRFError',
      'DecodeError',
      'ExpiredSignatureError',
      'FreshTokenRequired',
      'ImmatureSignatureError',
      'InvalidAlgorithmError',
      'InvalidAudienceError',
      'InvalidHeaderError',
      'InvalidIssuerError',
      'InvalidJTIError',
      'InvalidQueryParamError',
      'InvalidSignatureError',
      'InvalidSubjectError',
      'JWTDecodeError',
      'MissingRequiredClaimError',
      'NoAuthorizationError',
      'Odd',
      'RevokedTokenError',
      'UserClaimsVerificationError',
      'UserLookupError',
      'WrongTokenError',
    ].filter(cause => share(cause) === 0)
    expect(missing).toEqual([])
    expect(share(null)).toBeGreaterThan(0.2)
    expect(share('NoAuthorizationError')).toBeLessThan(0.3)
  })

  test('are the same for the same seed', () => {
    // But for the signatures, of which some algorithms make another one each time.
    const sample = (seed: number): string =>
      JSON.stringify(fc.sample(combined, { seed, numRuns: 20 })).replaceAll(/(\.[\w-]+)\.[\w-]+/g, '$1')
    expect(sample(7)).toBe(sample(7))
    expect(sample(7)).not.toBe(sample(8))
  })

  test('can be replayed on an adapter, which does what the core does', { timeout: 60_000 }, async () => {
    const failed: string[] = []
    for (const testCase of fc.sample(combined, { seed: 3, numRuns: 60 })) {
      if ((await observe(testCase, keys)) === undefined) continue
      const [written] = JSON.parse(writeCorpus(testCase, predict(testCase, keys, 'ours'))).cases as [CorpusCase]
      const { faults, excuse } = await runCase(written, keys, expressHarness)
      if (faults.length > 0 && excuse === undefined) failed.push(`${faults.join()}: ${JSON.stringify(written)}`)
    }
    expect(failed).toEqual([])
  })
})
