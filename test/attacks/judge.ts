import { isDeepStrictEqual } from 'node:util'
import { type Answer, describeAnswer, type Faulty } from './answer.ts'
import type { AttackCase } from './corpus.ts'

type Judged = Exclude<Answer, Faulty>

export interface Verdict {
  readonly id: string
  readonly class: string
  readonly strength: AttackCase['strength']
  /**
   * `as recommended`; `otherwise`, in a case that leaves it open; `failed`; `pending` where there is no such part yet.
   */
  readonly result: 'as recommended' | 'otherwise' | 'failed' | 'pending'
  /** What ours did, in words. */
  readonly answer: string
}

/** Judges what ours did: a `must` has to be met, and nothing may ever end in a fault or take too long. */
export function judge(testCase: AttackCase, answer: Answer, millis: number): Verdict {
  const { id, class: name, strength, maxMillis = Number.POSITIVE_INFINITY } = testCase
  const verdict = (result: Verdict['result'], words = describeAnswer(answer)): Verdict => ({
    id,
    class: name,
    strength,
    result,
    answer: words,
  })
  if (answer.outcome === 'fault') return verdict('failed')
  if (millis > maxMillis) return verdict('failed', `it took ${millis.toFixed(1)} ms of ${maxMillis}`)
  if (isAsExpected(testCase, answer)) return verdict('as recommended')
  return verdict(strength === 'must' && !isTolerated(testCase, answer) ? 'failed' : 'otherwise')
}

function isAsExpected({ expected, alsoOk = [], anonymous }: AttackCase, answer: Judged): boolean {
  if (answer.outcome !== expected.outcome) return false
  if (answer.outcome === 'reject')
    return expected.error === undefined || [expected.error, ...alsoOk].some(error => answer.kinds.includes(error))
  if (answer.outcome === 'scenario') return true
  if (anonymous === true) return answer.isAnonymous === true
  return answer.isAnonymous !== true && holds(answer.claims, expected.claims ?? {})
}

function isTolerated({ alsoAccept, alsoReject = false }: AttackCase, answer: Judged): boolean {
  if (answer.outcome === 'accept') return alsoAccept === true
  if (answer.outcome === 'scenario') return false
  return typeof alsoReject === 'boolean' ? alsoReject : alsoReject.some(error => answer.kinds.includes(error))
}

/** Whether the claims are among those of the token. */
function holds(claims: unknown, wanted: NonNullable<AttackCase['expected']['claims']>): boolean {
  const given = Object(claims)
  return Object.entries(wanted).every(([name, value]) => isDeepStrictEqual(given[name], value))
}
