import { AsyncLocalStorage } from 'node:async_hooks'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { CurrentContext } from '../../src/request/current.ts'

function lengthOf(scope: unknown): number {
  return scope === undefined ? 0 : 1 + lengthOf((scope as { outer?: unknown }).outer)
}

describe('CurrentContext', () => {
  test('is known to everything that the callback calls and awaits', async () => {
    const current = new CurrentContext<string>()
    const seen = await current.run('alice', async () => {
      await new Promise(resolve => setImmediate(resolve))
      return current.get()
    })
    expect(seen).toBe('alice')
  })

  test('does not leak out of it, nor into another one', async () => {
    const current = new CurrentContext<string>()
    const other = new CurrentContext<string>()
    current.run('alice', () => expect(other.find()).toBeUndefined())
    expect(current.find()).toBeUndefined()
  })

  test('of several stay apart, each with the innermost of its own', () => {
    const current = new CurrentContext<string>()
    const other = new CurrentContext<string>()
    const find = (): unknown => [current.find(), other.find()]
    current.run('alice', () =>
      other.run('key 1', () => {
        expect(find()).toEqual(['alice', 'key 1'])
        current.run('bob', () => expect(find()).toEqual(['bob', 'key 1']))
        expect(find()).toEqual(['alice', 'key 1'])
      }),
    )
  })

  test('is not there, and costs nothing, where it is turned off', () => {
    const runs = vi.spyOn(AsyncLocalStorage.prototype, 'run')
    onTestFinished(() => runs.mockRestore())
    const current = new CurrentContext<string>(false)
    expect(current.run('alice', () => [current.find()])).toEqual([undefined])
    current.fill('alice')
    expect(current.find()).toBeUndefined()
    expect(() => current.get()).toThrow('current() is turned off by the option context')
    expect(runs).not.toHaveBeenCalled()
  })

  test('keeps nothing of what it knew before, for a request that is started by the handler of another', () => {
    const runs = vi.spyOn(AsyncLocalStorage.prototype, 'run')
    onTestFinished(() => runs.mockRestore())
    const current = new CurrentContext<number>()
    const other = new CurrentContext<string>()
    const nest = (depth: number): void => {
      if (depth === 5) return
      current.run(depth, () =>
        other.run(`key ${depth}`, () => {
          current.fill(depth + 10)
          nest(depth + 1)
          expect([current.get(), other.get()]).toEqual([depth + 10, `key ${depth}`])
        }),
      )
    }
    nest(0)
    for (const [scope] of runs.mock.calls) expect(lengthOf(scope)).toBeLessThanOrEqual(2)
  })

  test('can be filled later, for all that runs in the same scope, and not outside of one', () => {
    const current = new CurrentContext<string>()
    const other = new CurrentContext<string>()
    current.fill('nobody')
    expect(current.find()).toBeUndefined()
    current.run(undefined, () => {
      other.run('key 1', () => current.fill('alice'))
      expect(current.get()).toBe('alice')
    })
  })

  test('share one storage, for before Node 24 each slows down every promise of the process', () => {
    const run = vi.spyOn(AsyncLocalStorage.prototype, 'run')
    for (let i = 0; i < 5; i++) new CurrentContext<number>().run(i, () => {})
    expect(run).toHaveBeenCalledTimes(5)
    expect(new Set(run.mock.contexts).size).toBe(1)
    run.mockRestore()
  })

  test('says what to do where there is none', () => {
    expect(() => new CurrentContext().get()).toThrow(/protected by required\(\).*authenticate\(request\)/)
  })
})
