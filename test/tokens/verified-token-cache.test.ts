import { importKey, JwtManager, type JwtOptions } from 'jwt-extended'
import { memoryStore } from 'jwt-extended/stores'
import { fixedClock } from 'jwt-extended/testing'
import { describe, expect, test, vi } from 'vitest'
import { z } from 'zod'
import { Key } from '../../src/keys/key.ts'
import { outcomeOf } from '../request/support.ts'
import { otherSecret, strongSecret } from '../support/configure.ts'
import { heapUsed } from '../support/heap.ts'

const clock = fixedClock()
const managerWith = (options: Partial<JwtOptions> = {}): JwtManager<unknown> =>
  new JwtManager<unknown>({ secretKey: strongSecret, clock, warn: () => {}, ...options })
const headersOf = (token: string): { headers: { Authorization: string } } => ({
  headers: { Authorization: `Bearer ${token}` },
})

/** How often signatures are checked while some work is done. */
async function signatureChecks(work: () => Promise<unknown>): Promise<number> {
  const verify = vi.spyOn(Key.prototype, 'verify')
  try {
    await work()
    return verify.mock.calls.length
  } finally {
    verify.mockRestore()
  }
}

async function twice(work: () => Promise<unknown>): Promise<void> {
  await work()
  await work()
}

describe('a token that comes again', () => {
  test('needs no second check of its signature', async () => {
    const jwt = managerWith()
    const token = await jwt.createAccessToken('ada', { claims: { roles: ['a'] } })
    expect(await signatureChecks(() => twice(() => jwt.verifyToken(token)))).toBe(1)
    expect(await jwt.verifyToken(token)).toEqual(await managerWith().verifyToken(token))
  })

  test('gives nobody a header that can be altered, however many headers there are', async () => {
    const jwt = managerWith()
    const tokens = await Promise.all(
      Array.from({ length: 300 }, (_, index) => jwt.createAccessToken('ada', { headers: { kid: `key ${index}` } })),
    )
    for (const token of tokens) expect((await jwt.verifyToken(token)).header).toSatisfy(Object.isFrozen)
    for (const token of tokens) expect((await jwt.verifyToken(token)).header).toSatisfy(Object.isFrozen)
  })

  test('keeps no more in memory than itself, whatever stood beside it', async () => {
    const jwt = managerWith({ tokenLocation: 'cookies' })
    const tokens = await Promise.all(Array.from({ length: 1000 }, (_, index) => jwt.createAccessToken(`user-${index}`)))
    const before = heapUsed()
    for (const token of tokens) {
      const line = Buffer.from(`other=${'x'.repeat(15_000)}; access_token_cookie=${token}`).toString('latin1')
      expect(await outcomeOf(jwt, { headers: { Cookie: line } })).toBe('cookies')
    }
    // All the lines would be 15 MB.
    expect(heapUsed() - before).toBeLessThan(6e6)
  })

  test.each<[name: string, options: Partial<JwtOptions>]>([
    ['claimsSchema', { claimsSchema: z.object({ n: z.number() }).transform(({ n }) => ({ n: n + 1 })) }],
    ['a leeway', { leeway: 10 }],
    ['Flask-JWT-Extended', { compatibility: 'flask' }],
  ])('says the same with %s', async (_name, options) => {
    const jwt = managerWith(options)
    const token = await jwt.createAccessToken('ada', { claims: { n: 1 } })
    const first = await jwt.verifyToken(token)
    expect(await signatureChecks(async () => expect(await jwt.verifyToken(token)).toEqual(first))).toBe(0)
  })

  test('is too young by its nbf, too, where the clock has gone back', async () => {
    for (const compatibility of [undefined, 'flask'] as const) {
      const jwt = managerWith({ leeway: 5, ...(compatibility && { compatibility }) })
      const token = await jwt.createAccessToken('ada')
      await jwt.verifyToken(token)
      clock.advance(-5)
      expect((await jwt.verifyToken(token)).claims.sub).toBe('ada')
      clock.advance(-1)
      await expect(jwt.verifyToken(token)).rejects.toMatchObject({ message: 'The token is not yet valid (iat)' })
      clock.advance(6)
    }
  })

  test('is checked each time where the cache is off', async () => {
    const jwt = managerWith({ verifiedTokenCache: false })
    const token = await jwt.createAccessToken('ada')
    expect(await signatureChecks(() => twice(() => jwt.verifyToken(token)))).toBe(2)
  })

  test('is checked again where it is not the same in every character', async () => {
    const jwt = managerWith()
    const [header, payload, signature] = (await jwt.createAccessToken('ada')).split('.')
    await jwt.verifyToken([header, payload, signature].join('.'))
    const other = (await jwt.createAccessToken('eve')).split('.')[1]
    for (const token of [
      [header, other, signature],
      [`${header}A`, payload, signature],
      [header, payload, `${signature}A`],
    ])
      await expect(jwt.verifyToken(token.join('.'))).rejects.toMatchObject({ code: 'token_invalid' })
  })

  test('is refused once it has expired, be it by a second', async () => {
    const jwt = managerWith()
    const token = await jwt.createAccessToken('ada', { expiresIn: 60 })
    await jwt.verifyToken(token)
    clock.advance(60)
    await expect(jwt.verifyToken(token)).rejects.toMatchObject({ code: 'token_expired' })
    await expect(jwt.verifyToken(token)).rejects.toMatchObject({ code: 'token_expired' })
    expect((await jwt.verifyToken(token, { allowExpired: true })).claims.sub).toBe('ada')
  })

  test('is refused where the clock has gone back before it was issued', async () => {
    const jwt = managerWith()
    const token = await jwt.createAccessToken('ada')
    await jwt.verifyToken(token)
    clock.advance(-3600)
    await expect(jwt.verifyToken(token)).rejects.toMatchObject({ code: 'token_invalid' })
    clock.advance(3600)
  })

  test('cannot be altered by whoever got it first', async () => {
    const jwt = managerWith()
    const token = await jwt.createAccessToken('ada', { claims: { roles: ['a'], deep: { level: [1] } } })
    const { claims, header } = await jwt.verifyToken(token)
    expect(() => Object.assign(claims, { sub: 'eve' })).toThrow(TypeError)
    expect(() => (claims['roles'] as string[]).push('admin')).toThrow(TypeError)
    expect(() => (claims['deep'] as { level: number[] }).level.push(2)).toThrow(TypeError)
    expect(() => Object.assign(header, { kid: 'x' })).toThrow(TypeError)
    expect((await jwt.verifyToken(token)).claims).toMatchObject({ sub: 'ada', roles: ['a'], deep: { level: [1] } })
  })

  test('is held to type, freshness, revocation, the CSRF value, the claims and the user each time', async () => {
    const revoked = new Set<unknown>()
    let user: object | undefined = {}
    let isRight = true
    const jwt = managerWith({
      tokenLocation: ['headers', 'cookies'],
      tokenInBlocklist: (_header, { jti }) => revoked.has(jti),
      userLookup: () => user,
      verifyClaims: () => isRight,
    })
    const token = await jwt.createAccessToken('ada')
    const csrf = await jwt.getCsrfToken(token)
    const ask = (requirements = {}): Promise<unknown> => outcomeOf(jwt, headersOf(token), requirements)
    const post = (value: string): Promise<unknown> =>
      outcomeOf(jwt, { method: 'POST', headers: { cookie: `access_token_cookie=${token}`, 'x-csrf-token': value } })
    expect([await ask(), await post(csrf)]).toEqual(['headers', 'cookies'])
    expect(await ask({ refresh: true })).toBe('token_wrong_type')
    expect(await ask({ fresh: true })).toBe('fresh_token_required')
    expect(await post('wrong')).toBe('csrf_mismatch')
    user = undefined
    expect(await ask()).toBe('user_not_found')
    isRight = false
    expect(await ask()).toBe('claims_rejected')
    revoked.add(await jwt.getJti(token))
    expect(await ask()).toBe('token_revoked')
  })

  test('is refused once its session has ended', async () => {
    const jwt = managerWith({ store: memoryStore({ clock }) })
    const { accessToken, sessionId } = await jwt.sessions.create('ada')
    expect(await outcomeOf(jwt, headersOf(accessToken))).toBe('headers')
    await jwt.sessions.revoke(sessionId)
    expect(await outcomeOf(jwt, headersOf(accessToken))).toBe('token_revoked')
  })

  test('is checked with the key that the application chooses today', async () => {
    const keys = [strongSecret, otherSecret].map(secret => importKey(secret, { algorithm: 'HS256' }))
    let chosen = keys[0]
    const jwt = managerWith({ secretKey: undefined, decodeKey: () => chosen, encodeKey: () => keys[0] })
    const token = await jwt.createAccessToken('ada')
    expect(await signatureChecks(() => twice(() => jwt.verifyToken(token)))).toBe(1)
    chosen = keys[1]
    await expect(jwt.verifyToken(token)).rejects.toMatchObject({ code: 'token_invalid' })
    chosen = undefined
    await expect(jwt.verifyToken(token)).rejects.toMatchObject({ code: 'token_invalid' })
  })

  test('says nothing to another manager, with other keys or options', async () => {
    const token = await managerWith({ encodeIssuer: 'a' }).createAccessToken('ada')
    await managerWith().verifyToken(token)
    await expect(managerWith({ secretKey: otherSecret }).verifyToken(token)).rejects.toMatchObject({
      code: 'token_invalid',
    })
    await expect(managerWith({ decodeIssuer: 'b' }).verifyToken(token)).rejects.toMatchObject({
      message: 'Invalid issuer',
    })
  })

  test('is not remembered where it was refused', async () => {
    const jwt = managerWith({ decodeAudience: 'api' })
    const token = await managerWith().createAccessToken('ada')
    const ask = (): Promise<unknown> => jwt.verifyToken(token).catch(() => {})
    expect(await signatureChecks(() => twice(ask))).toBe(2)
  })
})

test.each([
  [{ verifiedTokenCache: true }, /verifiedTokenCache must be/],
  [{ verifiedTokenCache: { max: 0 } }, /verifiedTokenCache.max must be a whole number above 0/],
  [{ verifiedTokenCache: { size: 5 } }, /unknown member size of verifiedTokenCache/],
])('the option %j is refused', (options, message) => {
  expect(() => managerWith(options as never)).toThrow(message)
})
