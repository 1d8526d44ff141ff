import { type CustomAnswer, JwtError, type JwtErrorCode, type JwtOptions } from 'jwt-extended'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { refusedJwt } from '../../src/errors.ts'
import { sign } from './sign-raw.ts'
import { managerWith, now, requestOf } from './support.ts'

const token = sign({ sub: 'alice', type: 'access', jti: 'a', exp: now + 60 })
const expired = sign({ sub: 'alice', type: 'access', jti: 'a', exp: now })

/** How each refusal is brought about, and which loader answers it. */
const refusals: readonly [JwtErrorCode, number, keyof JwtOptions | undefined, string, Partial<JwtOptions>, object][] = [
  ['token_missing', 401, 'onUnauthorized', '', {}, {}],
  ['header_malformed', 400, 'onInvalid', 'Bearer', {}, {}],
  ['duplicate_value', 400, 'onInvalid', `Bearer ${token}, Bearer ${expired}`, {}, {}],
  ['token_invalid', 401, 'onInvalid', 'Bearer x', {}, {}],
  ['token_wrong_type', 401, 'onInvalid', `Bearer ${token}`, {}, { refresh: true }],
  ['claims_invalid', 401, 'onInvalid', `Bearer ${token}`, { claimsSchema: z.object({ role: z.string() }) }, {}],
  ['token_expired', 401, 'onExpired', `Bearer ${expired}`, {}, {}],
  ['token_revoked', 401, 'onRevoked', `Bearer ${token}`, { tokenInBlocklist: () => true }, {}],
  ['fresh_token_required', 401, 'onNeedsFresh', `Bearer ${token}`, {}, { fresh: true }],
  ['user_not_found', 401, 'onUserLookupError', `Bearer ${token}`, { userLookup: () => null }, {}],
  ['claims_rejected', 403, 'onVerificationFailed', `Bearer ${token}`, { verifyClaims: () => false }, {}],
  ['store_unavailable', 503, undefined, `Bearer ${token}`, { tokenInBlocklist: () => Promise.reject(new Error()) }, {}],
]

async function refuse(header: string, options: Partial<JwtOptions>, requirements: object): Promise<JwtError> {
  const headers = { Authorization: header }
  const error = await managerWith(options)
    .authenticate(requestOf({ headers }), requirements)
    .catch((caught: unknown) => caught)
  if (!(error instanceof JwtError)) throw new Error(`not refused: ${String(error)}`)
  return error
}

describe('a refusal', () => {
  test.each(refusals)(
    '%s has the status %i and a body with its code',
    async (code, status, _loader, header, options, requirements) => {
      const error = await refuse(header, options, requirements)
      expect([error.code, error.status, error.statusCode]).toEqual([code, status, status])
      expect(error.body).toEqual({ msg: error.message, code })
    },
  )

  test.each(refusals.filter(([, , loader]) => loader !== undefined))(
    '%s (%i) is answered by %s',
    async (code, _status, loader, header, options, requirements) => {
      let seen: unknown[] = []
      const answer = (...args: unknown[]): CustomAnswer => {
        seen = args
        return { status: 499, json: { own: true }, headers: { 'X-Own': 'yes' } }
      }
      const error = await refuse(header, { ...options, [String(loader)]: answer }, requirements)
      expect(error).toMatchObject({ code, status: 499, body: { own: true }, headers: { 'x-own': 'yes' } })
      const isByMessage = loader === 'onUnauthorized' || loader === 'onInvalid'
      expect(seen).toEqual(
        isByMessage
          ? [error.message, code]
          : [{ alg: 'HS256', typ: 'JWT' }, expect.objectContaining({ sub: 'alice', fresh: false })],
      )
    },
  )

  test.each([
    ['csrf_missing', {}],
    ['csrf_mismatch', { 'X-CSRF-TOKEN': 'wrong' }],
  ])('%s is answered by onUnauthorized', async (code, headers) => {
    const seen: unknown[] = []
    const onUnauthorized = (...args: unknown[]): CustomAnswer => {
      seen.push(args)
      return { status: 499, json: {} }
    }
    const jwt = managerWith({ tokenLocation: 'cookies', onUnauthorized })
    const cookie = { Cookie: `access_token_cookie=${await jwt.createAccessToken('alice')}` }
    const request = requestOf({ method: 'POST', headers: { ...cookie, ...headers } })
    await expect(jwt.authenticate(request)).rejects.toMatchObject({ code, status: 499 })
    expect(seen).toEqual([[expect.any(String), code]])
  })

  test.each(['onUnauthorized', 'onInvalid'])('is not answered by %s where another site is behind it', async loader => {
    const jwt = managerWith({ tokenLocation: 'cookies', [loader]: () => ({ status: 499, json: {} }) })
    const cookie = { Cookie: `access_token_cookie=${await jwt.createAccessToken('alice')}` }
    const request = requestOf({ method: 'POST', headers: { ...cookie, 'Sec-Fetch-Site': 'cross-site' } })
    await expect(jwt.authenticate(request)).rejects.toMatchObject({ code: 'csrf_cross_site', status: 403 })
  })

  test('keeps its challenge beside own headers, unless they hold one', async () => {
    const own = { onUnauthorized: () => ({ status: 401, json: {}, headers: { 'X-Own': 'yes' } }) }
    expect((await refuse('', own, {})).headers).toEqual({ 'www-authenticate': 'Bearer', 'x-own': 'yes' })
    const other = { onUnauthorized: () => ({ status: 401, json: {}, headers: { 'WWW-Authenticate': 'Cookie' } }) }
    expect((await refuse('', other, {})).headers).toEqual({ 'www-authenticate': 'Cookie' })
  })

  test('has no challenge in an answer that is no error', async () => {
    expect((await refuse('', { onUnauthorized: async () => ({ status: 200, json: null }) }, {})).headers).toEqual({})
  })

  test('has the body null where the application says so', async () => {
    const error = await refuse('', { onUnauthorized: () => ({ status: 401, json: null }) }, {})
    expect(error.body).toBeNull()
    expect(await error.getResponse().json()).toBeNull()
  })

  test('has the challenge of a status from 400 on', async () => {
    const challenge = (error: string, description: string): object => ({
      'www-authenticate': `Bearer error="${error}", error_description="${description}"`,
    })
    const malformed = "Bad Authorization header. Expected 'Authorization: Bearer <JWT>'"
    const ownStatus = (status: number): Partial<JwtOptions> => ({ onInvalid: () => ({ status, json: {} }) })
    expect((await refuse('Bearer', {}, {})).headers).toEqual(challenge('invalid_request', malformed))
    expect((await refuse('Bearer', ownStatus(400), {})).headers).toEqual(challenge('invalid_request', malformed))
    expect((await refuse('Bearer', ownStatus(399), {})).headers).toEqual({})
  })

  test.each(['', 'My Token', 'Bearer:', ':Bearer', 'J\u00fcrgen'])(
    'has no challenge that starts with %j, which is no scheme',
    async type => {
      const error = await refuse('', { header: { name: 'X-Auth', type } }, {})
      expect(error.headers).toEqual({ 'www-authenticate': 'Bearer' })
    },
  )

  test('carries the token behind it for loaders and logs, where there was one', async () => {
    expect(refusedJwt(await refuse(`Bearer ${expired}`, {}, {}))).toMatchObject({ claims: { sub: 'alice', exp: now } })
    expect(refusedJwt(await refuse('Bearer x', {}, {}))).toBeUndefined()
  })

  test('has a cause where something else failed, and only then', async () => {
    expect(await refuse('', {}, {})).not.toHaveProperty('cause')
    const down = new Error('down')
    expect(await refuse(`Bearer ${token}`, { tokenInBlocklist: () => Promise.reject(down) }, {})).toHaveProperty(
      'cause',
      down,
    )
  })

  test('has no stack: what is wrong is the request', async () => {
    const { stack } = await refuse('', {}, {})
    expect(stack).toBe('JwtError: Missing Authorization Header')
    // That of others is as it was.
    expect(new Error('x').stack).toContain('answer.test.ts')
  })

  test('has the statuses and bodies of Flask-JWT-Extended where that is asked for', async () => {
    const flask = { compatibility: 'flask', errorMessageKey: 'message' } as const
    expect(await refuse('Bearer', flask, {})).toMatchObject({ status: 422 })
    expect(await refuse('Bearer x', flask, {})).toMatchObject({ status: 422, body: { message: 'Not enough segments' } })
    expect(await refuse(`Bearer ${token}`, { ...flask, verifyClaims: () => false }, {})).toMatchObject({ status: 400 })
    const { status, headers, body } = await refuse('', flask, {})
    expect([status, headers, body]).toEqual([401, {}, { message: 'Missing Authorization Header' }])
  })

  test('says when to come again where a store fails, also with the statuses of Flask-JWT-Extended', async () => {
    const options = { tokenInBlocklist: () => Promise.reject(new Error('down')), warn: () => {} }
    for (const compatibility of [undefined, 'flask'] as const) {
      const refused = await refuse(`Bearer ${token}`, { ...options, compatibility }, {})
      expect([refused.status, refused.headers]).toEqual([503, { 'retry-after': '1' }])
    }
  })

  test('can be turned into a Response', async () => {
    const response = (await refuse('Bearer x', {}, {})).getResponse()
    expect(response.status).toBe(401)
    expect(response.headers.get('www-authenticate')).toBe(
      'Bearer error="invalid_token", error_description="Not enough segments"',
    )
    expect(await response.json()).toEqual({ msg: 'Not enough segments', code: 'token_invalid' })
  })

  test('that a loader throws without a token is answered by default', async () => {
    const decodeKey = (): never => {
      throw new JwtError('token_revoked', 'The key of this token has been revoked')
    }
    const own = { decodeKey, onRevoked: () => ({ status: 499, json: {} }) }
    expect(await refuse(`Bearer ${token}`, own, {})).toMatchObject({ status: 401, code: 'token_revoked' })
  })

  test.each([
    [undefined],
    [null],
    [[{}, 401]],
    [{ status: 401 }],
    [{ json: {} }],
    [{ status: 199, json: {} }],
    [{ status: 600, json: {} }],
    [{ status: 401.5, json: {} }],
    [{ status: '401', json: {} }],
  ])('is not answered by a loader that returns %j: that is a mistake', async answer => {
    const message = { onUnauthorized: async () => answer as never }
    await expect(managerWith(message).authenticate(requestOf())).rejects.toThrow(
      'onUnauthorized must return { status, json }',
    )
    const headers = { Authorization: `Bearer ${expired}` }
    const claims = { onExpired: () => answer as never }
    await expect(managerWith(claims).authenticate(requestOf({ headers }))).rejects.toBeInstanceOf(TypeError)
  })

  test.each([200, 599])('is answered by a loader with the status %i', async status => {
    expect(await refuse('', { onUnauthorized: () => ({ status, json: {} }) }, {})).toMatchObject({ status })
  })

  test.each([204, 205, 304])('with the status %i is a Response without a body', async status => {
    const error = await refuse('', { onUnauthorized: () => ({ status, json: null }) }, {})
    expect(await error.getResponse().text()).toBe('')
  })

  test('passes an error of its loader on', async () => {
    const broken = managerWith({ onUnauthorized: () => Promise.reject(new RangeError('no template')) })
    await expect(broken.authenticate(requestOf())).rejects.toThrow('no template')
  })
})
