import { JwtError } from '../../src/errors.ts'

/** The refusal that work ends with. */
export async function refusalOf(work: Promise<unknown>): Promise<JwtError> {
  return asRefusal(await failureOf(work))
}

/** The refusal that a function throws. */
export function thrownRefusalOf(work: () => unknown): JwtError {
  return asRefusal(thrownBy(work))
}

/** The TypeError, a programmer's mistake, that work ends with. */
export async function mistakeOf(work: Promise<unknown>): Promise<TypeError> {
  return asMistake(await failureOf(work))
}

/** The TypeError, a programmer's mistake, that a function throws. */
export function thrownMistakeOf(work: () => unknown): TypeError {
  return asMistake(thrownBy(work))
}

function asRefusal(failure: unknown): JwtError {
  if (failure instanceof JwtError) return failure
  throw new Error('expected a JwtError', { cause: failure })
}

function asMistake(failure: unknown): TypeError {
  if (failure instanceof TypeError) return failure
  throw new Error('expected a TypeError', { cause: failure })
}

async function failureOf(work: Promise<unknown>): Promise<unknown> {
  try {
    await work
  } catch (failure) {
    return failure
  }
  return undefined
}

function thrownBy(work: () => unknown): unknown {
  try {
    work()
  } catch (failure) {
    return failure
  }
  return undefined
}
