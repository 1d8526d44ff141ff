import { inspect } from 'node:util'
import { importKey, JwtError, JwtManager } from 'jwt-extended'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { managerWith, now, requestOf, secretKey } from './request/support.ts'

const jwt = managerWith({ tokenLocation: ['headers', 'cookies'] })

describe('JwtManager', () => {
  test('verifies what it makes, without a look at type or revocation', async () => {
    const revoking = managerWith({ tokenInBlocklist: () => true })
    const { header, claims, verified } = await revoking.verifyToken(await revoking.createRefreshToken('alice'))
    expect(verified).toBe(true)
    expect(header).toEqual({ alg: 'HS256', typ: 'JWT' })
    expect(claims).toMatchObject({
      sub: 'alice',
      type: 'refresh',
      fresh: false,
      iat: now,
      nbf: now,
      exp: now + 30 * 86_400,
    })
  })

  test('verifies an expired token where that is allowed', async () => {
    const token = await managerWith({ clock: () => 0 }).createAccessToken('alice')
    await expect(jwt.verifyToken(token)).rejects.toMatchObject({ code: 'token_expired' })
    expect((await jwt.verifyToken(token, { allowExpired: true })).claims.sub).toBe('alice')
  })

  test('verifies at once where there is nothing to wait for, by the same rules', async () => {
    const token = await jwt.createAccessToken('alice')
    expect(jwt.verifyTokenSync(token)).toEqual(await jwt.verifyToken(token))
    expect(() => jwt.verifyTokenSync(token, { csrf: 'wrong' })).toThrow(
      expect.objectContaining({ code: 'csrf_mismatch', status: 401 }),
    )
    expect(() => jwt.verifyTokenSync(token, { csrfToken: 'x' } as never)).toThrow('unknown member csrfToken')
    const later = managerWith({ clock: () => (now + 16 * 60) * 1000 })
    expect(() => later.verifyTokenSync(token)).toThrow(expect.objectContaining({ code: 'token_expired' }))
    expect(later.verifyTokenSync(token, { allowExpired: true }).claims.sub).toBe('alice')
    const choosing = managerWith({
      secretKey: undefined,
      decodeKey: () => importKey(secretKey, { algorithm: 'HS256' }),
    })
    expect(choosing.verifyTokenSync(token).claims.sub).toBe('alice')
    const custom = managerWith({ onInvalid: () => ({ status: 418, json: 'no' }) })
    expect(() => custom.verifyTokenSync('x')).toThrow(expect.objectContaining({ status: 418, body: 'no' }))
  })

  test.each<[name: string, options: Parameters<typeof managerWith>[0], token: string | undefined]>([
    ['decodeKey', { decodeKey: async () => undefined }, undefined],
    ['claimsSchema', { claimsSchema: z.object({ a: z.string() }).refine(async () => false) }, undefined],
    ['onInvalid', { onInvalid: async () => ({ status: 418, json: 'no' }) }, 'x'],
  ])('does not verify at once where %s has to be waited for', async (_name, options, token) => {
    const given = token ?? (await jwt.createAccessToken('alice', { claims: { a: '1' } }))
    expect(() => managerWith(options).verifyTokenSync(given)).toThrow('use verifyToken')
  })

  test('compares a CSRF value that is given', async () => {
    const token = await jwt.createAccessToken('alice')
    const csrf = await jwt.getCsrfToken(token)
    expect((await jwt.verifyToken(token, { csrf })).claims.csrf).toBe(csrf)
    await expect(jwt.verifyToken(token, { csrf: 'wrong' })).rejects.toMatchObject({ code: 'csrf_mismatch' })
  })

  test.each([[''], [undefined], [null], [0]])(
    'refuses a token where the CSRF value is to be compared, but is %j',
    async csrf => {
      const token = await jwt.createAccessToken('alice')
      await expect(jwt.verifyToken(token, { csrf: csrf as never })).rejects.toMatchObject({ code: 'csrf_missing' })
      const flask = managerWith({ compatibility: 'flask', tokenLocation: 'cookies' })
      expect((await flask.verifyToken(token, { csrf: csrf as never })).claims.sub).toBe('alice')
    },
  )

  test.each([[1], [true], [{}], [['x']]])('refuses a CSRF value that is %j', async csrf => {
    const token = await jwt.createAccessToken('alice')
    await expect(jwt.verifyToken(token, { csrf: csrf as never })).rejects.toMatchObject({ code: 'csrf_mismatch' })
  })

  test('refuses options of a call that it does not know', async () => {
    const token = await jwt.createAccessToken('alice')
    const wrong = (options: object): never => options as never
    await expect(jwt.createAccessToken('alice', wrong({ expires: '5m' }))).rejects.toThrow('did you mean expiresIn?')
    await expect(jwt.createRefreshToken('alice', wrong({ fresh: true }))).rejects.toThrow('unknown member fresh')
    await expect(jwt.verifyToken(token, wrong({ csrfToken: 'x' }))).rejects.toThrow('unknown member csrfToken')
    await expect(jwt.accessCookies(token, wrong({ maxage: 5 }))).rejects.toThrow('did you mean maxAge?')
    expect(() => jwt.removedAccessCookies(wrong({ maxAge: 5 }))).toThrow('unknown member maxAge')
  })

  test('asks for the await that is missing where cookies are to hold a promise', async () => {
    const promise = jwt.createAccessToken('alice') as unknown as string
    await expect(jwt.accessCookies(promise)).rejects.toThrow('is an await missing before createAccessToken?')
  })

  test('finishes the refusals of verifyToken, too', async () => {
    const own = managerWith({ onInvalid: message => ({ status: 499, json: { message } }) })
    await expect(own.verifyToken('x')).rejects.toMatchObject({ status: 499, body: { message: 'Not enough segments' } })
    await expect(own.getJti('x')).rejects.toMatchObject({ status: 499 })
    await expect(own.getCsrfToken('x')).rejects.toMatchObject({ status: 499 })
  })

  test('tells the id of a token it has verified', async () => {
    const token = await jwt.createAccessToken('alice')
    expect(await jwt.getJti(token)).toBe((await jwt.verifyToken(token)).claims.jti)
    await expect(jwt.getJti(`${token}x`)).rejects.toBeInstanceOf(JwtError)
  })

  test('has no CSRF value for a token that was made for headers alone', async () => {
    const headers = managerWith()
    await expect(headers.getCsrfToken(await headers.createAccessToken('alice'))).rejects.toThrow('Missing claim: csrf')
  })

  test('decodes without trust: the header at once, the claims when they are asked for', () => {
    const unverified = jwt.decodeUnverified('eyJhbGciOiJYWCJ9.e30.')
    expect(unverified).toMatchObject({ verified: false, header: { alg: 'XX' }, claims: {} })
    const odd = jwt.decodeUnverified('eyJhbGciOiJYWCJ9.eA.AA')
    expect(odd.header['alg']).toBe('XX')
    expect(() => odd.claims).toThrow(JwtError)
    expect(() => jwt.decodeUnverified('x')).toThrow('Not enough segments')
  })

  test('shows neither its secret nor a token in a log', async () => {
    const token = await jwt.createAccessToken('alice')
    const context = await jwt.authenticate(requestOf({ headers: { Authorization: `Bearer ${token}` } }))
    const error = await jwt.verifyToken(`${token}A`).catch((caught: unknown) => caught)
    const shown = [jwt, context, error]
      .map(value => inspect(value, { depth: 20, showHidden: true }) + JSON.stringify(value))
      .join('')
    const signature = token.slice(token.lastIndexOf('.') + 1)
    for (const secret of [
      secretKey,
      Buffer.from(secretKey).toString('hex'),
      Buffer.from(secretKey).toString('base64'),
      signature,
    ]) {
      expect(shown).not.toContain(secret)
    }
  })

  test('current() throws outside a protected request, where currentOrUndefined() is undefined', () => {
    expect(() => jwt.current()).toThrow('There is no current token')
    expect(jwt.currentOrUndefined()).toBeUndefined()
  })

  test('writes and removes cookies as Set-Cookie values', async () => {
    const [access = '', csrf = ''] = await jwt.accessCookies(await jwt.createAccessToken('alice', { expiresIn: 60 }), {
      domain: 'example.com',
    })
    expect(access).toMatch(
      /^access_token_cookie=[\w.-]+; Max-Age=60; Domain=example.com; Path=\/; Expires=.*; HttpOnly; Secure; SameSite=Lax$/,
    )
    expect(csrf).toMatch(
      /^csrf_access_token=[\w-]{36}; Max-Age=60; Domain=example.com; Path=\/; Expires=[^;]*; Secure; SameSite=Lax$/,
    )
    const removed = [...jwt.removedAccessCookies({ domain: 'example.com' }), ...jwt.removedRefreshCookies()]
    expect(removed.map(cookie => cookie.split('; ')[0])).toEqual([
      'access_token_cookie=',
      'csrf_access_token=',
      'refresh_token_cookie=',
      'csrf_refresh_token=',
    ])
    expect(removed[0]).toContain('Domain=example.com')
    expect((await jwt.refreshCookies(await jwt.createRefreshToken('alice')))[0]).toContain('Max-Age=2592000')
  })

  test('sets no cookies where it would look for none', async () => {
    const headers = managerWith()
    const token = await headers.createAccessToken('alice')
    await expect(headers.accessCookies(token)).rejects.toThrow("put 'cookies' into tokenLocation")
    await expect(headers.refreshCookies(token)).rejects.toBeInstanceOf(TypeError)
  })

  test('has two managers that know nothing of each other', async () => {
    const other = new JwtManager({ secretKey: 'Zp4-another-9Wq-Secret-7Xv-for-2Ty-Tests-1Mb' })
    await expect(other.verifyToken(await jwt.createAccessToken('alice'))).rejects.toThrow(
      'Signature verification failed',
    )
  })
})
