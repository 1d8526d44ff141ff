import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { expressHarness } from '../adapters/harness/express.ts'
import { fastifyHarness } from '../adapters/harness/fastify.ts'
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

/** Each adapter answers a share of the requests, Express what the core alone answers, too. `npm run attacks` has all on each. */
function choose(name: string): readonly AttackCase[] {
  return cases.filter(({ layer }, number) =>
    layer === 'request' ? number % names.length === names.indexOf(name) : name === 'express',
  )
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
  })
})

test('the guide says nothing of an attack that is answered as recommended', async () => {
  const mentioned = cases.filter(({ id }) => documented.includes(id))
  // A GET with a body is Express's to read, and not Fastify's.
  const verdicts = await runAttacks(mentioned, keys, fastifyHarness)
  expect(verdicts.map(({ id, result }) => [id, result])).toEqual(
    mentioned.map(({ id }) => [id, id === 'json-bom' ? 'as recommended' : 'otherwise']),
  )
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

  test.each([
    ['r0=login', 'something else happens'],
    ['r0=login', 'refresh(r0): must never be accepted'],
    ['r0=login', '2 parallel refresh(r0): exactly 1 accept'],
    [],
  ])('fails a scenario that it cannot read', async (...steps) => {
    expect(await runAttack({ ...find('rot-logout'), steps }, keys, expressHarness)).toMatchObject({ result: 'failed' })
  })

  test.each([32, 48, 64])('accepts a strong secret of %d bytes, and counts that as right', async length => {
    const bytes = randomBytes(length).toString('base64')
    const config = { JWT_SECRET_KEY_B64: bytes, JWT_ALGORITHM: 'HS256', env: 'production' }
    const testCase: AttackCase = { ...find('weak-len-2'), config, expected: { outcome: 'accept' } }
    expect(await runAttack(testCase, keys, expressHarness)).toMatchObject({ result: 'as recommended' })
  })

  test.each([
    { JWT_DECODE_ALGORITHMS: [] },
    { JWT_DECODE_ALGORITHMS: ['none'] },
    { JWT_DECODE_ALGORITHMS: ['HS256', 'RS256'] },
    { JWT_COOKIE_SECURE: 'false' },
    { JWT_COOKIE_CSRF_PROTECT: 0 },
    { JWT_NONSENSE: 1 },
  ])('hands %j to the manager as it is, which refuses it', async config => {
    const testCase: AttackCase = { ...find('config-00'), config }
    expect(await runAttack(testCase, keys, expressHarness)).toMatchObject({ result: 'as recommended' })
  })

  test('fails a case that cannot be prepared, and goes on', async () => {
    const broken: AttackCase = { ...find('ctl-hs384'), keys: { verify: 'nope' } }
    const verdicts = await runAttacks([broken, find('ctl-hs384')], keys, expressHarness)
    expect(verdicts.map(({ result }) => result)).toEqual(['failed', 'as recommended'])
  })

  test('knows the kind of a refusal whose answer has no body', async () => {
    const expired = find('rev-order-expired')
    const request = { method: 'HEAD', url: '/protected', headers: expired.request?.headers ?? [] }
    expect(await runAttack({ ...expired, request }, keys, expressHarness)).toMatchObject({ result: 'as recommended' })
  })

  test.each([
    [{ version: 1 }, [], 'no cases'],
    [{ version: 2 }, [find('rot-logout')], 'reads version 1'],
    [{ version: 1 }, [{ ...find('rot-logout'), layer: 'rpc' }], 'says "rpc"'],
    [{ version: 1 }, [{ ...find('rot-logout'), strength: 'MUST' }], 'says "MUST"'],
    [{ version: 1 }, [{ ...find('rot-logout'), expected: {} }], 'known: accept, reject, scenario'],
  ])('refuses a corpus that it cannot read', (meta, given, message) => {
    const folder = mkdtempSync(join(tmpdir(), 'jwt-extended-attacks-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    writeFileSync(join(folder, 'corpus.json'), JSON.stringify({ meta, cases: given }))
    expect(() => readAttacks(join(folder, 'corpus.json'))).toThrow(message)
  })
})
