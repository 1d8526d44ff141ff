import { describe, expect, test } from 'vitest'
import { shareOf, shuffle, tryEach } from './search.ts'

describe('a search of every case', () => {
  const forEver = { seed: 7, endsAt: Number.POSITIVE_INFINITY }

  test('tries each once where there is time, in an order that the seed shuffles', async () => {
    const tried: number[] = []
    expect(await tryEach(1000, forEver, async index => void tried.push(index))).toBe('all 1000')
    expect(tried).toEqual([...shuffle(1000, 7)])
    expect(tried).not.toEqual([...shuffle(1000, 8)])
    expect(tried.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 1000 }, (_, index) => index))
  })

  test('says how many it has tried where there is none', async () => {
    expect(await tryEach(10, { seed: 7, endsAt: 0 }, async () => {})).toBe('0 of 10')
  })
})

test('a search gets its share of the time that is left', () => {
  const start = performance.now()
  expect(shareOf(start + 9000, 3) - start).toBeCloseTo(3000, -2)
  expect(shareOf(start - 1, 3)).toBeGreaterThanOrEqual(start)
})
