import assert from 'node:assert/strict'
import fc from 'fast-check'
import { managerWith } from './outcomes.ts'
import type { Properties } from './property.ts'
import { csrfToken, csrfValue, fieldValue, foundAt, validToken } from './requests.ts'

const byCookie = managerWith({ tokenLocation: ['cookies', 'headers'] })
const cookie = `access_token_cookie=${csrfToken}`
const safeMethods = ['GET', 'HEAD', 'OPTIONS', 'TRACE']

const method = fc.oneof(
  fc.constantFrom(
    ...safeMethods,
    'POST',
    'PUT',
    'PATCH',
    'DELETE',
    'QUERY',
    'MKCOL',
    'CONNECT',
    'get',
    'Get',
    'GET ',
    '',
  ),
  fc.string(),
)
const unsafeMethod = method.filter(name => !safeMethods.includes(name))

/** Values near the right one, and the right one. */
const nearValue = fc.oneof(
  fc.constant(csrfValue),
  fc.constantFrom('', ' ', '\t'),
  fieldValue,
  fc.nat(csrfValue.length).map(length => csrfValue.slice(0, length)),
  fc.constantFrom(
    csrfValue.toUpperCase(),
    `${csrfValue}, ${csrfValue}`,
    `"${csrfValue}"`,
    `${csrfValue}\0`,
    ` ${csrfValue}\t`,
  ),
)

const host = 'shop.example'
const origin = fc.constantFrom(
  undefined,
  `https://${host}`,
  `http://${host}`,
  `https://${host}:8443`,
  'https://app.example',
  `https://${host}.evil.example`,
  'https://evil.example',
  'null',
  '',
  'https://',
)

export const csrfProperties: Properties = {
  'a method is exempt where it is GET, HEAD, OPTIONS or TRACE, to the letter': fc.asyncProperty(method, async name => {
    const expected = name === 'OPTIONS' ? null : safeMethods.includes(name) ? 'cookies' : 'csrf_missing'
    assert.equal(await foundAt(byCookie, { method: name, headers: { cookie } }), expected)
  }),

  'an unsafe request by cookie needs the value of the claim, to the letter': fc.asyncProperty(
    unsafeMethod,
    nearValue,
    async (name, value) => {
      const trimmed = value.replaceAll(/^[ \t]+|[ \t]+$/g, '')
      const expected = trimmed === '' ? 'csrf_missing' : trimmed === csrfValue ? 'cookies' : 'csrf_mismatch'
      const headers = { cookie, 'x-csrf-token': value }
      assert.equal(await foundAt(byCookie, { method: name, headers }), expected)
    },
  ),

  'an unsafe request by cookie with a token that has no value is refused': fc.asyncProperty(
    unsafeMethod,
    fieldValue,
    async (name, value) => {
      const headers = { cookie: `access_token_cookie=${validToken}`, 'x-csrf-token': value }
      const outcome = await foundAt(byCookie, { method: name, headers })
      assert.ok(outcome === 'csrf_missing' || outcome === 'token_invalid', String(outcome))
    },
  ),

  'an optional route asks for the value as well': fc.asyncProperty(
    unsafeMethod,
    nearValue,
    fc.constantFrom(true, 'lenient' as const),
    async (name, value, optional) => {
      const parts = { method: name, headers: { cookie, 'x-csrf-token': value } }
      assert.equal(await foundAt(byCookie, parts, { optional }), await foundAt(byCookie, parts))
    },
  ),

  'a request by header needs no value': fc.asyncProperty(
    method,
    fc.option(fieldValue, { nil: undefined }),
    async (name, value) => {
      const headers = { authorization: `Bearer ${csrfToken}`, ...(value !== undefined && { 'x-csrf-token': value }) }
      const expected = name === 'OPTIONS' ? null : 'headers'
      assert.equal(await foundAt(byCookie, { method: name, headers }, { locations: 'headers' }), expected)
    },
  ),

  'the methods that are configured need the value, and no unsafe one may come from another site': fc.asyncProperty(
    fc.uniqueArray(fc.stringMatching(/^[A-Z]{1,7}$/), { minLength: 1, maxLength: 4 }),
    fc.nat(),
    method,
    async (methods, at, other) => {
      const manager = managerWith({ tokenLocation: 'cookies', csrf: { methods } })
      const name = methods[at % 5] ?? other
      fc.pre(name !== 'OPTIONS')
      const expected = methods.includes(name) ? 'csrf_missing' : 'cookies'
      assert.equal(await foundAt(manager, { method: name, headers: { cookie } }), expected)
      const isSafe = ['GET', 'HEAD', 'TRACE'].includes(name) && !methods.includes(name)
      const headers = { cookie, 'sec-fetch-site': 'cross-site' }
      assert.equal(await foundAt(manager, { method: name, headers }), isSafe ? 'cookies' : 'csrf_cross_site')
    },
  ),

  'what browsers tell of another site is refused, whatever the value': fc.asyncProperty(
    fc.constantFrom(undefined, 'same-origin', 'same-site', 'cross-site', 'none', 'SAME-ORIGIN', ''),
    origin,
    fc.constantFrom(undefined, 'http', 'https'),
    fc.constantFrom<string[]>([], ['https://app.example'], ['https://evil.example', 'https://app.example']),
    async (site, from, protocol, trustedOrigins) => {
      const manager = managerWith({ tokenLocation: 'cookies', csrf: { trustedOrigins } })
      const headers = {
        cookie,
        host,
        'x-csrf-token': csrfValue,
        ...(site !== undefined && { 'sec-fetch-site': site }),
        ...(from !== undefined && { origin: from }),
      }
      const isOwn =
        from === undefined || from === `https://${host}` || (from === `http://${host}` && protocol !== 'https')
      const isTrusted = from !== undefined && trustedOrigins.includes(from)
      const passes = site === 'same-origin' || site === 'none' || isTrusted || (site === undefined && isOwn)
      const parts = { method: 'POST', headers, ...(protocol !== undefined && { protocol }) }
      assert.equal(await foundAt(manager, parts), passes ? 'cookies' : 'csrf_cross_site')
    },
  ),

  'a WebSocket by cookie needs its own site, though it is a GET': fc.asyncProperty(
    fc.constantFrom('websocket', 'WebSocket', 'h2c, websocket'),
    fc.constantFrom('same-origin', 'cross-site', 'same-site'),
    async (upgrade, site) => {
      const parts = { headers: { cookie, upgrade, 'sec-fetch-site': site } }
      assert.equal(await foundAt(byCookie, parts), site === 'same-origin' ? 'cookies' : 'csrf_cross_site')
    },
  ),

  'the value may come in a form where that is configured, and nowhere else': fc.asyncProperty(
    fc.boolean(),
    fc.constantFrom(
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
      'application/json',
      'text/plain',
    ),
    fc.oneof(
      fc.constantFrom<unknown>(csrfValue, [csrfValue], [csrfValue, 'x'], ['x', csrfValue], { 0: csrfValue }),
      fc.anything(),
    ),
    async (checkForm, type, value) => {
      const manager = managerWith({ tokenLocation: 'cookies', csrf: { checkForm } })
      const parts = { method: 'POST', headers: { cookie, 'content-type': type }, body: { csrf_token: value } }
      const isForm = checkForm && /form/.test(type)
      const isText = typeof value === 'string' && value !== ''
      const expected = !isForm || !isText ? 'csrf_missing' : value === csrfValue ? 'cookies' : 'csrf_mismatch'
      const isList = isForm && Array.isArray(value)
      assert.equal(await foundAt(manager, parts), isList ? 'duplicate_value' : expected)
    },
  ),
}
