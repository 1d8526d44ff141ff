import { execFile } from 'node:child_process'
import { type TestRunner, testAdapter } from 'jwt-extended/testing'
import { describe, expect, test } from 'vitest'
import { type Subject, subjects } from './subjects.ts'

const root = new URL('../../..', import.meta.url).pathname

export interface Counts {
  readonly status: number
  readonly passed: number
  readonly failed: number
}

/** Runs a program of Node with the contract for a subject in it, until it ends. */
export function runNode(args: readonly string[], subject: Subject): Promise<{ status: number; output: string }> {
  const env = { PATH: process.env['PATH'], SUBJECT: subject }
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [...args], { cwd: root, env }, (error, stdout) => {
      if (error === null) resolve({ status: 0, output: stdout })
      else if (typeof error.code === 'number') resolve({ status: error.code, output: stdout })
      else reject(error)
    })
  })
}

/** The report that Jest writes, and vitest too. */
export async function runWithReport(args: readonly string[], subject: Subject): Promise<Counts> {
  const { status, output } = await runNode(args, subject)
  const report = JSON.parse(output) as { numPassedTests: number; numFailedTests: number }
  return { status, passed: report.numPassedTests, failed: report.numFailedTests }
}

/** How many tests the contract has for these subjects. */
function countTests(): number {
  let count = 0
  const runner: TestRunner = { describe: (_name, body) => body(), test: () => void count++ }
  testAdapter(subjects.right, runner)
  return count
}

/** The contract for both subjects, under a runner that is started in a process of its own. */
export function testRunner(name: string, run: (subject: Subject) => Promise<Counts>): void {
  describe(`the contract under ${name}`, () => {
    test('runs all of its tests, which pass for an adapter that is right', { timeout: 60_000 }, async () => {
      expect(countTests()).toBeGreaterThan(40)
      expect(await run('right')).toEqual({ status: 0, passed: countTests(), failed: 0 })
    })

    test('fails for an adapter that never checks the CSRF value', { timeout: 60_000 }, async () => {
      const { status, passed, failed } = await run('wrong')
      expect(status).toBe(1)
      expect(failed).toBeGreaterThan(0)
      expect(passed + failed).toBe(countTests())
    })
  })
}
