import type { JwtOptions, Requirements } from 'jwt-extended'
import { memoryStore, type RevocationQuery } from 'jwt-extended/stores'
import { describe, expect, test } from 'vitest'
import { sign } from './sign-raw.ts'
import { managerWith, now, outcomeOf } from './support.ts'

const plain = { sub: 'ada', type: 'access', jti: 'id-1', iat: now - 5, exp: now + 60 }
const sid = '01a3185c-5000-7dd0-b2bb-28d873da208d'

function requestWith(claims: object): { headers: Record<string, string> } {
  return { headers: { authorization: `Bearer ${sign(claims)}` } }
}

/** A manager whose store answers as told, and what it was asked. */
function asked(
  answer: () => Promise<boolean>,
  options: Partial<JwtOptions> = {},
): { jwt: ReturnType<typeof managerWith>; queries: RevocationQuery[] } {
  const queries: RevocationQuery[] = []
  const isRevoked = (query: RevocationQuery): Promise<boolean> => {
    queries.push(query)
    return answer()
  }
  return { jwt: managerWith({ store: Object.assign(memoryStore(), { isRevoked }), ...options }), queries }
}

describe('what the store is asked, once for each request', () => {
  const watermarks = ['user:ada', 'all']

  test.each<[string, object, Requirements, Partial<RevocationQuery>]>([
    ['an access token', plain, {}, { ids: ['jti:id-1'], watermarks: [...watermarks, 'access:ada'] }],
    ['a refresh token', { ...plain, type: 'refresh' }, { refresh: true }, { ids: ['jti:id-1'], watermarks }],
    [
      'an access token of a session',
      { ...plain, sid },
      {},
      { ids: ['jti:id-1', `sid:${sid}`], watermarks: ['access:ada', 'access', 'all'], session: { sid } },
    ],
    [
      'a refresh token of a session',
      { ...plain, type: 'refresh', sid },
      { refresh: true },
      { ids: ['jti:id-1', `sid:${sid}`], watermarks: [], session: { sid, refresh: { jti: 'id-1', graceMs: 30_000 } } },
    ],
    ['a token of another issuer with a sid of its own', { ...plain, sid: 'abc' }, {}, { ids: ['jti:id-1'] }],
    ['a token without a time', { ...plain, iat: undefined }, {}, { issuedAt: 0 }],
    ['a token with a time in its id', { ...plain, jti: sid }, {}, { issuedAt: 0x01a3185c5000 }],
  ])('about %s', async (_name, claims, requirements, query) => {
    const { jwt, queries } = asked(async () => false)
    expect(await outcomeOf(jwt, requestWith(claims), requirements)).toBe('headers')
    expect(queries).toEqual([expect.objectContaining({ sub: 'ada', issuedAt: (now - 5) * 1000, ...query })])
  })

  test('is the identity as text, whatever it is', async () => {
    const { jwt, queries } = asked(async () => false, { identityClaim: 'user' })
    await outcomeOf(jwt, requestWith({ ...plain, user: { id: 1 } }))
    expect(queries[0]?.sub).toBe('{"id":1}')
  })

  test('comes after type and freshness, and not where the route does without', async () => {
    const { jwt, queries } = asked(async () => true)
    expect(await outcomeOf(jwt, requestWith(plain), { refresh: true })).toBe('token_wrong_type')
    expect(await outcomeOf(jwt, requestWith(plain), { fresh: true })).toBe('fresh_token_required')
    expect(await outcomeOf(jwt, requestWith(plain), { skipRevocationCheck: true })).toBe('headers')
    expect(queries).toEqual([])
  })
})

describe('the answer of the store', () => {
  test('refuses a token that is revoked, also on an optional route, expired or not', async () => {
    const { jwt } = asked(async () => true)
    expect(await outcomeOf(jwt, requestWith(plain))).toBe('token_revoked')
    expect(await outcomeOf(jwt, requestWith({ ...plain, exp: now - 1 }), { optional: 'lenient' })).toBe('token_revoked')
  })

  test('refuses where it is anything but false', async () => {
    const { jwt } = asked(async () => undefined as unknown as boolean)
    expect(await outcomeOf(jwt, requestWith(plain))).toBe('token_revoked')
  })

  test('does not spare the blocklist of the application', async () => {
    const { jwt } = asked(async () => false, { tokenInBlocklist: () => true })
    expect(await outcomeOf(jwt, requestWith(plain))).toBe('token_revoked')
  })

  test('cannot be given about a token without an id', async () => {
    const { jwt } = asked(async () => false)
    expect(await outcomeOf(jwt, requestWith({ ...plain, jti: undefined }))).toBe('token_invalid')
    const flask = asked(async () => false, { compatibility: 'flask' })
    expect(await outcomeOf(flask.jwt, requestWith({ ...plain, jti: undefined }))).toBe('headers')
    expect(flask.queries[0]?.ids).toEqual([])
    await outcomeOf(flask.jwt, requestWith({ ...plain, type: 'refresh', sid, jti: undefined }), { refresh: true })
    expect(flask.queries[1]?.session?.refresh?.jti).toBe('')
  })
})

describe('a store that fails', () => {
  const fail = (): Promise<boolean> => Promise.reject(new Error('down'))

  test('refuses the request, unless the manager or the route accepts the risk', async () => {
    const cautious = asked(fail).jwt
    const daring = asked(fail, { onStoreError: 'accept' }).jwt
    expect(await outcomeOf(cautious, requestWith(plain))).toBe('store_unavailable')
    expect(await outcomeOf(cautious, requestWith(plain), { onStoreError: 'accept' })).toBe('headers')
    expect(await outcomeOf(daring, requestWith(plain))).toBe('headers')
    expect(await outcomeOf(daring, requestWith(plain), { onStoreError: 'reject' })).toBe('store_unavailable')
  })

  test('does not hide a mistake of the application', async () => {
    const blocklist = { tokenInBlocklist: () => Promise.reject(new Error('down')) }
    const { jwt } = asked(async () => false, { ...blocklist, onStoreError: 'accept' })
    expect(await outcomeOf(jwt, requestWith(plain))).toBe('store_unavailable')
  })

  test.each(['ignore', true, 1])('takes no %j for what is to become of a request', onStoreError => {
    const { jwt } = asked(fail)
    const requirements = { onStoreError } as unknown as Requirements
    return expect(outcomeOf(jwt, requestWith(plain), requirements)).resolves.toMatch(/'reject' or 'accept'/)
  })
})
