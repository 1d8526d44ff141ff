import { createHash } from 'node:crypto'
import { partitionTag } from 'jwt-extended/stores'
import { expect, test } from 'vitest'
import { partitionOfSession, partitionOfUser } from '../../src/stores/partition.ts'

test('the tag of a user is the first 16 bits of the SHA-256 of its id', () => {
  for (const sub of ['ada', '', 'Zoë 🦊']) {
    expect(partitionTag(sub)).toBe(createHash('sha256').update(sub, 'utf8').digest('hex').slice(0, 4))
  }
})

test('a session whose id ends in the tag of its user is in the partition of the user', () => {
  for (const partitions of [1, 2, 7, 8, 1024]) {
    for (const sub of ['ada', 'bob', 'Zoë 🦊', '42']) {
      const partition = partitionOfUser(sub, partitions)
      expect(partition).toBeLessThan(partitions)
      expect(partitionOfSession(`any-${partitionTag(sub)}`, partitions)).toBe(partition)
    }
  }
})

test('a session id without a tag will do where there is one partition, and no longer where there are more', () => {
  expect(partitionOfSession('session-1', 1)).toBe(0)
  for (const sid of ['session-1', '', 'abc', 'session-ABCD', 'abcd-']) {
    expect(() => partitionOfSession(sid, 2)).toThrow(TypeError)
  }
})

test('users spread evenly', () => {
  const counts = Array.from({ length: 8 }, () => 0)
  for (let user = 0; user < 8000; user++) {
    const partition = partitionOfUser(`user-${user}`, 8)
    counts[partition] = (counts[partition] ?? 0) + 1
  }
  for (const count of counts) expect(count).toBeGreaterThan(800)
})
