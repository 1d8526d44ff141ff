import { describe, expect, test } from 'vitest'
import { describeUserAgent } from '../../src/sessions/user-agent.ts'

const webkit = 'AppleWebKit/537.36 (KHTML, like Gecko)'

describe('a user agent', () => {
  test.each([
    ['Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0', 'Firefox on Linux'],
    [`Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${webkit} Chrome/126.0.0.0 Safari/537.36`, 'Chrome on Windows'],
    [`Mozilla/5.0 (Windows NT 10.0) ${webkit} Chrome/126.0.0.0 Safari/537.36 Edg/126.0.0.0`, 'Edge on Windows'],
    [
      `Mozilla/5.0 (Linux; Android 14; SM-S918B) ${webkit} SamsungBrowser/25.0 Chrome/121.0`,
      'Samsung Internet on Android',
    ],
    [`Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) ${webkit} Version/17.5 Safari/605.1.15`, 'Safari on macOS'],
    [`Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) ${webkit} CriOS/126.0 Mobile/15E148`, 'Chrome on iPhone'],
    [`Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) ${webkit} Chrome/126.0 OPR/112.0`, 'Opera on ChromeOS'],
    ['Something Firefox/1', 'Firefox'],
    ['curl/8.5.0', 'curl/8.5.0'],
    ['  okhttp/4.12.0 ', 'okhttp/4.12.0'],
    ['', null],
    [' ', null],
    [undefined, null],
  ])('%j is %j in a list of devices', (userAgent, expected) => {
    expect(describeUserAgent(userAgent)).toBe(expected)
  })

  test('takes no more than 64 bytes, and no half a character', () => {
    expect(describeUserAgent('a'.repeat(1000))).toBe('a'.repeat(64))
    expect(describeUserAgent('é'.repeat(1000))).toBe('é'.repeat(32))
    expect(describeUserAgent(`a${'é'.repeat(1000)}`)).toBe(`a${'é'.repeat(31)}`)
  })
})
