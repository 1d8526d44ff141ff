import assert from 'node:assert/strict'
import { isDeepStrictEqual } from 'node:util'
import { parseCookie } from 'cookie'
import fc from 'fast-check'
import type { TokenLocation } from '../../../src/index.ts'
import { readCookie, trimBlanks } from '../../../src/request/read-cookie.ts'
import { type RequestParts, requestOf } from '../../request/support.ts'
import { forgeToken } from '../../support/forge.ts'
import { codeOf, managerWith } from './outcomes.ts'
import type { Properties } from './property.ts'
import { anyRequest, bearer, csrfToken, fieldValue, foundAt, otherToken, validToken } from './requests.ts'

const locations = ['headers', 'cookies', 'query', 'json'] as const
const inHeaders = managerWith()
const everywhere = managerWith({ tokenLocation: locations, csrf: false })
const onlyIn = (location: TokenLocation): typeof inHeaders => managerWith({ tokenLocation: location, csrf: false })

/** How a token travels in each place. */
const carry: Readonly<Record<TokenLocation, (token: string) => RequestParts>> = {
  headers: bearer,
  cookies: token => ({ headers: { cookie: `access_token_cookie=${token}` } }),
  query: token => ({ query: { jwt: [token] } }),
  json: token => ({ headers: { 'content-type': 'application/json' }, body: { access_token: token } }),
}

function carryAll(places: readonly TokenLocation[], token: string): RequestParts {
  const parts = places.map(place => carry[place](token))
  return { ...Object.assign({}, ...parts), headers: Object.assign({}, ...parts.map(({ headers }) => headers)) }
}

const location = fc.constantFrom(...locations)
const someOrder = fc.shuffledSubarray([...locations], { minLength: 1 })
const anyCase = (word: string): fc.Arbitrary<string> =>
  fc
    .array(fc.boolean(), { minLength: word.length, maxLength: word.length })
    .map(isUpper => [...word].map((letter, at) => (isUpper[at] ? letter.toUpperCase() : letter.toLowerCase())).join(''))
const blanks = fc.string({ unit: fc.constantFrom(' ', '\t'), maxLength: 3 })
const spaces = fc.string({ unit: fc.constant(' '), minLength: 1, maxLength: 3 })

/** The octets of a cookie's value (RFC 6265 section 4.1.1), and some which only lenient software lets pass. */
const cookieOctets = fc.string({ unit: fc.constantFrom(..."abAZ09!#$%&'()*+-./:<=>?@[]^_`{|}~") })
const cookieName = fc.string({ unit: fc.constantFrom(...'abAB_-!'), minLength: 1, maxLength: 2 })

export const locationProperties: Properties = {
  'the scheme is read in any case, spaces end it, and blanks may stand around': fc.asyncProperty(
    anyCase('bearer'),
    spaces,
    blanks,
    blanks,
    async (scheme, between, before, after) => {
      const authorization = `${before}${scheme}${between}${validToken}${after}`
      assert.equal(await foundAt(inHeaders, { headers: { authorization } }), 'headers')
    },
  ),

  'other white space in the header is no blank': fc.asyncProperty(
    fc.constantFrom('\u{a0}', '\v', '\f', '\u{85}', '\u{2003}', '\u{feff}', '\0', '\r', '\n'),
    fc.constantFrom('before', 'between', 'after'),
    async (space, where) => {
      const [before, between, after] = ['before', 'between', 'after'].map(place => (place === where ? space : '')) as [
        string,
        string,
        string,
      ]
      const authorization = `${before}Bearer${between || ' '}${validToken}${after}`
      const outcome = await foundAt(inHeaders, { headers: { authorization } })
      assert.ok(['token_missing', 'token_invalid', 'header_malformed'].includes(String(outcome)), String(outcome))
    },
  ),

  'a tab ends no scheme': fc.asyncProperty(blanks, async between => {
    fc.pre(between.includes('\t'))
    const outcome = await foundAt(inHeaders, { headers: { authorization: `Bearer${between}${validToken}` } })
    assert.ok(['token_missing', 'token_invalid', 'header_malformed'].includes(String(outcome)), String(outcome))
  }),

  'another scheme is no token, and its credentials are not looked at': fc.asyncProperty(
    fc.stringMatching(/^[A-Za-z][A-Za-z0-9+.-]{0,8}$/),
    async scheme => {
      fc.pre(scheme.toLowerCase() !== 'bearer')
      const parts = { headers: { authorization: `${scheme} ${validToken}` } }
      assert.equal(await foundAt(inHeaders, parts), 'token_missing')
    },
  ),

  'two tokens in one header are refused, be they the same': fc.asyncProperty(
    fc.array(fc.constantFrom(validToken, otherToken), { minLength: 2, maxLength: 4 }),
    fc.constantFrom(', ', ',', ' ,\t'),
    async (tokens, comma) => {
      const authorization = tokens.map(token => `Bearer ${token}`).join(comma)
      assert.equal(await foundAt(inHeaders, { headers: { authorization } }), 'duplicate_value')
    },
  ),

  'credentials of more than one word are malformed': fc.asyncProperty(
    fc.array(fc.stringMatching(/^[\w.=-]{1,8}$/), { maxLength: 4 }),
    spaces,
    async (words, between) => {
      fc.pre(words.length !== 1)
      const authorization = ['Bearer', ...words].join(between)
      assert.equal(await foundAt(inHeaders, { headers: { authorization } }), 'header_malformed')
    },
  ),

  'cookies are read as the cookie package reads them': fc.asyncProperty(
    fc.array(fc.tuple(blanks, cookieName, blanks, cookieOctets, blanks), { maxLength: 6 }),
    cookieName,
    async (pairs, name) => {
      const header = pairs.map(([a, key, b, value, c]) => `${a}${key}${b}=${value}${c}`).join(';')
      const parsed = parseCookie(header, { decode: text => text })
      assert.equal(readCookie(header, name)[0], parsed[name])
    },
  ),

  'a cookie is what stands between its name and the next semicolon, byte for byte': fc.asyncProperty(
    fieldValue.filter(text => !text.includes(';')),
    fieldValue.filter(text => !text.includes(';')),
    async (value, before) => {
      fc.pre(trimBlanks(before.split('=', 1)[0] ?? '') !== 'n')
      const trimmed = value.replaceAll(/^[ \t]+|[ \t]+$/g, '')
      const expected = /^".*"$/s.test(trimmed) ? trimmed.slice(1, -1) : trimmed
      assert.deepEqual(readCookie(`${before}; n=${value}; m=1`, 'n'), [expected])
    },
  ),

  'two values for one cookie or parameter are refused, one that came twice is not': fc.asyncProperty(
    fc.constantFrom('cookies', 'query'),
    fc.array(fc.constantFrom(validToken, otherToken, ''), { minLength: 1, maxLength: 4 }),
    async (place, values) => {
      const cookie = values.map(value => `access_token_cookie=${value}`).join('; ')
      const parts = place === 'cookies' ? { headers: { cookie } } : { query: { jwt: values } }
      const same = values[0] === '' ? 'token_missing' : place
      assert.equal(await foundAt(onlyIn(place), parts), new Set(values).size === 1 ? same : 'duplicate_value')
    },
  ),

  'a token is found in the first place that has one': fc.asyncProperty(
    someOrder,
    fc.subarray([...locations]),
    fc.boolean(),
    async (order, places, isRoute) => {
      const first = order.find(place => places.includes(place)) ?? 'token_missing'
      const manager = isRoute ? everywhere : managerWith({ tokenLocation: order, csrf: false })
      assert.equal(await foundAt(manager, carryAll(places, validToken), isRoute ? { locations: order } : {}), first)
    },
  ),

  'once a token has been found no other is tried': fc.asyncProperty(
    someOrder,
    fc.constantFrom('a.b.c', forgeToken({ secret: 'x' })),
    async (order, bad) => {
      fc.pre(order.length > 1)
      const [first, ...others] = order as [TokenLocation, ...TokenLocation[]]
      const [wrong, right] = [carryAll([first], bad), carryAll(others, validToken)]
      const parts = { ...right, ...wrong, headers: { ...right.headers, ...wrong.headers } }
      assert.equal(await foundAt(everywhere, parts, { locations: order }), 'token_invalid')
    },
  ),

  'a place that is not configured is not looked at': fc.asyncProperty(location, location, async (place, other) => {
    const expected = place === other ? place : 'token_missing'
    assert.equal(await foundAt(onlyIn(place), carry[other](validToken)), expected)
  }),

  'a prefix of the parameter is needed, to the letter': fc.asyncProperty(
    fc.string({ minLength: 1 }),
    fc.string(),
    async (prefix, given) => {
      const manager = managerWith({ tokenLocation: 'query', query: { prefix } })
      const value = `${given}${validToken}`
      const outcome = await foundAt(manager, { query: { jwt: [value] } })
      if (given === prefix) assert.equal(outcome, 'query')
      else assert.equal(outcome, value.startsWith(prefix) ? 'token_invalid' : 'header_malformed')
    },
  ),

  'a body is read where its type says that it is JSON': fc.asyncProperty(
    fc.oneof(
      fieldValue,
      fc
        .tuple(
          fc.constantFrom(
            'application/json',
            'Application/JSON',
            'application/vnd.api+json',
            'text/json',
            'application/jsonp',
            'text/plain',
            'application/x-www-form-urlencoded',
            'image/svg+json',
          ),
          fc.constantFrom('', ';charset=utf-8', ' ; a=b', '; application/json', ', application/json', '\u{a0}'),
        )
        .map(parts => parts.join('')),
    ),
    async type => {
      const isJson = /^[ \t]*application\/(json|[^;]*\+json)[ \t]*(;|$)/i.test(type)
      const parts = { headers: { 'content-type': type }, body: { access_token: validToken } }
      assert.equal(await foundAt(onlyIn('json'), parts), isJson ? 'json' : 'token_missing')
    },
  ),

  'whatever the body is, it is a refusal at most': fc.asyncProperty(
    fc.oneof(fc.anything(), fc.dictionary(fc.constantFrom('access_token', 'x'), fc.anything())),
    async body => {
      const outcome = await foundAt(onlyIn('json'), { headers: { 'content-type': 'application/json' }, body })
      assert.ok(outcome === 'token_missing' || outcome === 'token_invalid', String(outcome))
    },
  ),

  'only own members of the body count': fc.asyncProperty(
    fc.constantFrom('access_token', 'toString', 'constructor', '__proto__', 'valueOf'),
    fc.boolean(),
    async (accessKey, isInherited) => {
      const manager = managerWith({ tokenLocation: 'json', json: { accessKey } })
      const body = isInherited ? (Object.create({ [accessKey]: validToken }) as object) : {}
      const parts = { headers: { 'content-type': 'application/json' }, body }
      assert.equal(await foundAt(manager, parts), 'token_missing')
    },
  ),

  'the names of places are those of the options': fc.asyncProperty(
    fc.stringMatching(/^[A-Za-z][A-Za-z-]{0,9}$/),
    fc.stringMatching(/^[A-Za-z][A-Za-z0-9]{0,9}$/),
    location,
    async (header, name, place) => {
      fc.pre(
        !['prototype', 'constructor'].includes(name) &&
          header.toLowerCase() !== 'content-type' &&
          header.toLowerCase() !== 'cookie',
      )
      const manager = managerWith({
        tokenLocation: place,
        csrf: false,
        header: { name: header },
        query: { name },
        json: { accessKey: name },
        cookies: { access: { name } },
      })
      const parts: RequestParts = {
        headers: {
          [header]: `Bearer ${validToken}`,
          cookie: `${name}=${validToken}`,
          'content-type': 'application/json',
        },
        query: { [name]: [validToken] },
        body: { [name]: validToken },
      }
      assert.equal(await foundAt(manager, parts), place)
    },
  ),

  'whatever the request is, it is a refusal at most': fc.asyncProperty(
    anyRequest,
    fc.record({
      optional: fc.constantFrom(true, false, 'lenient' as const),
      refresh: fc.boolean(),
      fresh: fc.boolean(),
    }),
    someOrder,
    async (request, requirements, order) => {
      await codeOf(managerWith({ tokenLocation: order, csrf: { checkForm: true } }).authenticate(request, requirements))
    },
  ),

  'the context holds what verifyToken says of the token': fc.asyncProperty(
    location,
    fc.dictionary(fc.string(), fc.jsonValue()),
    fc.string({ minLength: 1 }),
    async (place, more, identity) => {
      const token = forgeToken({
        payload: {
          ...more,
          ...JSON.parse(Buffer.from(csrfToken.split('.')[1] ?? '', 'base64url').toString()),
          sub: identity,
        },
      })
      if ((await codeOf(everywhere.verifyToken(token))) !== 'accepted') return
      const { header, claims } = await everywhere.verifyToken(token)
      const context = await everywhere.authenticate(requestOf(carry[place](token)))
      assert.ok(isDeepStrictEqual([context.header, context.claims], [header, claims]))
      assert.deepEqual([context.identity, context.location, Object.isFrozen(context)], [identity, place, true])
    },
  ),
}
