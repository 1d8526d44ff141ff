import { defineConfig } from 'vitest/config'
import base from '../../vitest.config.ts'

/**
 * The tests that judge mutants: those of the core, in process. Servers would make each mutant cost seconds, and what
 * refuses a token has to be tested where it stands.
 */
export default defineConfig({
  ...base,
  test: {
    ...base.test,
    include: [
      'test/{flask,internal,keys,mutation,request,tokens}/**/*.test.ts',
      'test/{errors,manager,options}.test.ts',
      'test/sessions/!(stores).test.ts',
      'test/mutation/*.mutation.ts',
    ],
    // Random inputs find each fault sooner or later, but the same one not in each run.
    exclude: ['test/tokens/properties.test.ts'],
  },
})
