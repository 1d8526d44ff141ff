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

  test.each([
    ['Edg/1 OPR/1 SamsungBrowser/1 Firefox/1 Chrome/1 Version/1 Safari/1', 'Edge'],
    ['OPR/1 SamsungBrowser/1 Firefox/1 Chrome/1 Version/1 Safari/1', 'Opera'],
    ['SamsungBrowser/1 Firefox/1 Chrome/1 Version/1 Safari/1', 'Samsung Internet'],
    ['Firefox/1 Chrome/1 Version/1 Safari/1', 'Firefox'],
    ['Chrome/1 Version/1 Safari/1', 'Chrome'],
    ['Version/1 Safari/1', 'Safari'],
    ['Edge/18', 'Edge'],
    ['EdgA/1', 'Edge'],
    ['EdgiOS/1', 'Edge'],
    ['FxiOS/1', 'Firefox'],
    ['CriOS/1', 'Chrome'],
    ['Version/17.5 Mobile/15E148 Safari/604.1', 'Safari'],
  ])('of %j is that of %s', (userAgent, expected) => {
    expect(describeUserAgent(userAgent)).toBe(expected)
  })

  test.each([
    ['Windows Android iPhone iPad Mac OS X CrOS Linux', 'Windows'],
    ['Android iPhone iPad Mac OS X CrOS Linux', 'Android'],
    ['iPhone iPad Mac OS X CrOS Linux', 'iPhone'],
    ['iPad Mac OS X CrOS Linux', 'iPad'],
    ['Mac OS X CrOS Linux', 'macOS'],
    ['CrOS Linux', 'ChromeOS'],
    ['Linux', 'Linux'],
  ])('on %j runs on %s', (userAgent, expected) => {
    expect(describeUserAgent(`Firefox/1 ${userAgent}`)).toBe(`Firefox on ${expected}`)
  })

  test.each([
    'Edg/x',
    'XEdg/1',
    'EdgX/1',
    'OPR/x',
    'XOPR/1',
    'SamsungBrowser/x',
    'XSamsungBrowser/1',
    'Firefox/x',
    'XFirefox/1',
    'Chrome/x',
    'XChrome/1',
    'Version/x Safari/1',
    'XVersion/1 Safari/1',
    'Version/1 XSafari/1',
    'Safari/1',
    'Linux',
  ])('that is no browser keeps its own words: %j', userAgent => {
    expect(describeUserAgent(userAgent)).toBe(userAgent)
  })

  test.each([
    'XWindows',
    'WindowsX',
    'XAndroid',
    'AndroidX',
    'XiPhone',
    'XiPad',
    'XMac OS X',
    'XCrOS',
    'XLinux',
    'LinuxX',
  ])('on %j runs on nothing known', userAgent => {
    expect(describeUserAgent(`Firefox/1 ${userAgent}`)).toBe('Firefox')
  })

  test('is read up to 512 characters, without the spaces before it', () => {
    const browser = 'Firefox/1'
    expect(describeUserAgent(`  ${'.'.repeat(512 - browser.length)}${browser}  `)).toBe('Firefox')
    expect(describeUserAgent(`${'.'.repeat(513 - browser.length)}${browser}`)).toBe('.'.repeat(64))
  })

  test.each([7, {}, ['Firefox/1']])('that is no text is none: %j', userAgent => {
    expect(describeUserAgent(userAgent as never)).toBeNull()
  })

  test('keeps a replacement character of its own where nothing is cut after it', () => {
    expect(describeUserAgent(`${'a'.repeat(61)}\uFFFD`)).toBe(`${'a'.repeat(61)}\uFFFD`)
    expect(describeUserAgent(`\uFFFD${'a'.repeat(100)}`)).toBe(`\uFFFD${'a'.repeat(61)}`)
    expect(describeUserAgent(`${'a'.repeat(58)}${'\uFFFD'.repeat(10)}`)).toBe('a'.repeat(58))
  })

  test('takes no more than 64 bytes, and no half a character', () => {
    expect(describeUserAgent('a'.repeat(1000))).toBe('a'.repeat(64))
    expect(describeUserAgent('é'.repeat(1000))).toBe('é'.repeat(32))
    expect(describeUserAgent(`a${'é'.repeat(1000)}`)).toBe(`a${'é'.repeat(31)}`)
  })
})
