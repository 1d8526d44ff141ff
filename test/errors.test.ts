import { execFileSync } from 'node:child_process'
import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import type { VerifiedJwt } from '../src/context.ts'
import { buildHeaders, JwtError, type JwtErrorCode, refusedJwt, statusOf } from '../src/errors.ts'

const invalidToken = 'Bearer error="invalid_token", error_description="why"'

const table: readonly [JwtErrorCode, number, Record<string, string>][] = [
  ['token_missing', 401, { 'www-authenticate': 'Bearer' }],
  ['csrf_missing', 401, { 'www-authenticate': 'Bearer' }],
  ['csrf_mismatch', 401, { 'www-authenticate': 'Bearer' }],
  ['csrf_cross_site', 403, {}],
  ['header_malformed', 400, { 'www-authenticate': 'Bearer error="invalid_request", error_description="why"' }],
  ['duplicate_value', 400, { 'www-authenticate': 'Bearer error="invalid_request", error_description="why"' }],
  ['token_invalid', 401, { 'www-authenticate': invalidToken }],
  ['token_wrong_type', 401, { 'www-authenticate': invalidToken }],
  ['claims_invalid', 401, { 'www-authenticate': invalidToken }],
  ['token_expired', 401, { 'www-authenticate': invalidToken }],
  ['token_revoked', 401, { 'www-authenticate': invalidToken }],
  [
    'fresh_token_required',
    401,
    { 'www-authenticate': 'Bearer error="insufficient_user_authentication", error_description="why"' },
  ],
  ['user_not_found', 401, { 'www-authenticate': invalidToken }],
  ['claims_rejected', 403, { 'www-authenticate': 'Bearer error="insufficient_scope", error_description="why"' }],
  ['store_unavailable', 503, { 'retry-after': '1' }],
]

const jwt: VerifiedJwt = {
  verified: true,
  header: { alg: 'HS256' },
  claims: { sub: 'alice', type: 'access', fresh: false, jti: 'id-of-the-token' },
}

describe.each(table)('the refusal %s', (code, status, headers) => {
  const error = new JwtError(code, 'why')

  test(`has the status ${status}`, () => {
    expect(error.status).toBe(status)
    expect(error.statusCode).toBe(status)
    expect(statusOf(code)).toBe(status)
  })

  test('has the headers of its challenge', () => {
    expect(error.headers).toEqual(headers)
  })

  test('has a body with its message and its code', () => {
    expect(error.body).toEqual({ msg: 'why', code })
  })

  test('shows its message to the client unless the server is to blame', () => {
    expect(error.expose).toBe(status < 500)
  })
})

describe('JwtError', () => {
  test('is made, with a stack, where the intrinsics have been frozen since', () => {
    const file = JSON.stringify(new URL('../src/errors.ts', import.meta.url))
    const code = `const { JwtError } = await import(${file}); Object.freeze(Error)
      console.log(new JwtError('token_invalid', 'why').stack.includes('why'), Error.stackTraceLimit)`
    const args = ['--import', 'tsx', '--input-type=module', '-e', code]
    expect(execFileSync(process.execPath, args, { encoding: 'utf8' }).trim()).toBe('true 10')
  })

  test('has no stack, and leaves those of others as they are', () => {
    const limit = Error.stackTraceLimit
    expect(new JwtError('token_invalid', 'why').stack).not.toContain('\n')
    expect(Error.stackTraceLimit).toBe(limit)
  })

  test('is an Error with a name of its own', () => {
    const error = new JwtError('token_expired', 'Token has expired')
    expect(error).toBeInstanceOf(Error)
    expect(String(error)).toBe('JwtError: Token has expired')
  })

  test('takes another answer', () => {
    const answer = { status: 418, headers: { 'x-tea': 'pot' }, body: 'short and stout' }
    const { status, headers, body } = new JwtError('token_invalid', 'why', answer)
    expect({ status, headers, body }).toEqual(answer)
  })

  test('keeps its cause', () => {
    const cause = new Error('no connection')
    expect(new JwtError('store_unavailable', 'why', { cause }).cause).toBe(cause)
  })

  test('has no cause where none is given', () => {
    expect(new JwtError('token_invalid', 'why')).not.toHaveProperty('cause')
  })

  test('becomes a Response', async () => {
    const response = new JwtError('token_expired', 'Token has expired').getResponse()
    expect(response.status).toBe(401)
    expect(response.headers.get('content-type')).toBe('application/json')
    expect(response.headers.get('www-authenticate')).toBe(
      'Bearer error="invalid_token", error_description="Token has expired"',
    )
    expect(await response.json()).toEqual({ msg: 'Token has expired', code: 'token_expired' })
  })

  test('tells the refused token to those who ask', () => {
    expect(refusedJwt(new JwtError('token_expired', 'why', { jwt }))).toBe(jwt)
    expect(refusedJwt(new JwtError('token_missing', 'why'))).toBeUndefined()
  })

  test('does not tell it to logs', () => {
    const error = new JwtError('token_expired', 'why', { jwt })
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('id-of-the-token')
    expect(JSON.stringify(error)).not.toContain('id-of-the-token')
  })
})

describe('the issues of a JwtError', () => {
  const issues = [{ message: 'expected admin, got the-value', path: ['role'] }]

  test('are told to those who ask', () => {
    expect(new JwtError('claims_invalid', 'why', { issues }).issues).toBe(issues)
    expect(new JwtError('token_invalid', 'why').issues).toBeUndefined()
  })

  test('are told to no log', () => {
    const error = new JwtError('claims_invalid', 'why', { issues })
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('the-value')
    expect(JSON.stringify(error)).not.toContain('the-value')
  })
})

describe('buildHeaders', () => {
  test('names the configured scheme', () => {
    expect(buildHeaders('token_missing', 'why', 'JWT')).toEqual({ 'www-authenticate': 'JWT' })
    expect(buildHeaders('token_expired', 'why', 'JWT')['www-authenticate']).toMatch(/^JWT error=/)
  })

  test('does not let a description grow with the identity that it names', () => {
    const { 'www-authenticate': challenge } = buildHeaders(
      'user_not_found',
      `Error loading the user ${'x'.repeat(9999)}`,
    )
    expect(challenge).toHaveLength('Bearer error="invalid_token", error_description=""'.length + 256)
  })

  test.each([
    ['quotes', 'Missing the "iss" claim', "Missing the 'iss' claim"],
    ['a backslash', 'a\\b', 'a?b'],
    ['a line break', 'a\r\nset-cookie: b', 'a??set-cookie: b'],
    ['letters beyond ASCII', 'Ł\u{a0}', '??'],
  ])('replaces %s in a description', (_, message, description) => {
    expect(buildHeaders('token_invalid', message)['www-authenticate']).toBe(
      `Bearer error="invalid_token", error_description="${description}"`,
    )
  })
})
