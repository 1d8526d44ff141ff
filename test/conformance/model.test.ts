import { describe, expect, test } from 'vitest'
import { type CorpusCase, readCorpus, readKeys } from './corpus.ts'
import { type Outcome, predict } from './model.ts'
import { findDifference, observe, recordedOutcome } from './observe.ts'
import { odd, oddityOfTokens } from './oddity.ts'

const keys = readKeys()
const recordings = readCorpus().filter(({ action = 'request' }) => action === 'request' || action === 'verify')

/** Recordings that the model does not foretell, each by what it leaves out. */
const exceptions: Readonly<Record<string, (testCase: CorpusCase) => boolean>> = {
  'the configuration is refused': ({ tags }) => tags?.includes('config_error') === true,
  'the reference accepts an odd token': ({ tags }) => tags?.includes('lenient') === true,
  'the reference takes a boolean for a time': testCase => oddityOfTokens(testCase) === odd.time,
  'a blank that is none in HTTP': ({ tags }) => tags?.includes('non_ascii_header') === true,
  'a form in parts': ({ request }) => /^multipart/.test(request?.content_type ?? ''),
  'a leeway of null': ({ config }) => config['JWT_DECODE_LEEWAY'] === null,
}

function exceptionOf(testCase: CorpusCase): string | undefined {
  return Object.keys(exceptions).find(name => exceptions[name]?.(testCase))
}

/** Where the reference falls over, any refusal is as good. */
function differs(foretold: Outcome, testCase: CorpusCase): boolean {
  const crashed = testCase.tags?.includes('crash') === true
  return crashed ? foretold.cause === null : findDifference(foretold, recordedOutcome(testCase)) !== undefined
}

describe('the model of the reference', () => {
  test('foretells every recording of a protected route, but for those with a known reason', () => {
    const missed = recordings.filter(testCase => differs(predict(testCase, keys, 'reference'), testCase))
    expect(missed.filter(testCase => exceptionOf(testCase) === undefined).map(({ id }) => id)).toEqual([])
    expect(new Set(missed.map(exceptionOf))).toEqual(new Set(Object.keys(exceptions)))
    expect(missed.length / recordings.length).toBeLessThan(0.05)
  })

  test('foretells what ours does with each of them', { timeout: 60_000 }, async () => {
    const missed: string[] = []
    let refused = 0
    for (const testCase of recordings.filter(candidate => !isLeftOut(candidate))) {
      const actual = await observe(testCase, keys)
      const difference = actual && findDifference(predict(testCase, keys, 'ours'), actual)
      if (actual === undefined) refused++
      if (difference !== undefined) missed.push(`${testCase.id}: ${difference}`)
    }
    expect(missed).toEqual([])
    expect(refused / recordings.length).toBeLessThan(0.04)
  })

  test.each([
    ['another cause', { cause: 'WrongTokenError' }],
    ['another status', { status: 401 }],
    ['another body', { json: { message: 'Signature verification failed' } }],
  ])('is contradicted by %s', (_, other) => {
    const foretold = { cause: 'InvalidSignatureError', status: 422, json: { msg: '<text>' } }
    const actual = { cause: 'InvalidSignatureError', status: 422, json: { msg: 'Signature verification failed' } }
    expect(findDifference(foretold, actual)).toBeUndefined()
    expect(findDifference(foretold, { ...actual, ...other })).toBeTypeOf('string')
  })
})

/** Neither the replayer of the core nor the model reads them. */
function isLeftOut({ action, tags, request }: CorpusCase): boolean {
  return (
    action === 'verify' || tags?.includes('non_ascii_header') === true || /^multipart/.test(request?.content_type ?? '')
  )
}
