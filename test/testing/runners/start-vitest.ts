import { startVitest } from 'vitest/node'

// By itself, for the configuration of the repository looks for *.test.ts alone.
const vitest = await startVitest('test', [], {
  watch: false,
  include: ['test/testing/runners/contract.vitest.ts'],
  reporters: ['json'],
})
await vitest.close()
