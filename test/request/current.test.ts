import { AsyncLocalStorage } from 'node:async_hooks'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { CurrentContext } from '../../src/request/current.ts'

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
