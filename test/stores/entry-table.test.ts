import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type EntryRow, EntryTable } from '../../src/stores/entry-table.ts'

test('EntryTable gives what a map gives, whatever is set and deleted', () => {
  const id = fc.integer({ max: 300, min: 0 }).map(number => `jti:${number}`)
  const step = fc.record({ id, isDeleted: fc.boolean() })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 500, size: 'max' }), steps => {
      const [table, rows] = [new EntryTable(), new Map<string, EntryRow>()]
      for (const [index, { id, isDeleted }] of steps.entries()) {
        const row = { issuedBy: index, expiresAt: 1 }
        if (isDeleted) rows.delete(id)
        else rows.set(id, row)
        if (isDeleted) table.delete(id)
        else table.set(id, row)
        expect(table.get(id)).toBe(rows.get(id))
      }
      for (let number = 0; number <= 300; number++) expect(table.get(`jti:${number}`)).toBe(rows.get(`jti:${number}`))
    }),
    { numRuns: 50 },
  )
})
