import { describe, expect, test } from 'vitest'
import type { JwtOptions, ResolvedOptions } from '../../src/options.ts'
import {
  readCsrfValue,
  type SetCookiesOptions,
  type UnsetCookiesOptions,
  writeRemovedCookies,
  writeTokenCookies,
} from '../../src/tokens/cookies.ts'
import { configure, now, otherSecret } from '../support/configure.ts'
import { forgeToken, plainClaims } from '../support/forge.ts'
import { mistakeOf, refusalOf, thrownMistakeOf } from '../support/refusals.ts'

const token = forgeToken({ payload: { ...plainClaims, csrf: 'csrf-value' } })
const inAMinute = 'Fri, 15 Jan 2027 08:01:00 GMT'

const withCookies = (options: JwtOptions = {}): ResolvedOptions => configure({ tokenLocation: ['cookies'], ...options })

const write = (config: JwtOptions = {}, options: SetCookiesOptions = {}, value = token): Promise<string[]> =>
  writeTokenCookies('access', value, options, withCookies(config))

const remove = (config: JwtOptions = {}, options: UnsetCookiesOptions = {}): string[] =>
  writeRemovedCookies('access', options, withCookies(config))

/** The attributes of the first cookie, in order. */
async function attributesOf(cookies: Promise<string[]>): Promise<string[]> {
  const [first = ''] = await cookies
  return first.split('; ').slice(1)
}

describe('the cookies of a token', () => {
  test('hold the token out of reach of scripts and its CSRF value within it', async () => {
    expect(await write()).toEqual([
      `access_token_cookie=${token}; Max-Age=60; Path=/; Expires=${inAMinute}; HttpOnly; Secure; SameSite=Lax`,
      `csrf_access_token=csrf-value; Max-Age=60; Path=/; Expires=${inAMinute}; Secure; SameSite=Lax`,
    ])
  })

  test('have the names and paths of their kind', async () => {
    const config = withCookies({
      cookies: { refresh: { name: 'renewal', path: '/auth' } },
      csrf: { refresh: { cookieName: 'renewal_csrf', cookiePath: '/app' } },
    })
    const [tokenCookie, csrfCookie] = await writeTokenCookies('refresh', token, {}, config)
    expect(tokenCookie).toMatch(/^renewal=.*; Path=\/auth;/)
    expect(csrfCookie).toMatch(/^renewal_csrf=csrf-value;.*; Path=\/app;/)
  })

  test.each<[string, JwtOptions]>([
    ['the protection is off', { csrf: false }],
    ['its value is not to be in cookies', { csrf: { inCookies: false } }],
  ])('are one where %s', async (_, config) => {
    const cookies = await write(config)
    expect(cookies).toHaveLength(1)
    expect(cookies[0]).toMatch(/^access_token_cookie=/)
  })

  test.each<[string, JwtOptions, string[]]>([
    ['not secure', { cookies: { secure: false } }, ['HttpOnly', 'SameSite=Lax']],
    ['strict', { cookies: { sameSite: 'Strict' } }, ['HttpOnly', 'Secure', 'SameSite=Strict']],
    ['for other sites', { cookies: { sameSite: 'None' } }, ['HttpOnly', 'Secure', 'SameSite=None']],
    ['silent about sites', { cookies: { sameSite: false } }, ['HttpOnly', 'Secure']],
  ])('may be %s', async (_, config, attributes) => {
    expect((await attributesOf(write(config))).slice(3)).toEqual(attributes)
  })

  test('are not written where nobody would look for them', async () => {
    expect((await mistakeOf(write({ tokenLocation: ['headers'] }))).message).toBe(
      "cookies cannot be set: put 'cookies' into tokenLocation, so that tokens get a CSRF value and are found there",
    )
  })

  test('are written all the same with flaskOptions', async () => {
    expect(await write({ tokenLocation: ['headers'], compatibility: 'flask' })).toHaveLength(2)
  })

  test.each([[null], [42], [Promise.resolve(token)]])('are not written for %s', async value => {
    expect((await mistakeOf(write({}, {}, value as never))).message).toBe(
      'the token for the cookies is not a string: is an await missing before createAccessToken?',
    )
  })

  test('are not written for a token that does not verify', async () => {
    const forged = forgeToken({ payload: { ...plainClaims, csrf: 'a' }, secret: otherSecret })
    expect((await refusalOf(write({}, {}, forged))).message).toBe('Signature verification failed')
  })
})

describe('the options of the cookies', () => {
  test('hold maxAge and domain, and no other name', async () => {
    expect((await mistakeOf(write({}, { maxage: 60 } as never))).message).toBe(
      'unknown member maxage of the options of the cookies: did you mean maxAge?',
    )
    expect((await mistakeOf(write({}, { lifetime: 60 } as never))).message).toBe(
      'unknown member lifetime of the options of the cookies: known: maxAge, domain',
    )
  })

  test('hold the domain alone where they are removed', () => {
    expect(thrownMistakeOf(() => remove({}, { maxAge: 60 } as never)).message).toBe(
      'unknown member maxAge of the options of the cookies: known: domain',
    )
  })
})

describe('the life of cookies', () => {
  test.each<[string, JwtOptions, SetCookiesOptions, string[]]>([
    ['what is left of the token', {}, {}, ['Max-Age=60', 'Path=/', `Expires=${inAMinute}`]],
    [
      'the configured one',
      { cookies: { maxAge: '30s' } },
      {},
      ['Max-Age=30', 'Path=/', 'Expires=Fri, 15 Jan 2027 08:00:30 GMT'],
    ],
    [
      'the given one',
      { cookies: { maxAge: '30s' } },
      { maxAge: '1m' },
      ['Max-Age=60', 'Path=/', `Expires=${inAMinute}`],
    ],
    ['the given one in whole seconds', {}, { maxAge: 60.9 }, ['Max-Age=60', 'Path=/', `Expires=${inAMinute}`]],
    [
      'the given one rather than the session',
      { cookies: { session: true } },
      { maxAge: 60 },
      ['Max-Age=60', 'Path=/', `Expires=${inAMinute}`],
    ],
    ['the default where null is given', {}, { maxAge: null }, ['Max-Age=60', 'Path=/', `Expires=${inAMinute}`]],
    ['the default where zero is given', {}, { maxAge: 0 }, ['Max-Age=60', 'Path=/', `Expires=${inAMinute}`]],
    ['the session of the browser', { cookies: { session: true } }, {}, ['Path=/', 'HttpOnly', 'Secure']],
    [
      'the session even with a configured age',
      { cookies: { session: true, maxAge: 60 } },
      {},
      ['Path=/', 'HttpOnly', 'Secure'],
    ],
  ])('is %s', async (_, config, options, attributes) => {
    expect((await attributesOf(write(config, options))).slice(0, 3)).toEqual(attributes)
  })

  test('counts from the clock', async () => {
    const attributes = await attributesOf(write({ clock: () => now * 1000 + 20_500 }))
    expect(attributes[0]).toBe('Max-Age=39')
  })

  test('is the session of the browser for a token that lives for ever', async () => {
    const eternal = forgeToken({ payload: { ...plainClaims, exp: undefined, csrf: 'a' } })
    expect((await attributesOf(write({}, {}, eternal)))[0]).toBe('Path=/')
  })

  test('is over where that of the token is', async () => {
    const expired = forgeToken({ payload: { ...plainClaims, exp: now - 60 } })
    const attributes = await attributesOf(write({ csrf: false }, {}, expired))
    expect(attributes).toContain('Max-Age=0')
    expect(attributes).toContain('Expires=Fri, 15 Jan 2027 08:00:00 GMT')
  })

  test.each([8.64e12, 1e15, 1e300])('ends with the last date there is where exp is %d', async exp => {
    const eternal = forgeToken({ payload: { ...plainClaims, exp, csrf: 'a' } })
    const attributes = await attributesOf(write({}, {}, eternal))
    expect(attributes[0]).toMatch(/^Max-Age=86[0-9]{11}$/)
    expect(attributes[2]).toBe('Expires=Sat, 13 Sep 275760 00:00:00 GMT')
  })

  test.each([
    ['60', /^maxAge is '60' without a unit/],
    ['soon', /^maxAge is no duration/],
    [true, /^maxAge must be a number of seconds/],
  ])('cannot be %j', async (maxAge, complaint) => {
    expect((await mistakeOf(write({}, { maxAge: maxAge as never }))).message).toMatch(complaint)
  })
})

describe('the domain of cookies', () => {
  const configured = { cookies: { domain: 'example.com' } }

  test.each<[string, JwtOptions, UnsetCookiesOptions, string | undefined]>([
    ['absent by default', {}, {}, undefined],
    ['the configured one', configured, {}, 'Domain=example.com'],
    ['the given one', configured, { domain: 'app.example.com' }, 'Domain=app.example.com'],
    ['the configured one where null is given', configured, { domain: null }, 'Domain=example.com'],
    ['the configured one where none is given', configured, { domain: '' }, 'Domain=example.com'],
    ['written without the leading dot', {}, { domain: '.example.com' }, 'Domain=example.com'],
    ['written in ASCII', {}, { domain: 'bücher.example' }, 'Domain=xn--bcher-kva.example'],
  ])('is %s', async (_, config, options, domain) => {
    const written = [...(await write(config, options)), ...remove(config, options)]
    expect(written).toHaveLength(4)
    for (const cookie of written) expect(cookie.split('; ').find(part => part.startsWith('Domain='))).toBe(domain)
  })

  test.each([
    ['a,b', 'domain cannot be written into a cookie (RFC 6265 section 4.1.1)'],
    [1, 'domain must be a string'],
  ])('cannot be %j', (domain, complaint) => {
    expect(thrownMistakeOf(() => remove({}, { domain: domain as never })).message).toBe(complaint)
  })

  test('cannot have a port', () => {
    expect(thrownMistakeOf(() => remove({}, { domain: 'example.com:80' })).message).toBe(
      "domain must be a host name without a port, such as 'example.com'",
    )
  })
})

describe('removed cookies', () => {
  test('are empty and over', () => {
    expect(remove()).toEqual([
      'access_token_cookie=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; Secure; SameSite=Lax',
      'csrf_access_token=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Secure; SameSite=Lax',
    ])
  })

  test('have the names and paths of their kind', () => {
    const config = withCookies({
      cookies: { refresh: { name: 'renewal', path: '/auth' } },
      csrf: { refresh: { cookieName: 'renewal_csrf', cookiePath: '/app' } },
    })
    const [tokenCookie, csrfCookie] = writeRemovedCookies('refresh', {}, config)
    expect(tokenCookie).toMatch(/^renewal=; Path=\/auth;/)
    expect(csrfCookie).toMatch(/^renewal_csrf=; Path=\/app;/)
  })

  test.each<[string, JwtOptions]>([
    ['the protection is off', { csrf: false }],
    ['its value is not in cookies', { csrf: { inCookies: false } }],
  ])('are one where %s', (_, config) => {
    expect(remove(config)).toHaveLength(1)
  })
})

describe('readCsrfValue', () => {
  test('gives the value of a token that verifies', async () => {
    expect(await readCsrfValue(token, withCookies())).toBe('csrf-value')
  })

  test('refuses a token that does not verify', async () => {
    const config = withCookies({ clock: () => (now + 60) * 1000 })
    expect((await refusalOf(readCsrfValue(token, config))).code).toBe('token_expired')
  })

  test.each([[undefined], [null], [1], [['a']]])('refuses a token whose value is %j', async csrf => {
    const error = await refusalOf(readCsrfValue(forgeToken({ payload: { ...plainClaims, csrf } }), withCookies()))
    expect(error.code).toBe('token_invalid')
    expect(error.message).toBe('Missing claim: csrf')
  })
})
