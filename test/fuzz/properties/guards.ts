import assert from 'node:assert/strict'
import fc from 'fast-check'
import { importKey } from '../../../src/keys/import-key.ts'
import { requestOf } from '../../request/support.ts'
import { now, otherSecret, strongSecret } from '../../support/configure.ts'
import { forgeToken, plainClaims } from '../../support/forge.ts'
import { codeOf, managerWith, unlessMistaken } from './outcomes.ts'
import type { Properties } from './property.ts'
import { bearer, fieldValue, foundAt, otherToken, validToken } from './requests.ts'
import { claimValue } from './values.ts'

const guarded = managerWith()

function open(payload: object, requirements: Parameters<typeof foundAt>[2]): Promise<unknown> {
  return foundAt(guarded, bearer(forgeToken({ payload: { ...plainClaims, ...payload } })), requirements)
}

/** Values of `type` near those that count. */
const type = fc.oneof(
  fc.constantFrom<unknown>(
    'access',
    'refresh',
    'Access',
    'REFRESH',
    'access ',
    '',
    'id',
    null,
    true,
    ['access'],
    ['refresh'],
    undefined,
  ),
  claimValue(1),
)

/** What a function of the application may return, or throw, by mistake. */
const anyAnswer = fc.oneof(
  fc.constantFrom<unknown>(true, false, undefined, null, 0, 1, '', 'true', 'false', [], {}),
  fc.anything(),
)

/** Tokens with something wrong about them, none of which has expired. */
const badToken = fc.oneof(
  fc.stringMatching(/^[\w.-]{1,30}$/),
  fc.constantFrom(
    forgeToken({ secret: otherSecret }),
    forgeToken({ payload: { ...plainClaims, nbf: now + 9 } }),
    forgeToken({ header: { alg: 'none' } }),
    forgeToken({ payload: '[]' }),
  ),
  fc.nat(validToken.length - 2).map(at => validToken.slice(0, at) + validToken.slice(at + 1)),
)

/** What a client may write into the header: nothing of ours, one token or several words, two tokens. */
const authorization = fc.oneof(
  fieldValue,
  fc
    .array(fc.constantFrom('Bearer', 'Basic', 'a.b.c', validToken, otherToken, ','), { maxLength: 5 })
    .map(words => words.join(' ')),
)

export const guardProperties: Properties = {
  'an access token opens access routes and a refresh token refresh routes, whatever the type is': fc.asyncProperty(
    type,
    fc.boolean(),
    fc.constantFrom(true, false, 'lenient' as const),
    async (value, refresh, optional) => {
      const opens = value === (refresh ? 'refresh' : 'access')
      assert.equal(await open({ type: value }, { refresh, optional }), opens ? 'headers' : 'token_wrong_type')
    },
  ),

  'further types open access routes where they are configured, and never refresh routes': fc.asyncProperty(
    fc.uniqueArray(fc.constantFrom('id', 'Access', 'api', ''), { maxLength: 3 }),
    type,
    async (more, value) => {
      const acceptedAccessTypes = ['access', ...more.filter(Boolean)]
      const manager = managerWith({ acceptedAccessTypes })
      const parts = bearer(forgeToken({ payload: { ...plainClaims, type: value } }))
      const opens = acceptedAccessTypes.includes(value as string)
      assert.equal(await foundAt(manager, parts), opens ? 'headers' : 'token_wrong_type')
      if (opens) assert.equal(await foundAt(manager, parts, { refresh: true }), 'token_wrong_type')
    },
  ),

  'a fresh route opens to true and to a time ahead': fc.asyncProperty(
    fc.oneof(
      fc.constantFrom<unknown>(true, false, 'true', null, 1, [], undefined),
      fc.double({ min: -10, max: 10, noNaN: true }).map(by => now + by),
      claimValue(1),
    ),
    async fresh => {
      const isFresh = fresh === true || (typeof fresh === 'number' && fresh >= now)
      const isProper = typeof fresh === 'boolean' || typeof fresh === 'number' || fresh === undefined
      const expected = isFresh ? 'headers' : isProper ? 'fresh_token_required' : 'token_invalid'
      assert.equal(await open({ fresh }, { fresh: true }), expected)
      assert.equal(await open({ fresh }, {}), 'headers')
    },
  ),

  'freshness that ends never comes back': fc.asyncProperty(
    fc.nat(1000),
    fc.nat(2000),
    fc.nat(2000),
    async (life, first, more) => {
      let at = now
      const manager = managerWith({ clock: () => at * 1000, accessTokenExpires: false })
      const parts = bearer(await manager.createAccessToken('alice', { fresh: life }))
      at = now + first
      const before = await foundAt(manager, parts, { fresh: true })
      assert.equal(before, first <= life ? 'headers' : 'fresh_token_required')
      at += more
      if (before !== 'headers') assert.equal(await foundAt(manager, parts, { fresh: true }), before)
    },
  ),

  'an optional route lets nobody pass with a token that is wrong': fc.asyncProperty(
    badToken,
    fc.constantFrom('headers', 'cookies', 'query', 'json'),
    fc.constantFrom(true, 'lenient' as const),
    async (token, place, optional) => {
      fc.pre(token !== validToken)
      const manager = managerWith({ tokenLocation: place, csrf: false })
      const parts = {
        headers: {
          authorization: `Bearer ${token}`,
          cookie: `access_token_cookie=${token}`,
          'content-type': 'application/json',
        },
        query: { jwt: [token] },
        body: { access_token: token },
      }
      assert.equal(await foundAt(manager, parts, { optional }), 'token_invalid')
    },
  ),

  'an optional route says of a request with a token what a protected one does': fc.asyncProperty(
    authorization,
    fc.record(
      { type, exp: fc.constantFrom(now + 9, now - 9, null), nbf: fc.constantFrom(now, now + 9) },
      { requiredKeys: [] },
    ),
    fc.boolean(),
    async (text, claims, isToken) => {
      const parts = isToken
        ? bearer(forgeToken({ payload: { ...plainClaims, ...claims } }))
        : { headers: { authorization: text } }
      const outcome = await foundAt(guarded, parts)
      assert.equal(await foundAt(guarded, parts, { optional: true }), outcome === 'token_missing' ? null : outcome)
    },
  ),

  'a lenient route takes an expired token for none, and nothing else that is wrong': fc.asyncProperty(
    fc.integer({ min: -100, max: 100 }),
    fc.constantFrom<object>({}, { nbf: now + 60 }, { sub: 1 }, { iss: 1 }),
    fc.boolean(),
    async (after, fault, isForged) => {
      const payload = { ...plainClaims, exp: now + after, ...fault }
      const parts = bearer(forgeToken({ payload, ...(isForged && { secret: otherSecret }) }))
      const isWrong = isForged || Object.keys(fault).length > 0
      const expected = isWrong ? 'token_invalid' : after > 0 ? 'headers' : null
      assert.equal(await foundAt(guarded, parts, { optional: 'lenient' }), expected)
    },
  ),

  'a check of the claims lets pass with true alone': fc.asyncProperty(
    anyAnswer,
    fc.boolean(),
    async (answer, throws) => {
      const verifyClaims = (): never => {
        if (throws) throw new TypeError('verifyClaims failed')
        return answer as never
      }
      const work = managerWith({ verifyClaims }).authenticate(requestOf(bearer(validToken)))
      const outcome = await unlessMistaken(() => codeOf(work))
      const expected = throws
        ? undefined
        : answer === true
          ? 'accepted'
          : answer === false
            ? 'claims_rejected'
            : undefined
      assert.equal(outcome, expected)
    },
  ),

  'a blocklist lets pass with false alone': fc.asyncProperty(anyAnswer, fc.boolean(), async (answer, throws) => {
    const tokenInBlocklist = (): never => {
      if (throws) throw new Error('no answer')
      return answer as never
    }
    const outcome = await foundAt(managerWith({ tokenInBlocklist }), bearer(validToken), { onStoreError: 'accept' })
    const proper = answer === true ? 'token_revoked' : answer === false ? 'headers' : 'store_unavailable'
    assert.equal(outcome, throws ? 'store_unavailable' : proper)
  }),

  'a user that is not found is refused, every other value is the user': fc.asyncProperty(anyAnswer, async user => {
    fc.pre(typeof (user as { then?: unknown } | null | undefined)?.then !== 'function')
    const manager = managerWith({ userLookup: () => user })
    const work = manager.authenticate(requestOf(bearer(validToken)))
    assert.equal(await codeOf(work), user === undefined || user === null ? 'user_not_found' : 'accepted')
    if (user !== undefined && user !== null) assert.equal((await work).user, user)
  }),

  'a key that an application chooses is one of importKey, or the token is refused': fc.asyncProperty(
    fc.oneof(
      fc.anything(),
      fc.constantFrom<unknown>(
        strongSecret,
        importKey(strongSecret, { algorithm: 'HS256' }),
        importKey(otherSecret, { algorithm: 'HS256' }),
        importKey(strongSecret, { algorithm: 'HS512' }),
      ),
    ),
    fc.boolean(),
    async (key, hasOwn) => {
      const manager = managerWith({ ...(!hasOwn && { secretKey: undefined }), decodeKey: () => key as never })
      const isNone = key === undefined || key === null
      const fits = isNone ? hasOwn : await signsLike(key)
      assert.equal(await codeOf(manager.verifyToken(validToken)), fits ? 'accepted' : 'token_invalid')
    },
  ),

  'what a loader adds to a token is in it, and wins over nothing that is passed': fc.asyncProperty(
    fc.dictionary(fc.constantFrom('role', 'org', 'x'), claimValue(1)),
    fc.dictionary(fc.constantFrom('role', 'org', 'y'), claimValue(1)),
    async (fromLoader, passed) => {
      const manager = managerWith({ additionalClaims: () => fromLoader })
      const { claims } = await manager.verifyToken(await manager.createAccessToken('alice', { claims: passed }))
      const { role, org, x, y } = claims
      const expected = JSON.parse(JSON.stringify({ ...fromLoader, ...passed })) as object
      assert.deepEqual(
        { role, org, x, y },
        { role: undefined, org: undefined, x: undefined, y: undefined, ...expected },
      )
    },
  ),

  'requirements of a route are what they may be, or a TypeError': fc.asyncProperty(
    fc.oneof(
      fc.anything(),
      fc.dictionary(
        fc.constantFrom(
          'optional',
          'fresh',
          'refresh',
          'locations',
          'verifyType',
          'skipRevocationCheck',
          'onStoreError',
          'frech',
        ),
        fc.oneof(fc.boolean(), fc.constantFrom('lenient', 'reject', 'headers'), fc.anything()),
      ),
    ),
    async requirements => {
      const work = unlessMistaken(() =>
        codeOf(guarded.authenticate(requestOf(bearer(validToken)), requirements as object)),
      )
      const outcome = await work
      if (outcome === undefined) return
      const { frech, optional, fresh } = { ...(requirements as Record<string, unknown> | undefined) }
      assert.equal(frech, undefined)
      for (const value of [optional, fresh])
        assert.ok(['boolean', 'undefined'].includes(typeof value) || value === 'lenient')
    },
  ),
}

/** Whether a key is the one that the token was signed with. */
async function signsLike(key: unknown): Promise<boolean> {
  const [header, payload, signature] = validToken.split('.')
  const { sign, algorithm } = key as { sign?: (input: string) => Buffer; algorithm?: string }
  if (typeof sign !== 'function' || algorithm !== 'HS256') return false
  return sign.call(key, `${header}.${payload}`).toString('base64url') === signature
}
