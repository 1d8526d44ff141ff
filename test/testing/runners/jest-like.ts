import assert from 'node:assert/strict'
import type { TestRunner } from 'jwt-extended/testing'

export interface Outcome {
  readonly passed: readonly string[]
  readonly failed: readonly string[]
}

interface Collected {
  readonly name: string
  readonly body: () => Promise<void>
}

/** Jest gives up on a test after five seconds. */
const timeoutMs = 5000

/**
 * Collects tests by the rules of `describe` and `test` of Jest, and throws where one of them is broken: a body of
 * `describe` returns nothing, a body of `test` takes no argument (Jest would wait for a callback) and returns a promise,
 * and nothing else of the runner is used. Then runs them one after the other.
 */
export async function runLikeJest(define: (runner: TestRunner) => void): Promise<Outcome> {
  const collected = collect(define)
  const passed: string[] = []
  const failed: string[] = []
  for (const { name, body } of collected) {
    const isPassed = await withinTime(body).then(
      () => true,
      () => false,
    )
    if (isPassed) passed.push(name)
    else failed.push(name)
  }
  return { passed, failed }
}

function collect(define: (runner: TestRunner) => void): readonly Collected[] {
  const collected: Collected[] = []
  const path: string[] = []
  let isOpen = true
  const describe = (...args: readonly unknown[]): void => {
    assert.ok(isOpen, 'describe is called after all tests were defined')
    const [name, body] = readArguments(args)
    path.push(name)
    assert.equal(body(), undefined, 'the body of describe returns something')
    path.pop()
  }
  const test = (...args: readonly unknown[]): void => {
    assert.ok(isOpen, 'test is called after all tests were defined')
    const [name, body] = readArguments(args)
    collected.push({ name: [...path, name].join(' > '), body: body as () => Promise<void> })
  }
  define(only({ describe, test }))
  isOpen = false
  return collected
}

function readArguments(args: readonly unknown[]): readonly [string, () => unknown] {
  const [name, body] = args
  assert.equal(args.length, 2, 'a call has two arguments: a name and a body')
  assert.ok(typeof name === 'string' && name !== '', 'the name is text')
  assert.ok(typeof body === 'function' && body.length === 0, 'the body is a function without parameters')
  return [name, body as () => unknown]
}

/** The functions as they are, without `test.only`, `test.each` and the like, which differ from runner to runner. */
function only(runner: TestRunner): TestRunner {
  const isKnown = (name: string | symbol): name is keyof TestRunner => name === 'describe' || name === 'test'
  return new Proxy(runner, {
    get(target, name) {
      assert.ok(isKnown(name), `the runner has no ${String(name)}`)
      return new Proxy(target[name], { get: (_, member) => assert.fail(`${name}.${String(member)} is used`) })
    },
  })
}

async function withinTime(body: () => Promise<void>): Promise<void> {
  const work: unknown = body()
  assert.ok(work instanceof Promise, 'the body of test returns a promise')
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('too late')), timeoutMs)
  })
  try {
    assert.equal(await Promise.race([work, late]), undefined)
  } finally {
    clearTimeout(timer)
  }
}
