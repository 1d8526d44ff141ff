import type { Subject } from './runners/subjects.ts'
import { type Counts, runNode, runWithReport, testRunner } from './runners/test-runner.ts'

async function runNodeTest(subject: Subject): Promise<Counts> {
  const args = ['--import', 'tsx', '--test', '--test-reporter=tap', 'test/testing/runners/contract.node.ts']
  const { status, output } = await runNode(args, subject)
  const count = (name: string): number => Number(new RegExp(`^# ${name} (\\d+)$`, 'm').exec(output)?.[1])
  return { status, passed: count('pass'), failed: count('fail') }
}

testRunner('vitest', subject => runWithReport(['--import', 'tsx', 'test/testing/runners/start-vitest.ts'], subject))
testRunner('node:test', runNodeTest)
