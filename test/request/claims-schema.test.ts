import type { JwtOptions } from 'jwt-extended'
import { JwtManager } from 'jwt-extended/fetch'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { sign } from './sign-raw.ts'
import { managerWith, now, outcomeOf, requestOf, secretKey } from './support.ts'

const claimsSchema = z.strictObject({
  since: z.string().transform(text => new Date(text)),
  plan: z.string().default('free'),
})
const since = '2026-01-01T00:00:00.000Z'
const right = { sub: 'alice', type: 'access', jti: 'a', exp: now + 60, since }
const headersOf = (token: string): Record<string, string> => ({ Authorization: `Bearer ${token}` })

describe('claimsSchema', () => {
  test('gives every loader the claims that it puts out', async () => {
    const seen: unknown[] = []
    const noting =
      <Answer>(answer: Answer) =>
      (_header: unknown, claims: Readonly<Record<string, unknown>>): Answer => {
        seen.push([claims['since'], claims['plan']])
        return answer
      }
    const refusal = { status: 401, json: {} }
    const loaders: Partial<JwtOptions> = {
      tokenInBlocklist: noting(false),
      verifyClaims: noting(true),
      userLookup: noting('a user'),
      onExpired: noting(refusal),
      onNeedsFresh: noting(refusal),
    }
    const jwt = managerWith({ claimsSchema, ...loaders })
    await jwt.authenticate(requestOf({ headers: headersOf(sign(right)) }))
    expect(seen).toHaveLength(3)
    await outcomeOf(jwt, { headers: headersOf(sign({ ...right, exp: now })) })
    await outcomeOf(jwt, { headers: headersOf(sign(right)) }, { fresh: true })
    expect(seen).toEqual(Array.from({ length: 5 }, () => [new Date(since), 'free']))
  })

  test('asks no loader about a token that does not fit', async () => {
    const unreachable = (): never => expect.unreachable('a loader was asked')
    const loaders = { tokenInBlocklist: unreachable, verifyClaims: unreachable, userLookup: unreachable }
    const jwt = managerWith({ claimsSchema, ...loaders })
    expect(await outcomeOf(jwt, { headers: headersOf(sign({ ...right, since: 5 })) })).toBe('claims_invalid')
  })

  test('still refuses a token that fits by whatever else is wrong about it', async () => {
    const outcome = (options: Partial<JwtOptions>): Promise<unknown> =>
      outcomeOf(managerWith({ claimsSchema, ...options }), { headers: headersOf(sign(right)) })
    expect(await outcome({})).toBe('headers')
    expect(await outcome({ tokenInBlocklist: () => true })).toBe('token_revoked')
    expect(await outcome({ verifyClaims: () => false })).toBe('claims_rejected')
    expect(await outcome({ userLookup: () => null })).toBe('user_not_found')
  })

  test('holds for refresh tokens too, and on every kind of route', async () => {
    const jwt = managerWith({ claimsSchema })
    const fit = { headers: headersOf(sign({ ...right, type: 'refresh' })) }
    const unfit = { headers: headersOf(sign({ ...right, type: 'refresh', since: 5 })) }
    expect(await outcomeOf(jwt, fit, { refresh: true })).toBe('headers')
    for (const requirements of [
      { refresh: true },
      { verifyType: false },
      { skipRevocationCheck: true, refresh: true },
      { optional: true, refresh: true },
      { optional: 'lenient', refresh: true },
    ] as const) {
      expect(await outcomeOf(jwt, unfit, requirements)).toBe('claims_invalid')
    }
  })

  test('lets no token that does not fit pass as anonymous, expired or not', async () => {
    const jwt = managerWith({ claimsSchema })
    const expired = { headers: headersOf(sign({ ...right, exp: now, since: 5 })) }
    expect(await outcomeOf(jwt, expired, { optional: 'lenient' })).toBe('claims_invalid')
    expect(await outcomeOf(jwt, { headers: headersOf(sign({ ...right, exp: now })) }, { optional: 'lenient' })).toBe(
      null,
    )
    expect(await outcomeOf(jwt, {}, { optional: true })).toBe(null)
  })

  test('holds for verifyToken and getJti, by the answers that are configured', async () => {
    const onInvalid = (message: string, code: string): { status: number; json: unknown } => ({
      status: 499,
      json: { message, code },
    })
    const jwt = managerWith({ claimsSchema, onInvalid })
    const answer = { status: 499, body: { message: 'Invalid claims: since', code: 'claims_invalid' } }
    await expect(jwt.verifyToken(sign({ ...right, since: 5 }))).rejects.toMatchObject(answer)
    await expect(jwt.getJti(sign({ ...right, since: 5 }))).rejects.toMatchObject(answer)
    const { claims } = await jwt.verifyToken(sign(right))
    expect(claims).toEqual({ ...right, fresh: false, since: new Date(since), plan: 'free' })
  })

  test('keeps its issues behind the configured answer', async () => {
    const error: unknown = await managerWith({ claimsSchema })
      .verifyToken(sign({ ...right, since: 5 }))
      .catch((caught: unknown) => caught)
    expect(error).toMatchObject({ issues: [{ path: ['since'] }] })
  })

  test('fits the tokens that additionalClaims makes', async () => {
    const jwt = managerWith({ claimsSchema, additionalClaims: () => ({ since }) })
    for (const token of [await jwt.createAccessToken('alice'), await jwt.createRefreshToken('alice')]) {
      expect((await jwt.verifyToken(token)).claims['since']).toEqual(new Date(since))
    }
  })

  test('does not stand in the way of cookies, which are written without a look at the claims', async () => {
    const unreachable = z.object({}).refine(() => expect.unreachable('the schema was asked'))
    const jwt = managerWith({ claimsSchema: unreachable, tokenLocation: 'cookies' })
    expect(await jwt.accessCookies(await jwt.createAccessToken('alice'))).toHaveLength(2)
  })

  test('leaves a renewed token the claims as they were signed', async () => {
    const jwt = new JwtManager({
      secretKey,
      claimsSchema,
      clock: () => now * 1000,
      tokenLocation: 'cookies',
      implicitRefresh: { within: '30m' },
      additionalClaims: () => ({ since }),
    })
    const token = await jwt.createAccessToken('alice', { expiresIn: '1m' })
    const handler = jwt.required((_request, { claims }) => Response.json(claims.since.getTime()))
    const headers = { Cookie: `access_token_cookie=${token}` }
    const response = await handler(new Request('http://localhost/', { headers }))
    expect(await response.json()).toBe(new Date(since).getTime())
    const [, renewed = ''] = /^access_token_cookie=([^;]+)/.exec(response.headers.getSetCookie()[0] ?? '') ?? []
    expect(jwt.decodeUnverified(renewed).claims).toMatchObject({ sub: 'alice', since })
    expect(jwt.decodeUnverified(renewed).claims).not.toHaveProperty('plan')
    expect((await jwt.verifyToken(renewed)).claims.since).toEqual(new Date(since))
  })
})
