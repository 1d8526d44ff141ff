import { execFile } from 'node:child_process'
import { type TestRunner, testAdapter } from 'jwt-extended/testing'
import { describe, expect, test } from 'vitest'
import { runLikeJest } from './runners/jest-like.ts'
import { type Subject, subjects } from './runners/subjects.ts'

const root = new URL('../..', import.meta.url).pathname

interface Counts {
  readonly status: number
  readonly passed: number
  readonly failed: number
}

/** Runs a program of Node with the contract for a subject in it, until it ends. */
function runNode(args: readonly string[], subject: Subject): Promise<{ status: number; output: string }> {
  const env = { PATH: process.env['PATH'], SUBJECT: subject }
  return new Promise((resolve, reject) => {
    execFile(process.execPath, ['--import', 'tsx', ...args], { cwd: root, env }, (error, stdout) => {
      if (error === null) resolve({ status: 0, output: stdout })
      else if (typeof error.code === 'number') resolve({ status: error.code, output: stdout })
      else reject(error)
    })
  })
}

async function runVitest(subject: Subject): Promise<Counts> {
  const { status, output } = await runNode(['test/testing/runners/start-vitest.ts'], subject)
  const report = JSON.parse(output) as { numPassedTests: number; numFailedTests: number }
  return { status, passed: report.numPassedTests, failed: report.numFailedTests }
}

async function runNodeTest(subject: Subject): Promise<Counts> {
  const args = ['--test', '--test-reporter=tap', 'test/testing/runners/contract.node.ts']
  const { status, output } = await runNode(args, subject)
  const count = (name: string): number => Number(new RegExp(`^# ${name} (\\d+)$`, 'm').exec(output)?.[1])
  return { status, passed: count('pass'), failed: count('fail') }
}

async function runStandIn(subject: Subject): Promise<Counts> {
  const { passed, failed } = await runLikeJest(runner => testAdapter(subjects[subject], runner))
  return { status: failed.length === 0 ? 0 : 1, passed: passed.length, failed: failed.length }
}

const runners = { vitest: runVitest, 'node:test': runNodeTest, 'a stand-in with the rules of Jest': runStandIn }

/** How many tests the contract has for these subjects. */
function countTests(): number {
  let count = 0
  const runner: TestRunner = { describe: (_name, body) => body(), test: () => void count++ }
  testAdapter(subjects.right, runner)
  return count
}

describe.each(Object.entries(runners))('the contract under %s', (_name, run) => {
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

describe('the stand-in for Jest', () => {
  const async = async (): Promise<void> => {}

  test('runs tests in their order, and tells which failed', async () => {
    const outcome = await runLikeJest(({ describe, test }) => {
      describe('outer', () => {
        test('one', async)
        describe('inner', () => void test('two', () => Promise.reject(new Error('no'))))
        test('three', async)
      })
    })
    expect(outcome).toEqual({ passed: ['outer > one', 'outer > three'], failed: ['outer > inner > two'] })
  })

  test.each<[string, (runner: TestRunner) => unknown]>([
    ['a third argument', ({ test }) => (test as (...args: unknown[]) => unknown)('one', async, 1000)],
    ['a body that waits for a callback', ({ test }) => test('one', ((_done: unknown) => async()) as typeof async)],
    ['a body of describe that returns a promise', ({ describe }) => describe('one', async as () => void)],
    ['another function', runner => (runner as unknown as { it: unknown }).it],
    ['a member of a function', ({ test }) => (test as unknown as { only: unknown }).only],
  ])('refuses %s', async (_name, define) => {
    await expect(runLikeJest(runner => void define(runner))).rejects.toThrow(/./)
  })

  test('fails a test that is not asynchronous, or defines another while it runs', async () => {
    const outcome = await runLikeJest(({ test }) => {
      test('synchronous', (() => {}) as unknown as typeof async)
      test('nested', async () => void test('inner', async))
    })
    expect(outcome.failed).toEqual(['synchronous', 'nested'])
  })
})
