import { expect, test } from 'vitest'
import { shareOf } from './search.ts'
import { searches } from './searches.ts'

/** The short form of `npm run fuzz`: ten seconds in all. */
const seconds = 10

let endsAt: number | undefined

test.each(searches.map((search, index) => ({ search, left: searches.length - index })))(
  '$search.name finds no fault',
  { timeout: 60_000 },
  async ({ search, left }) => {
    endsAt ??= performance.now() + seconds * 1000
    expect(await search.run({ seed: Date.now() % 2 ** 31, endsAt: shareOf(endsAt, left) })).toMatch(/\d/)
  },
)
