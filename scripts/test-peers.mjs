// Runs the tests of the adapters against the lowest versions of the frameworks that the package supports, which
// test/peers/lowest.json names. What follows the command goes to vitest: npm run test:peers -- -t Nest
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const root = new URL('..', import.meta.url).pathname
const installed = join(root, 'node_modules/.cache/peers-lowest')
const read = path => JSON.parse(readFileSync(join(root, path), 'utf8'))
// Those of the package, too, or it would get what the frameworks have of the same name.
const dependencies = { ...read('package.json').dependencies, ...read('test/peers/lowest.json') }

function run(command, args, cwd) {
  const { status, error } = spawnSync(command, args, { cwd, stdio: 'inherit' })
  if (error !== undefined) throw error
  return status ?? 1
}

function install() {
  mkdirSync(installed, { recursive: true })
  writeFileSync(join(installed, 'package.json'), JSON.stringify({ private: true, dependencies }))
  const quietly = ['--silent', '--no-audit', '--no-fund', '--no-package-lock']
  if (run('npm', ['install', ...quietly, '--legacy-peer-deps'], installed) !== 0) throw new Error('npm install failed')
}

// A copy of the repository outside of node_modules, where vitest compiles nothing. Its own node_modules holds the
// lowest versions, and the one above it everything else.
function copyRepository() {
  const home = mkdtempSync(join(tmpdir(), 'jwt-extended-peers-'))
  const copy = join(home, 'lowest')
  mkdirSync(copy)
  for (const name of ['src', 'test', 'package.json', 'tsconfig.json', 'vitest.config.ts'])
    cpSync(join(root, name), join(copy, name), { recursive: true })
  symlinkSync(join(installed, 'node_modules'), join(copy, 'node_modules'))
  symlinkSync(join(root, 'node_modules'), join(home, 'node_modules'))
  return { home, copy }
}

install()
const { home, copy } = copyRepository()
try {
  const vitest = join(root, 'node_modules/vitest/vitest.mjs')
  process.exitCode = run(process.execPath, [vitest, 'run', 'test/adapters', ...process.argv.slice(2)], copy)
} finally {
  rmSync(home, { recursive: true })
}
