import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { AbsenceFilter } from '../../src/stores/absence-filter.ts'

describe('AbsenceFilter', () => {
  test('never says of an id that was added that it is absent', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' })), fc.boolean(), (ids, isFilled) => {
        const filter = new AbsenceFilter()
        if (isFilled) filter.fill(ids, ids.length)
        else for (const id of ids) filter.add(id)
        expect(ids.filter(id => filter.isAbsent(id))).toEqual([])
      }),
    )
  })

  test('says so of most others, however many there are', () => {
    for (const count of [0, 1, 1000, 50_000]) {
      const ids = Array.from({ length: count }, () => `jti:${randomUUID()}`)
      const filter = new AbsenceFilter()
      filter.fill(ids, count)
      expect(filter.isFull).toBe(false)
      const others = Array.from({ length: 10_000 }, () => `jti:${randomUUID()}`)
      // One in 32 where there is room for as many again; the deviation is about twenty.
      expect(others.filter(id => !filter.isAbsent(id)).length).toBeLessThan(450)
    }
  })

  test('is full when there is a bit set for each sixteenth', () => {
    const filter = new AbsenceFilter()
    for (let count = 1; count <= 64; count++) filter.add(randomUUID())
    expect(filter.isFull).toBe(false)
    filter.add(randomUUID())
    expect(filter.isFull).toBe(true)
    filter.fill(['a'], 1)
    expect([filter.isFull, filter.isAbsent('a')]).toEqual([false, false])
  })
})
