import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readBlocks } from '../docs/markdown.ts'

const root = new URL('../..', import.meta.url).pathname
const page = 'docs/guide/testing.md'
const blocks = readBlocks(page, await readFile(join(root, page), 'utf8'), 'ts')

/** A folder of an application that has this repository's packages. */
let home: string

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'testing-page-'))
  await symlink(join(root, 'node_modules'), join(home, 'node_modules'))
  await writeFile(join(home, 'package.json'), JSON.stringify({ type: 'module' }))
  const config = { extends: join(root, 'tsconfig.json'), include: ['*.ts'] }
  await writeFile(join(home, 'tsconfig.json'), JSON.stringify(config))
})

afterAll(() => rm(home, { recursive: true }))

/** What the command of the page prints for one of its programs. */
function runTests(file: string): Promise<string> {
  const args = ['--test', '--test-reporter=tap', file]
  const env = { PATH: process.env['PATH'] }
  return new Promise(resolve => {
    execFile(join(root, 'node_modules/.bin/tsx'), args, { cwd: home, env }, (_error, stdout, stderr) =>
      resolve(stdout + stderr),
    )
  })
}

describe('the programs of the guide page about tests', () => {
  test.each(blocks.map(block => [block.number, block] as const))(
    'block %s passes all of its tests',
    { timeout: 60_000 },
    async (number, { code }) => {
      const file = `block-${number}.test.ts`
      await writeFile(join(home, file), code)
      const output = await runTests(file)
      // A file without tests counts as one.
      const count = Math.max(1, [...code.matchAll(/^test\(/gm)].length)
      expect(output).toMatch(new RegExp(`^# pass ${count}$`, 'm'))
      expect(output).toMatch(/^# fail 0$/m)
    },
  )

  test('are told apart from one that fails', { timeout: 60_000 }, async () => {
    const code = blocks[0]?.code.replace('status, 401)', 'status, 200)') ?? ''
    expect(code).not.toBe(blocks[0]?.code)
    await writeFile(join(home, 'wrong.test.ts'), code)
    expect(await runTests('wrong.test.ts')).toMatch(/^# fail 1$/m)
  })
})
