import { describe, expect, test } from 'vitest'
import { touchesAccessCookies } from '../../src/request/implicit-refresh.ts'
import { configure } from '../support/configure.ts'

describe('touchesAccessCookies', () => {
  test.each([
    [[], false],
    [['theme=dark'], false],
    [['access_token_cookie=x; Path=/'], true],
    [['theme=dark', 'csrf_access_token=; Path=/'], true],
    [['refresh_token_cookie=x'], false],
    [['access_token_cookie_2=x'], false],
    [['x-access_token_cookie=x'], false],
  ])('for %j is %j', (setCookies, touches) => {
    expect(touchesAccessCookies(setCookies, configure({ tokenLocation: 'cookies' }))).toBe(touches)
  })

  test('knows no CSRF cookie where the protection is off', () => {
    const config = configure({ tokenLocation: 'cookies', csrf: false })
    expect(touchesAccessCookies(['csrf_access_token=x'], config)).toBe(false)
    expect(touchesAccessCookies(['access_token_cookie=x'], config)).toBe(true)
  })
})
