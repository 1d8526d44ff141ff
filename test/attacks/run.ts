import { createHook } from 'node:async_hooks'
import type { AdapterHarness } from 'jwt-extended/testing'
import { withinTime } from '../../src/internal/within-time.ts'
import { type Answer, answerOf } from './answer.ts'
import { prepareConfig } from './config-layer.ts'
import type { AttackCase, KeyTable, Layer } from './corpus.ts'
import { judge, type Verdict } from './judge.ts'
import { prepareRequest } from './request-layer.ts'
import { prepareScenario } from './scenario-layer.ts'
import { prepareSign } from './sign-layer.ts'
import { type Attack, prepareJws, prepareJwt, prepareResolver } from './verify-layers.ts'

type Prepare = (testCase: AttackCase, keys: KeyTable, harness: AdapterHarness) => Attack

/** How each layer is attacked. A layer that is not here has no part yet. */
const layers: Partial<Readonly<Record<Layer, Prepare>>> = {
  jwt: prepareJwt,
  jws: prepareJws,
  resolver: prepareResolver,
  request: prepareRequest,
  config: prepareConfig,
  sign: prepareSign,
  scenario: prepareScenario,
}

/** Classes whose part is not there yet. */
const pendingClasses: ReadonlySet<string> = new Set(['key-rotation'])

/** No attack may hang, whatever it is allowed to take, in milliseconds. */
const longestMs = 20_000

/** Layers in which ours has nothing to do with any network or file. */
const isolated: ReadonlySet<Layer> = new Set<Layer>(['jwt', 'jws', 'resolver', 'sign'])

export async function runAttack(testCase: AttackCase, keys: KeyTable, harness: AdapterHarness): Promise<Verdict> {
  const { id, class: name, strength, layer } = testCase
  const prepare = layers[layer]
  if (prepare === undefined || pendingClasses.has(name))
    return { id, class: name, strength, result: 'pending', answer: 'there is no such part yet' }
  let millis = Number.POSITIVE_INFINITY
  // A case that cannot even be prepared has failed, and the others go on.
  const answer = await answerOf(async () => {
    const attack = prepare(testCase, keys, harness)
    const take = async (): Promise<Answer> => {
      const start = performance.now()
      const given = await watched(layer, () => withinTime(attack(), longestMs, 'The attacked part'))
      millis = Math.min(millis, performance.now() - start)
      return given
    }
    let given = await take()
    // The machine may have had other work to do: the fastest of five counts.
    for (let again = 0; again < 4 && millis > (testCase.maxMillis ?? longestMs); again++) given = await take()
    return given
  }, unexpected)
  return judge(testCase, answer, millis)
}

function unexpected(error: unknown): Answer {
  return { outcome: 'fault', reason: `a foreign exception: ${error}` }
}

export async function runAttacks(
  cases: readonly AttackCase[],
  keys: KeyTable,
  harness: AdapterHarness,
): Promise<Verdict[]> {
  const verdicts: Verdict[] = []
  for (const testCase of cases) verdicts.push(await runAttack(testCase, keys, harness))
  return verdicts
}

/** What no attack may leave behind, or set off. */
async function watched(layer: Layer, attack: Attack): Promise<Answer> {
  const members = Reflect.ownKeys(Object.prototype).length
  const requests = isolated.has(layer) ? countRequests() : undefined
  const answer = await attack()
  if (Reflect.ownKeys(Object.prototype).length !== members) return fault('Object.prototype has another member')
  return requests !== undefined && requests.stop() > 0 ? fault('a file or the network was asked') : answer
}

function fault(reason: string): Answer {
  return { outcome: 'fault', reason }
}

/** Counts what is asked of the network or of files. */
function countRequests(): { stop(): number } {
  let count = 0
  const hook = createHook({
    init(_id, type) {
      if (/^(TCPCONNECTWRAP|GETADDRINFOREQWRAP|QUERYWRAP|PIPECONNECTWRAP|FSREQ)/.test(type)) count++
    },
  }).enable()
  return {
    stop() {
      hook.disable()
      return count
    },
  }
}
