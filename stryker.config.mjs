// `npm run mutation`: which faults in the code that decides about tokens would no test notice?
export default {
  mutate: ['src/{request,tokens,keys,sessions}/**/*.ts', '!src/keys/known-secrets-list.ts'],
  testRunner: 'vitest',
  vitest: { configFile: 'test/mutation/vitest.config.ts', related: false },
  coverageAnalysis: 'perTest',
  ignoreStatic: false,
  concurrency: 2,
  reporters: ['clear-text', 'json', 'progress-append-only'],
  jsonReporter: { fileName: 'reports/mutation.json' },
  clearTextReporter: { logTests: false, allowColor: false, reportScoreTable: true },
  ignorePatterns: ['dist', 'bench', 'examples', 'docs', '.demo', 'coverage'],
  // It would be rewritten by functions that TypeScript 7 no longer has; nothing here is type checked.
  tsconfigFile: 'none',
  disableTypeChecks: false,
  tempDirName: '.stryker-tmp',
  thresholds: { high: 95, low: 90, break: 90 },
}
