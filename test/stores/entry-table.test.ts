import { expect, test } from 'vitest'
import { EntryTable } from '../../src/stores/entry-table.ts'

test('EntryTable keeps rows by their whole id, also of one kind and without a kind', () => {
  const table = new EntryTable()
  const rows = ['jti:a', 'jti:b', 'user:a', 'access:a', 'access', 'all', '', ':'].map(
    (id, index) => [id, { issuedBy: index, expiresAt: 1 }] as const,
  )
  for (const [id, row] of rows) table.set(id, row)
  for (const [id, row] of rows) expect(table.get(id)).toBe(row)
  table.delete('jti:a')
  table.delete('none:a')
  expect([table.get('jti:a'), table.get('jti:b'), table.get('j'), table.get('none:a')]).toEqual([
    undefined,
    rows[1]?.[1],
    undefined,
    undefined,
  ])
})
