import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hasPrograms } from '../support/programs.ts'

const run = promisify(execFile)
const root = new URL('../..', import.meta.url).pathname
const manifest = createRequire(import.meta.url)('../../package.json') as {
  readonly exports: Readonly<Record<string, unknown>>
  readonly dependencies: Readonly<Record<string, string>>
  readonly bin: Readonly<Record<string, string>>
}
const subpaths = Object.keys(manifest.exports).filter(subpath => subpath !== './package.json')

/** A folder inside the repository, so that peer dependencies are found, with the packed package installed in it. */
let home: string
let tarball: string

beforeAll(async () => {
  home = await mkdtemp(join(root, 'node_modules', '.package-test-'))
  await run('npm', ['run', '--silent', 'build'], { cwd: root })
  const { stdout } = await run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', home], { cwd: root })
  tarball = join(home, firstFilename(JSON.parse(stdout)))
  const installed = join(home, 'node_modules', 'jwt-extended')
  await run('mkdir', ['-p', installed])
  await run('tar', ['-xzf', tarball, '-C', installed, '--strip-components=1'])
}, 60_000)

afterAll(() => rm(home, { recursive: true, force: true }))

/** npm 11 prints a list, npm 12 an object by name. */
function firstFilename(packed: unknown): string {
  const [first] = Object.values(packed as object) as readonly { readonly filename: string }[]
  if (first === undefined) throw new Error('npm pack made nothing')
  return first.filename
}

async function runScript(name: string, text: string): Promise<string> {
  const file = join(home, name)
  await writeFile(file, text)
  return (await run(process.execPath, ['--no-warnings', file], { cwd: home })).stdout
}

describe.runIf(hasPrograms('tar', 'grep'))('the packed package', () => {
  test('depends at run time on cookie and on-headers alone', () => {
    expect(Object.keys(manifest.dependencies)).toEqual(['cookie', 'on-headers'])
  })

  test.each(subpaths)('loads %s by import and by require, as one module', async subpath => {
    const name = join('jwt-extended', subpath)
    const script = `
      const required = require('${name}')
      import('${name}').then(imported => {
        console.log(Object.keys(required).filter(key => required[key] !== imported[key]).length, Object.keys(imported).length > 0)
      })`
    expect(await runScript('load.cjs', script)).toBe('0 true\n')
  })

  test('has one JwtError, whatever subpath it comes from', async () => {
    const adapters = subpaths.filter(subpath => /adapter|express|fastify|hono|koa|nest|fetch|http/.test(subpath))
    const lines = adapters.map(
      subpath => `console.log((await import('${join('jwt-extended', subpath)}')).JwtError === JwtError)`,
    )
    const printed = await runScript('same.mjs', `import { JwtError } from 'jwt-extended'\n${lines.join('\n')}`)
    expect(printed).toBe('true\n'.repeat(adapters.length))
  })

  test('opens nothing and starts nothing when it is loaded', async () => {
    const imports = subpaths.map(subpath => `await import('${join('jwt-extended', subpath)}')`).join('\n')
    expect(
      await runScript(
        'idle.mjs',
        `${imports}\nconsole.log(process.getActiveResourcesInfo().filter(name => /Timeout|Immediate|TCP|UDP|Worker|Process/.test(name)))`,
      ),
    ).toBe('[]\n')
  })

  test('imports no framework at run time, but for the adapter of Nest', async () => {
    const { stdout } = await run(
      'grep',
      [
        '-rlE',
        `(from|import\\() ?['"](express|hono|fastify|koa|@)`,
        'node_modules/jwt-extended/dist',
        '--include=*.js',
        '--exclude-dir=nest',
      ],
      { cwd: home },
    ).catch((error: { stdout: string }) => error)
    expect(stdout).toBe('')
  })

  test('has a command that prints a secret', async () => {
    const command = join(home, 'node_modules', 'jwt-extended', manifest.bin['jwt-extended'] ?? '')
    expect((await run(process.execPath, [command, 'secret'])).stdout).toMatch(/^[\w-]{86}\n$/)
    expect(await readFile(command, 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/)
  })

  test('ships its licence, its notice and no tests', async () => {
    const { stdout } = await run('tar', ['-tzf', tarball])
    for (const file of [
      'LICENSE',
      'NOTICE',
      'README.md',
      'CHANGELOG.md',
      'SECURITY.md',
      'dist/index.js',
      'dist/index.d.ts',
    ]) {
      expect(stdout).toContain(`package/${file}\n`)
    }
    expect(stdout).not.toMatch(/package\/(test|src|examples)\//)
  })

  test('is clean for publint --strict', async () => {
    await expect(run('npx', ['publint', '--strict', tarball], { cwd: root })).resolves.toMatchObject({
      stdout: expect.stringContaining('All good'),
    })
  })

  test('is clean for attw with the profile esm-only', { timeout: 60_000 }, async () => {
    // It ends with 1 at a problem that the profile does not ignore.
    const { stdout } = await run('npx', ['attw', tarball, '--profile', 'esm-only', '--no-color'], { cwd: root })
    expect(stdout.match(/node16 \(from ESM\): 🟢 \(ESM\)/g)).toHaveLength(subpaths.length)
  })
})
