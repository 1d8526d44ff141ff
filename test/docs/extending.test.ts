import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type Block, readBlocks } from './markdown.ts'

const root = new URL('../..', import.meta.url).pathname

interface Page {
  readonly path: string
  /** The program that runs the contract. */
  readonly contract: string
}

const adapterPage: Page = { path: 'docs/extending/adapter.md', contract: 'contract.test.ts' }
const storePage: Page = { path: 'docs/extending/store.md', contract: 'file-store.test.ts' }

interface Run {
  readonly passed: number
  /** The tests that failed, with why. */
  readonly failures: string
}

/** Runs the programs of the page as a package of somebody else would: in a folder of their own, by Node's runner. */
async function runContract(page: Page, change: (code: string) => string = code => code): Promise<Run> {
  const folder = mkdtempSync(join(tmpdir(), 'extending-page-'))
  try {
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module' }))
    for (const { file, code } of readPrograms(page)) writeFileSync(join(folder, file ?? ''), change(code))
    const output = await runNode(folder, page.contract)
    const passed = Number(/^# pass (\d+)$/m.exec(output)?.[1])
    return { passed, failures: output.match(/^ *not ok [\s\S]*?^ *\.\.\.$/gm)?.join('\n') ?? '' }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function readPrograms({ path }: Page): Block[] {
  return readBlocks(path, readFileSync(join(root, path), 'utf8'), 'ts')
}

function runNode(folder: string, contract: string): Promise<string> {
  const env = { ...process.env, TSX_TSCONFIG_PATH: join(root, 'tsconfig.json') }
  const args = ['--import', 'tsx', '--test', '--test-reporter', 'tap', contract]
  // Its status says whether all passed; here the figures do.
  return new Promise(resolve =>
    execFile(process.execPath, args, { cwd: folder, env }, (_error, stdout) => resolve(stdout)),
  )
}

describe('the page about adapters', () => {
  test('has an adapter that passes the contract', { timeout: 60_000 }, async () => {
    const { passed, failures } = await runContract(adapterPage)
    expect(passed).toBeGreaterThan(40)
    expect(failures).toBe('')
  })

  test('has a contract that notices an adapter which forgets a step', { timeout: 60_000 }, async () => {
    const forget = (code: string): string => code.replace('this.runWith(passed.context, next)', 'next()')
    const { passed, failures } = await runContract(adapterPage, forget)
    expect(failures).toContain('not ok')
    // It runs, all the same.
    expect(passed).toBeGreaterThan(0)
  })
})

describe('the page about stores', () => {
  test('has a store that passes the contract', { timeout: 60_000 }, async () => {
    const { passed, failures } = await runContract(storePage)
    expect(passed).toBeGreaterThan(30)
    expect(failures).toBe('')
  })

  test.each([
    ['has no lock', 'this.#last.then(work)', 'work()'],
    ['leaves a reused session alone', 'end(state, sid, keepMs)\n        return', 'return'],
    ['removes what is not over', 'now - minuteMs', 'now + 60 * minuteMs'],
  ])('has a contract that notices a store which %s', { timeout: 60_000 }, async (_fault, from, to) => {
    const { passed, failures } = await runContract(storePage, code => code.replace(from, to))
    expect(failures).toContain('not ok')
    expect(passed).toBeGreaterThan(0)
  })
})
