import { JwtError, type JwtErrorCode } from '../../../src/errors.ts'
import { JwtManager, type JwtOptions } from '../../../src/index.ts'
import { now, strongSecret } from '../../support/configure.ts'

export const clock = (): number => now * 1000

/** A manager that tells nobody of what looks like a mistake. */
export function managerWith(options: Partial<JwtOptions> = {}): JwtManager<unknown> {
  return new JwtManager<unknown>({
    ...(options.algorithm?.startsWith('HS') === false ? {} : { secretKey: strongSecret }),
    clock,
    warn: () => {},
    ...options,
  })
}

/** Whether work was accepted, or the code that it was refused with; whatever else it throws is a fault. */
export async function codeOf(work: Promise<unknown>): Promise<JwtErrorCode | 'accepted'> {
  try {
    await work
    return 'accepted'
  } catch (error) {
    if (error instanceof JwtError) return error.code
    throw error
  }
}

/** The result of work, or undefined where it threw a TypeError, as at a programmer's mistake; all else is a fault. */
export async function unlessMistaken<Result>(work: () => Result): Promise<Awaited<Result> | undefined> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof TypeError && error.message !== '') return undefined
    throw error
  }
}
