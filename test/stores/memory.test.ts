import { memoryStore } from 'jwt-extended/stores'
import { testStore } from 'jwt-extended/testing'
import { describe, test } from 'vitest'

const harness = {
  name: 'memory',
  open: async ({ clock }: { clock: () => number }) => ({ store: memoryStore({ clock }), close: async () => {} }),
}

testStore(harness, { describe, test })
