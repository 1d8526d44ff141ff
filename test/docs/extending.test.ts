import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readBlocks } from './markdown.ts'

const root = new URL('../..', import.meta.url).pathname
const page = 'docs/extending/adapter.md'
const programs = new Map(
  readBlocks(page, readFileSync(join(root, page), 'utf8'), 'ts').map(({ file, code }) => [file ?? '', code]),
)

interface Run {
  readonly passed: number
  /** The tests that failed, with why. */
  readonly failures: string
}

/** Runs the programs of the page as a package of somebody else would: in a folder of their own, by Node's runner. */
async function runContract(change: (file: string, code: string) => string = (_file, code) => code): Promise<Run> {
  const folder = mkdtempSync(join(tmpdir(), 'adapter-page-'))
  try {
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module' }))
    for (const [file, code] of programs) writeFileSync(join(folder, file), change(file, code))
    const output = await runNode(folder)
    const passed = Number(/^# pass (\d+)$/m.exec(output)?.[1])
    return { passed, failures: output.match(/^ *not ok [\s\S]*?^ *\.\.\.$/gm)?.join('\n') ?? '' }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function runNode(folder: string): Promise<string> {
  const env = { ...process.env, TSX_TSCONFIG_PATH: join(root, 'tsconfig.json') }
  const args = ['--import', 'tsx', '--test', '--test-reporter', 'tap', 'contract.test.ts']
  // Its status says whether all passed; here the figures do.
  return new Promise(resolve =>
    execFile(process.execPath, args, { cwd: folder, env }, (_error, stdout) => resolve(stdout)),
  )
}

describe('the page about adapters', () => {
  test('has an adapter that passes the contract', { timeout: 60_000 }, async () => {
    const { passed, failures } = await runContract()
    expect(failures).toBe('')
    expect(passed).toBeGreaterThan(40)
  })

  test('has a contract that notices an adapter which forgets a step', { timeout: 60_000 }, async () => {
    const forget = (_file: string, code: string): string => code.replace('this.runWith(passed.context, next)', 'next()')
    const { passed, failures } = await runContract(forget)
    expect(failures).toContain('not ok')
    // It runs, all the same.
    expect(passed).toBeGreaterThan(0)
  })
})
