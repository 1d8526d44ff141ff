import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { managerWith, outcomeOf, type RequestParts, requestOf } from './support.ts'

const options = { tokenLocation: 'cookies' } as const
const jwt = managerWith(options)
const token = await jwt.createAccessToken('alice')
const csrf = await jwt.getCsrfToken(token)

function post(headers: Readonly<Record<string, string>> = {}, more: RequestParts = {}): RequestParts {
  return { method: 'POST', ...more, headers: { Cookie: `access_token_cookie=${token}`, ...headers } }
}

describe('the CSRF value', () => {
  test.each(['POST', 'PUT', 'PATCH', 'DELETE', 'QUERY', 'PURGE', 'get'])('is asked for with %s', async method => {
    expect(await outcomeOf(jwt, post({}, { method }))).toBe('csrf_missing')
    expect(await outcomeOf(jwt, post({ 'X-CSRF-TOKEN': csrf }, { method }))).toBe('cookies')
  })

  test.each(['GET', 'HEAD', 'TRACE'])('is not asked for with %s', async method => {
    expect(await outcomeOf(jwt, post({}, { method }))).toBe('cookies')
  })

  test.each([
    ['', 'csrf_missing'],
    [' \t', 'csrf_missing'],
    ['SHORTER', 'csrf_mismatch'],
    ['RIGHTx', 'csrf_mismatch'],
    ['UPPER', 'csrf_mismatch'],
    ['RIGHT, RIGHT', 'csrf_mismatch'],
    ['\u00e9', 'csrf_mismatch'],
    [' RIGHT\t', 'cookies'],
  ])('sent as %j gives %s', async (value, outcome) => {
    const sent = value.replace('SHORTER', csrf.slice(1)).replace('UPPER', csrf.toUpperCase()).replaceAll('RIGHT', csrf)
    expect(await outcomeOf(jwt, post({ 'X-CSRF-TOKEN': sent }))).toBe(outcome)
  })

  test('that is missing is asked for in words', async () => {
    await expect(jwt.authenticate(requestOf(post()))).rejects.toMatchObject({ message: 'Missing CSRF token' })
  })

  test('is not asked for where a token came in a header', async () => {
    const both = managerWith({ tokenLocation: ['headers', 'cookies'] })
    expect(await outcomeOf(both, post({ Authorization: `Bearer ${token}` }))).toBe('headers')
  })

  test('is not asked for where the protection is off, and then no token has one', async () => {
    const off = managerWith({ ...options, csrf: false })
    expect(await outcomeOf(off, post())).toBe('cookies')
    const { claims } = await off.verifyToken(await off.createAccessToken('alice'))
    expect(claims.csrf).toBeUndefined()
  })

  test('is asked for with the methods that are configured', async () => {
    const some = managerWith({ ...options, csrf: { methods: ['GET'] } })
    expect(await outcomeOf(some, post())).toBe('cookies')
    expect(await outcomeOf(some, post({}, { method: 'GET' }))).toBe('csrf_missing')
  })

  test.each(['POST', 'DELETE', 'QUERY'])('of no %s leaves its second layer, which knows other sites', async method => {
    const some = managerWith({ ...options, csrf: { methods: ['PUT'] } })
    expect(await outcomeOf(some, post({ 'Sec-Fetch-Site': 'cross-site' }, { method }))).toBe('csrf_cross_site')
    expect(await outcomeOf(some, post({ 'Sec-Fetch-Site': 'same-origin' }, { method }))).toBe('cookies')
  })

  test('must be a claim of the token', async () => {
    const bare = await managerWith().createAccessToken('alice')
    const parts = { method: 'POST', headers: { Cookie: `access_token_cookie=${bare}`, 'X-CSRF-TOKEN': csrf } }
    await expect(outcomeOf(jwt, parts)).resolves.toBe('token_invalid')
  })

  test('of a refresh token has names of its own', async () => {
    const named = managerWith({ ...options, csrf: { refresh: { headerName: 'X-Refresh' } } })
    const refresh = await named.createRefreshToken('alice')
    const headers = { Cookie: `refresh_token_cookie=${refresh}`, 'X-Refresh': await named.getCsrfToken(refresh) }
    expect(await outcomeOf(named, { method: 'POST', headers }, { refresh: true })).toBe('cookies')
  })
})

describe('a form field', () => {
  const checking = managerWith({ ...options, csrf: { checkForm: true } })
  const form = { 'Content-Type': 'application/x-www-form-urlencoded' }

  test.each([
    [form, { csrf_token: 'RIGHT' }, 'cookies'],
    [{ 'Content-Type': 'multipart/form-data; boundary=x' }, { csrf_token: 'RIGHT' }, 'cookies'],
    [form, { csrf_token: ['RIGHT'] }, 'duplicate_value'],
    [form, { csrf_token: ['RIGHT', 'other'] }, 'duplicate_value'],
    [form, { csrf_token: 'wrong' }, 'csrf_mismatch'],
    [form, { csrf_token: '' }, 'csrf_missing'],
    [form, { csrf_token: { $gt: '' } }, 'csrf_missing'],
    [form, {}, 'csrf_missing'],
    [form, undefined, 'csrf_missing'],
    [{ 'Content-Type': 'application/json' }, { csrf_token: 'RIGHT' }, 'csrf_missing'],
    [{}, { csrf_token: 'RIGHT' }, 'csrf_missing'],
    [{ ...form, 'X-CSRF-TOKEN': 'wrong' }, { csrf_token: 'RIGHT' }, 'csrf_mismatch'],
  ])('with %j and %j gives %s', async (headers, body, outcome) => {
    const filled = body && JSON.parse(JSON.stringify(body).replace('RIGHT', csrf))
    expect(await outcomeOf(checking, post(headers, { body: filled }))).toBe(outcome)
  })

  test('that is empty is missing, before anything is said of the token', async () => {
    const headers = { ...form, Cookie: 'access_token_cookie=junk' }
    expect(await outcomeOf(checking, post(headers, { body: { csrf_token: '' } }))).toBe('csrf_missing')
    expect(await outcomeOf(checking, post(headers, { body: { csrf_token: 'x' } }))).toBe('token_invalid')
  })

  test('counts only where it is the body’s own', async () => {
    const body = Object.create({ csrf_token: csrf })
    expect(await outcomeOf(checking, post(form, { body }))).toBe('csrf_missing')
  })

  test('with several values is refused in words', async () => {
    const request = requestOf(post(form, { body: { csrf_token: ['a', 'b'] } }))
    const message = 'The form field csrf_token came with several values: send one'
    await expect(checking.authenticate(request)).rejects.toMatchObject({ message })
  })

  test('counts with its first value where Flask-JWT-Extended is followed', async () => {
    const flask = managerWith({ ...options, compatibility: 'flask', csrf: { checkForm: true } })
    expect(await outcomeOf(flask, post(form, { body: { csrf_token: [csrf, 'other'] } }))).toBe('cookies')
    expect(await outcomeOf(flask, post(form, { body: { csrf_token: ['other', csrf] } }))).toBe('csrf_mismatch')
  })

  test('counts for nothing unless it is asked for', async () => {
    expect(await outcomeOf(jwt, post(form, { body: { csrf_token: csrf } }))).toBe('csrf_missing')
  })
})

describe('what the browser tells', () => {
  const trusting = managerWith({ ...options, csrf: { trustedOrigins: ['https://app.example.com'] } })

  test.each([
    [{ 'Sec-Fetch-Site': 'same-origin' }, 'cookies'],
    [{ 'Sec-Fetch-Site': 'none' }, 'cookies'],
    [{ 'Sec-Fetch-Site': 'cross-site' }, 'csrf_cross_site'],
    [{ 'Sec-Fetch-Site': 'same-site' }, 'csrf_cross_site'],
    [{ 'Sec-Fetch-Site': 'SAME-ORIGIN' }, 'csrf_cross_site'],
    [{ 'Sec-Fetch-Site': 'cross-site', Origin: 'https://app.example.com' }, 'cookies'],
    [{ 'Sec-Fetch-Site': 'cross-site', Origin: 'https://api.example.com', Host: 'api.example.com' }, 'csrf_cross_site'],
    [{ Origin: 'https://api.example.com', Host: 'api.example.com' }, 'cookies'],
    [{ Origin: 'https://api.example.com', Host: 'API.example.com' }, 'cookies'],
    [{ Origin: 'http://api.example.com:8080', Host: 'api.example.com:8080' }, 'cookies'],
    [{ Origin: 'http://api.example.com:8080', Host: 'api.example.com' }, 'csrf_cross_site'],
    [{ Origin: 'https://evil.example.com', Host: 'api.example.com' }, 'csrf_cross_site'],
    [{ Origin: 'https://app.example.com', Host: 'api.example.com' }, 'cookies'],
    [{ Origin: 'null', Host: 'api.example.com' }, 'csrf_cross_site'],
    [{ Origin: 'https://api.example.com' }, 'csrf_cross_site'],
    [{}, 'cookies'],
  ])('%j gives %s', async (headers, outcome) => {
    expect(await outcomeOf(trusting, post({ 'X-CSRF-TOKEN': csrf, ...headers }))).toBe(outcome)
  })

  test('counts an http page as another origin where the server itself speaks https', async () => {
    const headers = { 'X-CSRF-TOKEN': csrf, Origin: 'http://api.example.com', Host: 'api.example.com' }
    expect(await outcomeOf(jwt, post(headers, { protocol: 'https' }))).toBe('csrf_cross_site')
    expect(await outcomeOf(jwt, post(headers, { protocol: 'http' }))).toBe('cookies')
    const secure = { ...headers, Origin: 'https://api.example.com' }
    expect(await outcomeOf(jwt, post(secure, { protocol: 'https' }))).toBe('cookies')
    expect(await outcomeOf(jwt, post(secure, { protocol: 'http' }))).toBe('cookies')
  })

  test.each([512, 513])('is parsed as an origin up to 512 characters: %i', async length => {
    const canParse = vi.spyOn(URL, 'canParse')
    onTestFinished(() => canParse.mockRestore())
    // The time grows with the square of a label in Punycode.
    const headers = { 'X-CSRF-TOKEN': csrf, Origin: 'https://xn--'.padEnd(length, '9ca'), Host: 'api.example.com' }
    expect(await outcomeOf(jwt, post(headers))).toBe('csrf_cross_site')
    expect(canParse).toHaveBeenCalledTimes(length > 512 ? 0 : 1)
  })

  test('does not matter where the layer is off, or for a safe method', async () => {
    const off = managerWith({ ...options, csrf: { fetchMetadata: false } })
    expect(await outcomeOf(off, post({ 'X-CSRF-TOKEN': csrf, 'Sec-Fetch-Site': 'cross-site' }))).toBe('cookies')
    expect(await outcomeOf(jwt, post({ 'Sec-Fetch-Site': 'cross-site' }, { method: 'GET' }))).toBe('cookies')
  })

  test('is answered with 403 and the option to set', async () => {
    await expect(
      jwt.authenticate({
        method: 'POST',
        header: name =>
          name === 'cookie' ? `access_token_cookie=${token}` : name === 'sec-fetch-site' ? 'cross-site' : undefined,
      }),
    ).rejects.toMatchObject({ status: 403, headers: {}, message: expect.stringContaining('csrf.trustedOrigins') })
  })
})

describe('the upgrade to a WebSocket, which pages of any site may start with the cookies', () => {
  const upgrade = (headers: Readonly<Record<string, string>>): RequestParts => {
    const parts = post({ Host: 'example.com', Connection: 'Upgrade', Upgrade: 'websocket', ...headers })
    return { ...parts, method: 'GET' }
  }
  const foreign = { Origin: 'https://attacker.example' }

  test.each([
    [{ Origin: 'https://example.com' }, 'cookies'],
    [{}, 'cookies'],
    [{ 'Sec-Fetch-Site': 'same-origin' }, 'cookies'],
    [foreign, 'csrf_cross_site'],
    [{ Origin: 'null' }, 'csrf_cross_site'],
    [{ ...foreign, 'Sec-Fetch-Site': 'cross-site' }, 'csrf_cross_site'],
    [{ 'Sec-Fetch-Site': 'same-site', Origin: 'https://blog.example.com' }, 'csrf_cross_site'],
  ])('with %j gives %s', async (headers, outcome) => {
    expect(await outcomeOf(jwt, upgrade(headers))).toBe(outcome)
  })

  test('passes from an origin that is named', async () => {
    const trusting = managerWith({ ...options, csrf: { trustedOrigins: ['https://app.example.com'] } })
    expect(await outcomeOf(trusting, upgrade({ Origin: 'https://app.example.com' }))).toBe('cookies')
    expect(await outcomeOf(trusting, upgrade(foreign))).toBe('csrf_cross_site')
  })

  test('is refused for the site before anything is said of the token', async () => {
    const cookie = { Cookie: 'access_token_cookie=junk' }
    expect(await outcomeOf(jwt, upgrade({ ...foreign, ...cookie }))).toBe('csrf_cross_site')
    expect(await outcomeOf(jwt, upgrade({ ...foreign, ...cookie }), { optional: true })).toBe('csrf_cross_site')
  })

  test('passes with a token that no browser adds by itself', async () => {
    const both = managerWith({ tokenLocation: ['headers', 'cookies'] })
    expect(await outcomeOf(both, upgrade({ ...foreign, Authorization: `Bearer ${token}` }))).toBe('headers')
  })

  test.each([false, { fetchMetadata: false }] as const)('is not looked at where csrf is %j', async off => {
    expect(await outcomeOf(managerWith({ ...options, csrf: off }), upgrade(foreign))).toBe('cookies')
  })

  test.each(['WebSocket', 'h2c, websocket', ' websocket'])('may be written as %j', async name => {
    expect(await outcomeOf(jwt, upgrade({ ...foreign, Upgrade: name }))).toBe('csrf_cross_site')
  })

  test('is what it takes: an ordinary GET passes from anywhere, whatever a proxy wishes for', async () => {
    expect(await outcomeOf(jwt, { ...post(foreign), method: 'GET' })).toBe('cookies')
    expect(await outcomeOf(jwt, { ...post({ ...foreign, Upgrade: 'h2c' }), method: 'GET' })).toBe('cookies')
  })
})
