import { defineConfig } from 'vitest/config'

const source = (path: string): string => new URL(`./src/${path}`, import.meta.url).pathname

export default defineConfig({
  resolve: {
    // Tests, examples and guide pages import the package by its name; here that is its source.
    alias: [
      { find: /^jwt-extended$/, replacement: source('index.ts') },
      { find: /^jwt-extended\/(flask|stores|testing)$/, replacement: `${source('')}$1/index.ts` },
      {
        find: /^jwt-extended\/(adapter|express|fastify|hono|koa|nest|fetch|http)$/,
        replacement: `${source('adapters')}/$1.ts`,
      },
    ],
  },
  test: {
    // Some tests need packages that scripts/test-peers.mjs alone installs.
    include: ['test/**/*.test.ts', ...(process.env['TEST_PEERS'] === '1' ? ['test/**/*.peer.ts'] : [])],
    // By default one core is left idle, and that may be half of them.
    maxWorkers: '100%',
    // Files share what they import: to load it anew for each takes a quarter of the time. None may leave anything behind.
    isolate: false,
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts'],
      reporter: ['text-summary'],
      // Whatever refuses a token is tested, branch by branch.
      thresholds: Object.fromEntries(
        ['request', 'tokens', 'keys'].map(folder => [`src/${folder}/**`, { lines: 100, branches: 100 }]),
      ),
    },
  },
})
