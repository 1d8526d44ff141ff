import { describe, expect, test } from 'vitest'
import { expressHarness } from '../adapters/harness/express.ts'
import { harnesses } from '../adapters/harness/index.ts'
import { type CorpusCase, readCorpus, readKeys } from './corpus.ts'
import { runCase, runCorpus } from './run.ts'

const cases = readCorpus()
const keys = readKeys()

/**
 * What an adapter replays: a share of its own, so that this suite stays quick. `npm run conformance`, as .ci/run calls it,
 * replays every case on every adapter.
 */
function choose(index: number): readonly CorpusCase[] {
  const step = Object.keys(harnesses).length
  return cases.filter((_, number) => number % step === index)
}

describe.each(Object.entries(harnesses).map(([name, harness], index) => ({ name, harness, chosen: choose(index) })))(
  '$chosen.length recordings of Flask-JWT-Extended on $name',
  ({ harness, chosen }) => {
    test('are met, or differ as a tag or a deliberate difference allows', { timeout: 120_000 }, async () => {
      const results = await runCorpus(chosen, keys, harness)
      const failed = results.filter(({ faults, excuse }) => faults.length > 0 && excuse === undefined)
      expect(failed.map(({ id, faults }) => `${id}: ${faults.join('; ')}`)).toEqual([])
      expect(results).toHaveLength(chosen.length)
    })
  },
)

/** The replayer is only worth something if it notices: cases of the corpus with another expectation must fail. */
describe('the replayer', () => {
  const find = (isWanted: (testCase: CorpusCase) => boolean): CorpusCase => {
    const found = cases.find(isWanted)
    if (found === undefined) throw new Error('the corpus has no such case')
    return found
  }
  const isAccepted = ({ action, expect: { status, set_cookies: cookies }, area, tags }: CorpusCase): boolean =>
    action === undefined && status === 200 && cookies === undefined && area === 'headers' && tags === undefined
  const accepted = find(isAccepted)
  const run = async (testCase: CorpusCase): Promise<'passed' | 'failed' | 'excused'> => {
    const { faults, excuse } = await runCase(testCase, keys, expressHarness)
    return faults.length === 0 ? 'passed' : excuse === undefined ? 'failed' : 'excused'
  }

  test('notices another status', async () => {
    expect(await run(accepted)).toBe('passed')
    expect(await run({ ...accepted, expect: { ...accepted.expect, status: 401 } })).toBe('failed')
  })

  test('notices a member that is missing, and one that is too many', async () => {
    const { json } = accepted.expect
    const { identity, ...rest } = json as Record<string, never>
    expect(await run({ ...accepted, expect: { ...accepted.expect, json: rest } })).toBe('failed')
    expect(await run({ ...accepted, expect: { ...accepted.expect, json: { ...(json as object), more: 1 } } })).toBe(
      'failed',
    )
  })

  test('notices another message, unless the words are not the library’s own', async () => {
    const refused = find(({ id }) => id.startsWith('message_key/') && id.endsWith('missing-header'))
    const reworded = { ...refused, expect: { ...refused.expect, json: { message: 'something else' } } }
    expect(await run(reworded)).toBe('failed')
    expect(await run({ ...reworded, message_source: 'pyjwt' })).toBe('passed')
  })

  test('notices a cookie with another attribute', async () => {
    const login = find(
      ({ action, tags, expect: { set_cookies: cookies } }) =>
        action === 'login_cookies' && tags === undefined && cookies?.length === 2,
    )
    const cookies = login.expect.set_cookies?.map(cookie => ({ ...cookie, httponly: true }))
    expect(await run(login)).toBe('passed')
    expect(await run({ ...login, expect: { ...login.expect, set_cookies: cookies ?? [] } })).toBe('failed')
  })

  test('excuses nothing by a tag that it does not know, or that allows something else', {
    timeout: 30_000,
  }, async () => {
    const wrong = { ...accepted, expect: { ...accepted.expect, status: 401 } }
    for (const tag of [
      'crash',
      'lenient',
      'config_error',
      'lazy_config',
      'python_repr',
      'cookie_writer',
      'get_with_body',
      'frozen_clock',
      'unheard_of',
    ]) {
      expect([tag, await run({ ...wrong, tags: [tag] })]).toEqual([tag, 'failed'])
    }
  })

  test('excuses no 5xx', async () => {
    const crash = find(({ tags }) => tags?.includes('crash') === true && tags.length === 1)
    const throwing = { ...crash, loaders: { user_lookup: null } } as unknown as CorpusCase
    expect(
      await run({
        ...throwing,
        request: accepted.request ?? { method: 'GET', path: '/protected' },
        config: accepted.config,
      }),
    ).toBe('failed')
  })
})
