import type { Store } from '../stores/store.ts'
import type { TestRunner } from './adapter-contract.ts'
import { testListing } from './store-contract/listing.ts'
import { testPruning } from './store-contract/pruning.ts'
import { testRevocation } from './store-contract/revocation.ts'
import { testRotation } from './store-contract/rotation.ts'

/** Tells the contract how a store is opened. */
export interface StoreHarness {
  readonly name: string
  /** Opens an empty store whose clock is this one: milliseconds since 1970. `close` removes what it has left. */
  open(options: { readonly clock: () => number }): Promise<OpenStore>
}

export interface OpenStore {
  readonly store: Store
  close(): Promise<void>
}

/**
 * What every store must do, as tests.
 *
 * ```ts
 * import { describe, test } from 'vitest'
 *
 * testStore(myHarness, { describe, test })
 * ```
 */
export function testStore(harness: StoreHarness, runner: TestRunner): void {
  runner.describe(`the store ${harness.name}`, () => {
    testRotation(harness, runner)
    testListing(harness, runner)
    testRevocation(harness, runner)
    testPruning(harness, runner)
  })
}
