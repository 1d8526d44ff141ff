import fc from 'fast-check'

/**
 * Tries a property with inputs that a seed leads to, and tells how many.
 *
 * @throws Error with its name, the seed, the path and the smallest input that it does not hold for
 */
export async function checkProperty(
  name: string,
  property: fc.IAsyncProperty<unknown>,
  seed: number,
  numRuns: number,
): Promise<number> {
  const details = await fc.check(property, { seed, numRuns })
  if (!details.failed) return details.numRuns
  const { stack, message } = details.errorInstance as Error
  throw new Error(`${name}\n${await fc.asyncDefaultReportMessage(details)}\n\n${stack ?? message}`)
}
