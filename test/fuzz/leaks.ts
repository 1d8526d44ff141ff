import { Examiner } from './examiner.ts'
import { configLeaks } from './leaks/config.ts'
import { keyLeaks } from './leaks/keys.ts'
import { objectLeaks } from './leaks/objects.ts'
import { refusalLeaks } from './leaks/refusals.ts'
import { requestLeaks } from './leaks/requests.ts'
import { signLeaks } from './leaks/sign.ts'
import { tokenLeaks } from './leaks/tokens.ts'
import { type Budget, randomFrom, type Search, tryEach } from './search.ts'

/** Work that something secret goes into; what comes out of it is examined. */
export interface LeakCase {
  readonly name: string
  run(examiner: Examiner, random: () => number): Promise<void>
}

/** No token, secret or key is in an error, an event, a warning, an answer, or in what an object shows of itself. */
export const leaks: Search = {
  name: 'leaks',
  run: async budget =>
    searchLeaks(
      [tokenLeaks(), requestLeaks(), configLeaks(), signLeaks(), keyLeaks(), objectLeaks(), refusalLeaks()].flat(),
      budget,
    ),
}

/** Runs the cases in random order. */
export async function searchLeaks(cases: readonly LeakCase[], budget: Budget): Promise<string> {
  const examiner = new Examiner()
  const tried = await tryEach(cases.length, budget, async index => {
    const { name, run } = cases[index] as LeakCase
    await run(examiner, randomFrom(budget.seed + index)).catch((cause: unknown) => {
      const message = cause instanceof Error ? cause.message : String(cause)
      throw new Error(`${name} (seed ${budget.seed}): ${message}`, { cause })
    })
  })
  const { errors, objects, texts } = examiner
  return `${tried} cases, ${errors} errors and ${objects} objects shown in ${texts} ways, without a secret`
}
