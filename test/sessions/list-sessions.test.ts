import { describe, expect, test } from 'vitest'
import { listenTo, openFixedApp } from './support.ts'

describe('the list of sessions', () => {
  test('asks the store for a hundred at a time, on from where it ended', async () => {
    const { jwt, store } = openFixedApp()
    for (let count = 0; count < 201; count++) await jwt.sessions.create('ada')
    const calls = listenTo(store, 'listSessions')
    const listed = await jwt.sessions.list('ada')
    const ids = listed.map(({ id }) => id).sort()
    expect(calls).toStrictEqual([
      ['ada', { limit: 100 }],
      ['ada', { limit: 100, cursor: ids[99] }],
      ['ada', { limit: 100, cursor: ids[199] }],
    ])
    expect(new Set(ids).size).toBe(201)
  })

  test('has no more than 1,000, and asks for no more', async () => {
    const { jwt, store } = openFixedApp()
    for (let count = 0; count < 1001; count++) await jwt.sessions.create('ada')
    const calls = listenTo(store, 'listSessions')
    expect(await jwt.sessions.list('ada')).toHaveLength(1000)
    expect(calls).toHaveLength(10)
  })
})
