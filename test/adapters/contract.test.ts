import { testAdapter } from 'jwt-extended/testing'
import { describe, test } from 'vitest'
import { harnesses } from './harness/index.ts'

for (const harness of Object.values(harnesses)) testAdapter(harness, { describe, test })
