// Runs tests against other versions of the frameworks than those of the ordinary suite, which are the highest, and
// under Jest. Each file in test/peers is a set of versions with the tests to run. A name picks one set, and what follows
// goes to vitest: npm run test:peers -- nest-11 -t GraphQL
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const read = path => JSON.parse(readFileSync(join(root, path), 'utf8'))

function run(command, args, options) {
  const { status, error } = spawnSync(command, args, { stdio: 'inherit', ...options })
  if (error !== undefined) throw error
  return status ?? 1
}

function readArguments(given) {
  const all = readdirSync(join(root, 'test/peers')).map(file => file.replace(/\.json$/, ''))
  const [first, ...rest] = given
  if (first === undefined || first.startsWith('-')) return { names: all, vitestArguments: given }
  if (!all.includes(first)) throw new Error(`test/peers has no ${first}.json. It has: ${all.join(', ')}`)
  return { names: [first], vitestArguments: rest }
}

function install(name, packages) {
  const folder = join(root, 'node_modules/.cache/peers', name)
  // Those of the package, too, or it would get what the frameworks have of the same name.
  const dependencies = { ...read('package.json').dependencies, ...packages }
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, dependencies }))
  const quietly = ['--silent', '--no-audit', '--no-fund', '--no-package-lock', '--prefer-offline']
  const status = run('npm', ['install', ...quietly, '--legacy-peer-deps'], { cwd: folder })
  if (status !== 0) throw new Error(`npm install failed in ${folder}`)
  return join(folder, 'node_modules')
}

// A copy of the repository outside of node_modules, where vitest compiles nothing. Its own node_modules holds the
// versions of the set, and the one above it everything else.
function copyRepository(home, installed) {
  const copy = join(home, 'repository')
  mkdirSync(copy)
  for (const name of ['src', 'test', 'package.json', 'tsconfig.json', 'vitest.config.ts'])
    cpSync(join(root, name), join(copy, name), { recursive: true })
  symlinkSync(installed, join(copy, 'node_modules'))
  symlinkSync(join(root, 'node_modules'), join(home, 'node_modules'))
  return copy
}

function passes(name, vitestArguments) {
  const { tests, packages } = read(`test/peers/${name}.json`)
  const versions = Object.entries(packages).map(entry => entry.join(' '))
  console.log(`\n${name}: ${versions.join(', ')}`)
  const installed = install(name, packages)
  const home = mkdtempSync(join(tmpdir(), 'jwt-extended-peers-'))
  try {
    const vitest = join(root, 'node_modules/vitest/vitest.mjs')
    // An older framework may lack what a test is about: it is skipped with the reason.
    const env = { ...process.env, REQUIRE_SERVICES: '0', TEST_PEERS: '1' }
    const cwd = copyRepository(home, installed)
    return run(process.execPath, [vitest, 'run', ...tests, ...vitestArguments], { cwd, env }) === 0
  } finally {
    rmSync(home, { recursive: true })
  }
}

const { names, vitestArguments } = readArguments(process.argv.slice(2))
const failed = names.filter(name => !passes(name, vitestArguments))
console.log(failed.length === 0 ? `passed: ${names.join(', ')}` : `FAILED: ${failed.join(', ')}`)
process.exitCode = failed.length === 0 ? 0 : 1
