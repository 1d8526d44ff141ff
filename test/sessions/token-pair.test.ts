import { describe, expect, test } from 'vitest'
import { openFixedApp } from './support.ts'

describe('a token response', () => {
  test.each([
    ['JWT', 'JWT'],
    ['', 'Bearer'],
  ])('with the header type %j has the token type %j', async (type, expected) => {
    const { jwt } = openFixedApp({ header: { type } })
    expect((await jwt.sessions.create('ada')).toJSON()).toMatchObject({ token_type: expected })
  })

  test('can have cookies of another life and domain', async () => {
    const { jwt } = openFixedApp({ tokenLocation: 'cookies' })
    const pair = await jwt.sessions.create('ada')
    const own = await pair.cookies()
    expect(own.map(cookie => /Max-Age=(\d+)/.exec(cookie)?.[1])).toEqual(['900', '900', '2592000', '2592000'])
    const given = await pair.cookies({ maxAge: 60, domain: 'example.org' })
    expect(given).toHaveLength(4)
    for (const cookie of given) expect(cookie).toMatch(/; Max-Age=60; Domain=example\.org;/)
  })

  test('says where the token came from that it replaces', async () => {
    const { jwt } = openFixedApp()
    const pair = await jwt.sessions.create('ada')
    expect(pair.location).toBeUndefined()
  })
})
