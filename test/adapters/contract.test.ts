import { testAdapter } from 'jwt-extended/testing'
import { describe, test } from 'vitest'
import { harnesses } from './harness/index.ts'

// Those of Nest have a file of their own, which also runs against other versions of Nest.
const others = Object.entries(harnesses).filter(([name]) => !name.startsWith('nest-'))
for (const [, harness] of others) testAdapter(harness, { describe, test })
