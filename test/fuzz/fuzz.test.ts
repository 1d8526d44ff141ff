import { expect, test } from 'vitest'
import { searches } from './searches.ts'

/** The short form of `npm run fuzz`: ten seconds in all. */
const seconds = 10

test.each(searches)('$name finds no fault', { timeout: 60_000 }, async search => {
  const endsAt = performance.now() + (seconds / searches.length) * 1000
  expect(await search.run({ seed: Date.now() % 2 ** 31, endsAt })).toMatch(/\d/)
})
