import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { managerWith, outcomeOf, requestOf } from './support.ts'

const jwt = managerWith()
const flask = managerWith({ compatibility: 'flask' })
const token = await jwt.createAccessToken('alice')
const other = await jwt.createAccessToken('bob')

describe('the Authorization header', () => {
  test.each([
    ['Bearer T', 'headers'],
    ['bearer T', 'headers'],
    ['Bearer\tT', 'token_missing'],
    ['Bearer \tT', 'token_invalid'],
    [' Bearer T ', 'headers'],
    ['Bearer  T', 'headers'],
    ['Bearer T,', 'headers'],
    [',,Bearer T,,', 'headers'],
    ['Basic eDp5, Bearer T', 'headers'],
    ['Basic eDp5,Bearer T,Digest a', 'headers'],
    ['Basic eDp5,, ,Bearer T', 'headers'],
    ['Bearer T, Bearer T', 'duplicate_value'],
    ['', 'token_missing'],
    [' ,, ', 'token_missing'],
    ['T', 'token_missing'],
    ['Basic eDp5', 'token_missing'],
    ['Bearers T', 'token_missing'],
    ['Bearer:T', 'token_missing'],
    ['Bearer=T', 'token_missing'],
    ['Bearer\u00a0T', 'token_missing'],
    ['Bearer', 'header_malformed'],
    ['Bearer T T', 'header_malformed'],
    ['Bearer Bearer T', 'header_malformed'],
    [', , Bearer T', 'header_malformed'],
    ['Bearer T, Bearer O', 'duplicate_value'],
    ['Bearer T, bearer O', 'duplicate_value'],
    ['Bearer null', 'token_invalid'],
    ['Bearer "T"', 'token_invalid'],
    ['Bearer T\tT', 'token_invalid'],
  ])('%j gives %s', async (header, outcome) => {
    const value = header.replaceAll(/\bT\b/g, token).replaceAll(/\bO\b/g, other)
    expect(await outcomeOf(jwt, { headers: { Authorization: value } })).toBe(outcome)
  })

  test.each([
    ['Bearer  T', 'headers'],
    ['Bearer \t T', 'headers'],
    ['Bearer\tT', 'headers'],
    ['Bearer T\tT', 'header_malformed'],
    ['Bearer T, Bearer T', 'token_missing'],
    ['Bearer T, Bearer O', 'token_missing'],
  ])('%j gives %s where Flask-JWT-Extended is followed', async (header, outcome) => {
    const value = header.replaceAll(/\bT\b/g, token).replaceAll(/\bO\b/g, other)
    expect(await outcomeOf(flask, { headers: { Authorization: value } })).toBe(outcome)
  })

  test.each([
    ['Basic eDp5', 'Bearer', "Missing 'Bearer' type in 'X-Auth' header. Expected 'X-Auth: Bearer <JWT>'"],
    ['Bearer', 'Bearer', "Bad X-Auth header. Expected 'X-Auth: Bearer <JWT>'"],
    ['Bearer T T', 'Bearer', "Bad X-Auth header. Expected 'X-Auth: Bearer <JWT>'"],
    [', , Bearer T', 'Bearer', "Bad X-Auth header. Expected 'X-Auth: Bearer <JWT>'"],
    ['T T', '', "Bad X-Auth header. Expected 'X-Auth: <JWT>'"],
    ['Bearer T, Bearer T', 'Bearer', 'The X-Auth header came with several values: send one'],
  ])('%j is refused in words where the scheme is %j', async (header, type, message) => {
    const custom = managerWith({ header: { name: 'X-Auth', type } })
    await expect(custom.authenticate(requestOf({ headers: { 'X-Auth': header } }))).rejects.toMatchObject({ message })
  })

  test('can have another name and another scheme, which the challenge names', async () => {
    const custom = managerWith({ header: { name: 'X-Auth', type: 'JWT' } })
    expect(await outcomeOf(custom, { headers: { 'x-auth': `jwt ${token}` } })).toBe('headers')
    expect(await outcomeOf(custom, { headers: { Authorization: `Bearer ${token}` } })).toBe('token_missing')
    await expect(custom.authenticate({ method: 'GET', header: () => undefined })).rejects.toMatchObject({
      message: 'Missing X-Auth Header',
      headers: { 'www-authenticate': 'JWT' },
    })
  })

  test.each(['JWT Token', 'JWT,Token'])('has no token behind the scheme %j, which is none', async type => {
    for (const custom of [managerWith({ header: { type } }), managerWith({ header: { type }, compatibility: 'flask' })])
      expect(await outcomeOf(custom, { headers: { Authorization: `${type} ${token}` } })).toBe('token_missing')
  })

  test('can be without a scheme: then the token stands alone', async () => {
    const bare = managerWith({ header: { type: '' } })
    expect(await outcomeOf(bare, { headers: { Authorization: token } })).toBe('headers')
    expect(await outcomeOf(bare, { headers: { Authorization: `,,${token},,` } })).toBe('headers')
    expect(await outcomeOf(bare, { headers: { Authorization: `Bearer ${token}` } })).toBe('header_malformed')
    await expect(bare.authenticate({ method: 'GET', header: () => undefined })).rejects.toMatchObject({
      headers: { 'www-authenticate': 'Bearer' },
    })
  })
})

describe('an Authorization header of thousands of parts', () => {
  test.each([
    ['commas', `Bearer T${','.repeat(64)}b`],
    ['schemes', `${'a,'.repeat(64)}Bearer T`],
    ['equal credentials', `${'Bearer T,'.repeat(64)}Bearer T`],
  ])('is refused by the number of its %s', async (_, header) => {
    const value = header.replaceAll('T', token)
    expect(await outcomeOf(jwt, { headers: { Authorization: value } })).toBe('header_malformed')
  })

  test('is read as far as 64 parts', async () => {
    expect(await outcomeOf(jwt, { headers: { Authorization: `${'a,'.repeat(63)}Bearer ${token}` } })).toBe('headers')
  })

  test('has no more of them taken apart than are allowed', async () => {
    const taken = vi.spyOn(String.prototype, 'search')
    onTestFinished(() => taken.mockRestore())
    const header = `a${','.repeat(10_000)}b`
    expect(await outcomeOf(jwt, { headers: { Authorization: header } })).toBe('header_malformed')
    expect(taken.mock.calls.length).toBeLessThan(100)
  })
})

describe('the cookie', () => {
  const names = { tokenLocation: 'cookies', cookies: { access: { name: 'at' } } } as const

  test.each([
    ['at=T', 'cookies', 'cookies'],
    ['at=T; at=T', 'cookies', 'cookies'],
    ['at=T; at=O', 'duplicate_value', 'cookies'],
    ['at=; at=T', 'duplicate_value', 'token_missing'],
    ['at=', 'token_missing', 'token_missing'],
    ['access_token_cookie=T', 'token_missing', 'token_missing'],
  ])('%j gives %s, and %s where Flask-JWT-Extended is followed', async (cookie, outcome, flaskOutcome) => {
    const headers = { Cookie: cookie.replaceAll(/\bT\b/g, token).replaceAll(/\bO\b/g, other) }
    expect(await outcomeOf(managerWith(names), { headers })).toBe(outcome)
    expect(await outcomeOf(managerWith({ ...names, compatibility: 'flask' }), { headers })).toBe(flaskOutcome)
  })

  test('may come 16 times with one value, and not more often', async () => {
    const timesOf = (count: number): string => `at=${token}; `.repeat(count)
    for (const compatibility of ['flask', undefined] as const) {
      const jwt = managerWith({ ...names, ...(compatibility && { compatibility }) })
      expect(await outcomeOf(jwt, { headers: { Cookie: timesOf(16) } })).toBe('cookies')
      expect(await outcomeOf(jwt, { headers: { Cookie: timesOf(17) } })).toBe('duplicate_value')
    }
  })

  test.each([
    ['', 'Missing cookie "at"'],
    ['at=1; at=2', 'The cookie at came with several values: send one'],
  ])('%j is refused in words', async (cookie, message) => {
    const request = requestOf({ headers: { Cookie: cookie } })
    await expect(managerWith(names).authenticate(request)).rejects.toMatchObject({ message })
  })
})

describe('the query', () => {
  const asking = managerWith({ tokenLocation: 'query', query: { name: 'auth', prefix: 'tok:' } })

  test.each([
    [['tok:T'], 'query'],
    [['tok:T', 'tok:T'], 'query'],
    [[], 'token_missing'],
    [[''], 'token_missing'],
    [['T'], 'header_malformed'],
    [['TOK:T'], 'header_malformed'],
    [['tok:tok:T'], 'token_invalid'],
    [['tok:T '], 'token_invalid'],
    [['tok:T', 'tok:O'], 'duplicate_value'],
    [['', 'tok:T'], 'duplicate_value'],
  ])('with the values %j gives %s', async (values, outcome) => {
    const auth = values.map(value => value.replace(/\b[TO]\b/, name => (name === 'T' ? token : other)))
    expect(await outcomeOf(asking, { query: { auth } })).toBe(outcome)
  })

  test('has its first value read where Flask-JWT-Extended is followed', async () => {
    const first = managerWith({ tokenLocation: 'query', compatibility: 'flask' })
    expect(await outcomeOf(first, { query: { jwt: [token, other] } })).toBe('query')
    expect(await outcomeOf(first, { query: { jwt: ['x', token] } })).toBe('token_invalid')
  })

  test.each([
    [[], "Missing 'auth' query paramater"],
    [['T'], "Invalid value for query parameter 'auth'. Expected the value to start with 'tok:'"],
    [['tok:T', 'tok:O'], 'The query parameter auth came with several values: send one'],
  ])('with the values %j is refused in words', async (auth, message) => {
    await expect(asking.authenticate(requestOf({ query: { auth } }))).rejects.toMatchObject({ message })
  })

  test('of a request that has none holds no token', async () => {
    expect(await outcomeOf(asking, {})).toBe('token_missing')
  })
})

describe('the JSON body', () => {
  const reading = managerWith({ tokenLocation: 'json', json: { accessKey: 'token' } })

  test.each([
    ['application/json', { token: 'T' }, 'json'],
    ['Application/JSON; charset=utf-8', { token: 'T' }, 'json'],
    ['application/vnd.api+json', { token: 'T' }, 'json'],
    ['application/json-seq', { token: 'T' }, 'token_missing'],
    ['text/json', { token: 'T' }, 'token_missing'],
    ['text/vnd.api+json', { token: 'T' }, 'token_missing'],
    ['xapplication/json', { token: 'T' }, 'token_missing'],
    ['', { token: 'T' }, 'token_missing'],
    // No name of a type is longer: not looked at.
    [`application/${'x'.repeat(500)}+json`, { token: 'T' }, 'token_missing'],
    [`application/json;${'x'.repeat(500)}`, { token: 'T' }, 'json'],
    ['application/json', { access_token: 'T' }, 'token_missing'],
    ['application/json', Object.create({ token: 'T' }), 'token_missing'],
    ['application/json', { token: '' }, 'token_missing'],
    ['application/json', { token: ['T'] }, 'token_invalid'],
    ['application/json', { token: [] }, 'token_invalid'],
    ['application/json', { token: {} }, 'token_invalid'],
    ['application/json', { token: 0 }, 'token_missing'],
    ['application/json', { token: 7 }, 'token_invalid'],
    ['application/json', [{ token: 'T' }], 'token_missing'],
    ['application/json', null, 'token_missing'],
    ['application/json', undefined, 'token_missing'],
  ])('of type %j that is %j gives %s', async (type, body, outcome) => {
    const filled = JSON.parse(JSON.stringify(body ?? null).replace('"T"', JSON.stringify(token)))
    const inherited = body !== null && body !== undefined && !Object.hasOwn(body, 'token') && 'token' in body
    expect(await outcomeOf(reading, { headers: { 'Content-Type': type }, body: inherited ? body : filled })).toBe(
      outcome,
    )
  })
})

describe('a JSON body that is no object', () => {
  const headers = { 'Content-Type': 'application/json' }
  const options = { tokenLocation: 'json', compatibility: 'flask' } as const

  test('is refused in words that name the key', async () => {
    for (const body of [undefined, null, [], {}]) {
      const refusal = managerWith({ ...options, compatibility: undefined }).authenticate(requestOf({ headers, body }))
      await expect(refusal).rejects.toMatchObject({ message: 'Missing "access_token" key in json data.' })
    }
  })

  test('ends the search where Flask-JWT-Extended is followed, unless it is empty', async () => {
    const following = managerWith(options)
    for (const body of [[token], 'text', 7, true]) {
      const request = requestOf({ headers, body })
      await expect(following.authenticate(request)).rejects.toMatchObject({
        code: 'token_invalid',
        message: 'The JSON body is not an object',
      })
    }
    for (const body of [undefined, null, [], '', 0, {}]) {
      expect(await outcomeOf(following, { headers, body })).toBe('token_missing')
    }
    expect(await outcomeOf(following, { headers, body: { access_token: token } })).toBe('json')
  })
})

describe('several places', () => {
  const everywhere = managerWith({ tokenLocation: ['headers', 'cookies', 'query', 'json'] })

  test('are named in the message where none has a token', async () => {
    await expect(everywhere.authenticate({ method: 'GET', header: () => undefined })).rejects.toThrow(
      'Missing JWT in headers, cookies, query_string or json (Missing Authorization Header; ' +
        'Missing cookie "access_token_cookie"; Missing \'jwt\' query paramater; ' +
        'Invalid content-type. Must be application/json.)',
    )
  })

  test('are tried in order until one has a token, and no further', async () => {
    const cookie = `access_token_cookie=${token}`
    expect(await outcomeOf(everywhere, { headers: { Cookie: cookie } })).toBe('cookies')
    expect(await outcomeOf(everywhere, { headers: { Cookie: cookie, Authorization: 'Basic x' } })).toBe('cookies')
    expect(await outcomeOf(everywhere, { headers: { Cookie: cookie, Authorization: 'Bearer x' } })).toBe(
      'token_invalid',
    )
  })

  test('with something wrong in one end the search', async () => {
    const parts = { method: 'POST', headers: { Cookie: `access_token_cookie=${token}` }, query: { jwt: [token] } }
    expect(await outcomeOf(everywhere, parts)).toBe('csrf_missing')
  })

  test('are those of the manager where a route names an empty list', async () => {
    expect(await outcomeOf(everywhere, { query: { jwt: [token] } }, { locations: [] })).toBe('query')
  })
})
