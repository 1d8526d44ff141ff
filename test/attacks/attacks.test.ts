import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, test } from 'vitest'
import { expressHarness } from '../adapters/harness/express.ts'
import { harnesses } from '../adapters/harness/index.ts'
import type { Answer } from './answer.ts'
import { type AttackCase, readAttacks, readKeyTable } from './corpus.ts'
import { judge, type Verdict } from './judge.ts'
import { runAttack, runAttacks } from './run.ts'

const cases = readAttacks()
const keys = readKeyTable()
const names = Object.keys(harnesses)

/** The cases in the table of the guide. */
const documented = [
  ...readFileSync(new URL('../../docs/guide/security.md', import.meta.url), 'utf8').matchAll(/^\| `([\w-]+)` /gm),
].map(([, id = '']) => id)

/** Express answers all of them here, the others a share. `npm run attacks`, as .ci/run calls it, has all on each. */
function choose(name: string): readonly AttackCase[] {
  if (name === 'express') return cases
  return cases.filter(({ layer }, number) => layer === 'request' && number % names.length === names.indexOf(name))
}

describe.each(Object.entries(harnesses))('the attacks on %s', (name, harness) => {
  let verdicts: readonly Verdict[]

  beforeAll(async () => {
    verdicts = await runAttacks(choose(name), keys, harness)
  }, 60_000)

  test('are answered as they must be', () => {
    expect(verdicts.filter(({ result }) => result === 'failed')).toEqual([])
    expect(verdicts.filter(({ result }) => result === 'as recommended').length).toBeGreaterThan(20)
  })

  test('are answered otherwise than recommended where the guide says why', () => {
    const otherwise = verdicts.filter(({ result }) => result === 'otherwise').map(({ id }) => id)
    expect(otherwise.filter(id => !documented.includes(id))).toEqual([])
    if (name === 'express') expect(documented.filter(id => id !== 'json-get' && !otherwise.includes(id))).toEqual([])
  })
})

/** The runner is only worth something if it notices. */
describe('the judge', () => {
  const find = (id: string): AttackCase => {
    const found = cases.find(testCase => testCase.id === id)
    if (found === undefined) throw new Error(`the corpus has no ${id}`)
    return found
  }
  const must = find('type-refresh-as-access')
  const refused: Answer = { outcome: 'reject', code: 'token_wrong_type', kinds: ['wrong_token_type'] }

  test.each<[string, AttackCase, Answer, number, string]>([
    ['a refusal of the right kind', must, refused, 1, 'as recommended'],
    ['a refusal of another kind', must, { ...refused, kinds: ['token_expired'] }, 1, 'failed'],
    ['what is accepted', must, { outcome: 'accept', claims: {} }, 1, 'failed'],
    ['what is accepted, where either is right', { ...must, strength: 'choice' }, { outcome: 'accept' }, 1, 'otherwise'],
    ['a fault, even there', { ...must, strength: 'choice' }, { outcome: 'fault', reason: '500' }, 1, 'failed'],
    ['what takes too long', { ...must, maxMillis: 5 }, refused, 6, 'failed'],
    ['what nobody could ask', must, { outcome: 'pending', reason: 'no words' }, 1, 'pending'],
    ['another user', find('type-access-ok'), { outcome: 'accept', claims: { sub: 'mallory' } }, 1, 'failed'],
    ['nobody', find('type-access-ok'), { outcome: 'accept', claims: {}, isAnonymous: true }, 1, 'failed'],
    ['somebody where nobody is expected', find('opt-none'), { outcome: 'accept', claims: {} }, 1, 'failed'],
  ])('judges %s', (_, testCase, answer, millis, result) => {
    expect(judge(testCase, answer, millis).result).toBe(result)
  })

  test.each([
    ['a token that is right', 'ctl-hs384', { outcome: 'reject', error: 'signature_invalid' }],
    ['a token that is wrong', 'type-refresh-as-access', { outcome: 'accept' }],
    ['a configuration that is right', 'loc-config-string', { outcome: 'reject', error: 'invalid_config' }],
    ['a claim that can be signed', 'sign-name-empty', { outcome: 'reject', error: 'invalid_claim' }],
  ] as const)('does not pass %s for the contrary', async (_, id, expected) => {
    expect(await runAttack(find(id), keys, expressHarness)).toMatchObject({ result: 'as recommended' })
    expect(await runAttack({ ...find(id), expected }, keys, expressHarness)).toMatchObject({ result: 'failed' })
  })

  test.each([
    ['refresh(r0)@t+2:accept', 'refresh(r0)@t+2:reject:refresh_reuse'],
    ['refresh(r0)@t+12:reject:refresh_reuse', 'refresh(r0)@t+12:accept'],
  ])('fails a scenario whose step "%s" says "%s"', async (step, otherwise) => {
    const scenario = find('rot-grace')
    const steps = scenario.steps?.map(given => (given === step ? otherwise : given))
    expect(steps).not.toEqual(scenario.steps)
    expect(await runAttack({ ...scenario, strength: 'must', steps: steps ?? [] }, keys, expressHarness)).toMatchObject({
      result: 'failed',
    })
  })

  test('counts steps in words that it does not know as pending', async () => {
    const steps = ['r0=login', 'something else happens']
    expect(await runAttack({ ...find('rot-logout'), steps }, keys, expressHarness)).toMatchObject({ result: 'pending' })
  })
})
