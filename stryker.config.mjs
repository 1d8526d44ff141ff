// Settings of `npm run mutation`: see scripts/mutation.mjs.
export default {
  mutate: ['src/{request,tokens,keys,sessions}/**/*.ts', '!src/keys/known-secrets-list.ts'],
  testRunner: 'vitest',
  vitest: { configFile: 'test/mutation/vitest.config.ts', related: false },
  coverageAnalysis: 'perTest',
  concurrency: 2,
  incrementalFile: 'reports/mutation.json',
  ignorePatterns: ['dist', 'bench', 'examples', 'docs', '.demo', 'coverage'],
  // It would be rewritten by functions that TypeScript 7 no longer has; nothing here is type checked.
  tsconfigFile: 'none',
  disableTypeChecks: false,
  // A machine with other work to do is not an endless loop.
  timeoutMS: 20_000,
  warnings: { slow: false },
  tempDirName: '.stryker-tmp',
}
