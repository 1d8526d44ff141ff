import { describe, expect, test } from 'vitest'
import { ExpiryQueue } from '../../src/stores/expiry-queue.ts'

const minute = 60_000

describe('ExpiryQueue', () => {
  test('gives out keys whose minute is over, the earliest first and a few at a time', () => {
    const queue = new ExpiryQueue()
    queue.add('b', 2 * minute)
    queue.add('a', minute)
    queue.add('c', 2 * minute + 1)
    queue.add('late', 10 * minute)
    expect(queue.take(minute, 9)).toEqual([])
    expect(queue.take(3 * minute, 2)).toEqual(['a', 'b'])
    expect(queue.take(3 * minute, 9)).toEqual(['c'])
    expect(queue.take(11 * minute, 9)).toEqual(['late'])
    expect(queue.take(99 * minute, 9)).toEqual([])
  })

  test('keeps a key once, at the earlier of its times', () => {
    const queue = new ExpiryQueue()
    queue.add('a', 5 * minute)
    queue.add('a', 9 * minute)
    queue.add('a', minute)
    expect(queue.take(2 * minute, 9)).toEqual(['a'])
    expect(queue.take(99 * minute, 9)).toEqual([])
  })

  test('takes keys of earlier times also when it has given out later ones, and none without an end', () => {
    const queue = new ExpiryQueue()
    queue.add('ever', Number.POSITIVE_INFINITY)
    queue.add('a', 5 * minute)
    expect(queue.take(6 * minute, 9)).toEqual(['a'])
    queue.add('b', minute)
    expect(queue.take(6 * minute, 9)).toEqual(['b'])
  })
})
