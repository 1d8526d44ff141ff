import { describe, expect, test } from 'vitest'
import { Emitter } from '../../src/internal/emitter.ts'

interface Events {
  readonly opened: number
  readonly closed: string
}

describe('Emitter', () => {
  test('tells all listeners of an event, until they are removed', () => {
    const emitter = new Emitter<Events>(() => {})
    const heard: unknown[] = []
    const listener = (event: number): void => void heard.push(event)
    const remove = emitter.on('opened', listener)
    emitter.on('opened', listener)
    emitter.on('closed', event => void heard.push(event))
    emitter.emit('opened', 1)
    remove()
    emitter.emit('opened', 2)
    emitter.emit('closed', 'x')
    expect(heard).toEqual([1, 1, 2, 'x'])
  })

  test('survives listeners that fail, and tells which event they were for', async () => {
    const failed: string[] = []
    const emitter = new Emitter<Events>(name => void failed.push(name))
    emitter.on('opened', () => {
      throw new Error('no')
    })
    emitter.on('closed', () => Promise.reject(new Error('no')) as never)
    emitter.emit('opened', 1)
    emitter.emit('closed', 'x')
    await new Promise(resolve => setImmediate(resolve))
    expect(failed).toEqual(['opened', 'closed'])
  })
})
