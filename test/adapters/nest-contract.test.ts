import { testAdapter } from 'jwt-extended/testing'
import { describe, test } from 'vitest'
import { harnesses } from './harness/index.ts'

const ofNest = Object.entries(harnesses).filter(([name]) => name.startsWith('nest-'))
for (const [, harness] of ofNest) testAdapter(harness, { describe, test })
