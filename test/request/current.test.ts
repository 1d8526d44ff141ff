import { describe, expect, test } from 'vitest'
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

  test('says what to do where there is none', () => {
    expect(() => new CurrentContext().get()).toThrow(/protected by required\(\).*authenticate\(request\)/)
  })
})
