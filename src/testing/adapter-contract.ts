import { testAnswers } from './contract/answers.ts'
import { testCookies } from './contract/cookies.ts'
import { testImplicitRefresh } from './contract/implicit-refresh.ts'
import { testLocations } from './contract/locations.ts'
import { testRequirements } from './contract/requirements.ts'
import { testSessions } from './contract/sessions.ts'
import type { AdapterHarness } from './harness.ts'

/** The functions of a test runner: those of vitest, `node:test` and Jest fit. */
export interface TestRunner {
  describe(name: string, body: () => void): unknown
  test(name: string, body: () => Promise<void>): unknown
}

/**
 * What every adapter must do, as tests against a listening server.
 *
 * ```ts
 * import { describe, test } from 'vitest'
 *
 * testAdapter(myHarness, { describe, test })
 * ```
 */
export function testAdapter(harness: AdapterHarness, runner: TestRunner): void {
  runner.describe(`the adapter for ${harness.name}`, () => {
    testRequirements(harness, runner)
    testLocations(harness, runner)
    testCookies(harness, runner)
    testAnswers(harness, runner)
    testImplicitRefresh(harness, runner)
    testSessions(harness, runner)
  })
}
