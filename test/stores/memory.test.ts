import { testStore } from 'jwt-extended/testing'
import { describe, test } from 'vitest'
import { describeStores } from './harness/describe-stores.ts'
import { memory } from './harness/memory.ts'

describeStores(({ harness }) => testStore(harness, { describe, test }), [memory])
