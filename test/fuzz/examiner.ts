import { findNeedle, type Needle } from './needles.ts'
import { showingsOf } from './showings.ts'

/** Looks at all that a piece of work brings forth, and counts. */
export class Examiner {
  errors = 0
  objects = 0
  texts = 0

  /**
   * Looks at an error or an object in every way in which it may be shown.
   *
   * @param meant ways that show a token, for that is their purpose
   * @throws Error where it shows one of the needles
   */
  async examine(
    what: string,
    value: unknown,
    needles: readonly Needle[],
    meant: readonly string[] = [],
  ): Promise<void> {
    if (value instanceof Error) this.errors++
    else this.objects++
    for (const [way, text] of await showingsOf(value)) {
      this.texts++
      const found = meant.includes(way) ? undefined : findNeedle(text, needles)
      if (found !== undefined) throw new Error(`${what}, by ${way}, shows ${found}`)
    }
  }

  /** Looks at what work results in: an error or a value. Returns it. */
  async examineOutcome(what: string, work: () => unknown, needles: readonly Needle[]): Promise<unknown> {
    const outcome = await settle(work)
    await this.examine(`${outcome instanceof Error ? 'the error of' : 'the result of'} ${what}`, outcome, needles)
    return outcome
  }
}

/** What work returns or throws. */
export async function settle(work: () => unknown): Promise<unknown> {
  try {
    return await work()
  } catch (error) {
    return error
  }
}
