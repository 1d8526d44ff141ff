import assert from 'node:assert/strict'
import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import type { Algorithm } from '../../../src/keys/algorithms.ts'
import { now } from '../../support/configure.ts'
import { forgeToken, plainClaims, plainHeader, signSegments, toSegment } from '../../support/forge.ts'
import { hasForbiddenName } from '../../support/json.ts'
import { generateKeyPair } from '../../support/key-pairs.ts'
import { respell, spelling } from '../spelling.ts'
import { codeOf, managerWith, unlessMistaken } from './outcomes.ts'
import type { Properties } from './property.ts'
import { claimValue } from './values.ts'

const hmac = managerWith()
const rsa = generateKeyPair('RS256')
const managers = {
  HS256: hmac,
  HS384: managerWith({ algorithm: 'HS384' }),
  HS512: managerWith({ algorithm: 'HS512' }),
  RS256: managerWith({ algorithm: 'RS256', ...rsa }),
  PS256: managerWith({ algorithm: 'PS256', ...rsa }),
  ES256: managerWith({ algorithm: 'ES256', ...generateKeyPair('ES256') }),
  ES512: managerWith({ algorithm: 'ES512', ...generateKeyPair('ES512') }),
  EdDSA: managerWith({ algorithm: 'EdDSA', ...generateKeyPair('EdDSA') }),
} satisfies Partial<Record<Algorithm, unknown>>

const reserved = ['type', 'jti', 'iat', 'nbf', 'fresh', 'csrf', 'sub']
const meaningful = [...reserved, 'exp', 'aud', 'iss']

const words = fc.string({ unit: 'grapheme' })
const json = claimValue(4)
const additionalClaims = fc
  .dictionary(words, json)
  .filter(claims => !hasForbiddenName(claims) && !meaningful.some(name => Object.hasOwn(claims, name)))

/** Seconds around a point in time, whole or not. */
const offset = fc.oneof(fc.integer({ min: -3, max: 3 }), fc.double({ min: -100, max: 100, noNaN: true }))
const leeway = fc.constantFrom(0, 1, 10, 0.5)

/** Names of which some are parts of others, or differ by case or blanks alone. */
const lookalike = fc.constantFrom('api', 'Api', 'api ', 'ap', 'a', '', 'api.example', 'https://api', '.*', 'apiapi')

function verdict(payload: object, options: Parameters<typeof managerWith>[0] = {}): Promise<string> {
  return codeOf(managerWith(options).verifyToken(forgeToken({ payload: { ...plainClaims, ...payload } })))
}

export const tokenProperties: Properties = {
  'what is signed is verified, under every algorithm': fc.asyncProperty(
    fc.constantFrom(...Object.values(managers)),
    words,
    additionalClaims,
    async (manager, identity, additional) => {
      const token = await manager.createAccessToken(identity, { claims: additional })
      const { type, jti, iat, nbf, exp, fresh, sub, ...others } = (await manager.verifyToken(token)).claims
      assert.deepEqual(
        { sub, type, fresh, iat, exp },
        { sub: identity, type: 'access', fresh: false, iat: now, exp: now + 900 },
      )
      assert.ok(isDeepStrictEqual(others, JSON.parse(JSON.stringify(additional))))
    },
  ),

  'an accepted token has one spelling': fc.asyncProperty(
    additionalClaims,
    fc.tuple(spelling, spelling, spelling),
    async (claims, [ofHeader, ofPayload, ofSignature]) => {
      const [header, payload] = [plainHeader, { ...plainClaims, ...claims }].map(toSegment) as [string, string]
      const signed = signSegments(respell(header, ofHeader), respell(payload, ofPayload))
      const [first = '', second = '', third = ''] = signed.split('.')
      const token = `${first}.${second}.${respell(third, ofSignature)}`
      const canonical = `${header}.${payload}.${third}`
      assert.equal(await codeOf(hmac.verifyToken(token)), token === canonical ? 'accepted' : 'token_invalid')
    },
  ),

  'the order of the members makes no difference': fc.asyncProperty(
    additionalClaims.chain(additional => {
      const members = Object.entries({ ...plainClaims, ...additional })
      return fc.shuffledSubarray(members, { minLength: members.length })
    }),
    fc.boolean(),
    async (members, isTypFirst) => {
      const header = isTypFirst ? { typ: 'JWT', alg: 'HS256' } : plainHeader
      const { claims } = await hmac.verifyToken(forgeToken({ header, payload: Object.fromEntries(members) }))
      assert.ok(isDeepStrictEqual({ ...claims }, JSON.parse(JSON.stringify(Object.fromEntries(members)))))
    },
  ),

  'members that nobody knows make no difference to the verdict': fc.asyncProperty(
    additionalClaims,
    fc.subarray(['exp', 'iat', 'nbf', 'jti', 'sub']),
    fc.constantFrom<unknown>(null, 1, 'x', now + 60, -1, []),
    async (additional, names, value) => {
      const claims = { ...plainClaims, ...Object.fromEntries(names.map(name => [name, value])) }
      assert.equal(await verdict({ ...additional, ...claims }), await verdict(claims))
    },
  ),

  'a token ends at the second of exp, plus the leeway': fc.asyncProperty(offset, leeway, async (after, slack) => {
    const exp = now + after
    const expected = Math.trunc(exp) > now - slack ? 'accepted' : 'token_expired'
    assert.equal(await verdict({ exp }, { leeway: slack }), expected)
  }),

  'what has expired never comes back later, nor with less leeway': fc.asyncProperty(
    offset,
    fc.double({ min: 0, max: 1e6, noNaN: true }),
    leeway,
    fc.double({ min: 0, max: 1, noNaN: true }),
    async (after, later, slack, share) => {
      const exp = now + after
      const at = (seconds: number) => () => (now + seconds) * 1000
      if ((await verdict({ exp }, { clock: at(0), leeway: slack })) === 'accepted') return
      const code = await verdict({ exp }, { clock: at(later), leeway: slack * share })
      assert.equal(code, 'token_expired')
    },
  ),

  'a token begins with nbf and iat, less the leeway': fc.asyncProperty(
    fc.constantFrom('nbf', 'iat'),
    offset,
    leeway,
    async (name, after, slack) => {
      const begin = name === 'nbf' ? now + after : Math.trunc(now + after)
      const expected = begin > now + slack ? 'token_invalid' : 'accepted'
      assert.equal(await verdict({ [name]: now + after }, { leeway: slack }), expected)
    },
  ),

  'an audience is accepted where it is one of those expected, to the letter': fc.asyncProperty(
    fc.option(fc.oneof(lookalike, fc.array(lookalike)), { nil: undefined }),
    fc.array(lookalike.filter(Boolean), { minLength: 1, maxLength: 3 }),
    async (aud, decodeAudience) => {
      const given = [aud ?? []].flat()
      const isMatch = decodeAudience.some(expected => given.some(one => one === expected))
      assert.equal(await verdict({ aud }, { decodeAudience }), isMatch ? 'accepted' : 'token_invalid')
    },
  ),

  'an issuer is accepted where it is one of those expected, to the letter': fc.asyncProperty(
    fc.option(fc.oneof(lookalike, fc.array(lookalike)), { nil: undefined }),
    fc.array(lookalike.filter(Boolean), { minLength: 1, maxLength: 3 }),
    async (iss, decodeIssuer) => {
      const isMatch = typeof iss === 'string' && decodeIssuer.indexOf(iss) !== -1
      assert.equal(await verdict({ iss }, { decodeIssuer }), isMatch ? 'accepted' : 'token_invalid')
    },
  ),

  'a registered claim of a wrong type is refused, never taken for absent': fc.asyncProperty(
    fc.constantFrom('exp', 'iat', 'nbf', 'sub', 'jti', 'iss', 'aud'),
    fc.oneof(
      fc.jsonValue({ maxDepth: 2 }),
      fc.constantFrom(null, false, 0, '', '0', [], {}, [null], [1], { length: 1 }),
    ),
    async (name, value) => {
      const isTime = ['exp', 'iat', 'nbf'].includes(name)
      const isList = name === 'aud' && Array.isArray(value) && value.every(one => typeof one === 'string')
      fc.pre(typeof value !== (isTime ? 'number' : 'string') && !isList)
      assert.equal(await verdict({ [name]: value }), 'token_invalid')
    },
  ),

  'a time that is no finite number is refused': fc.asyncProperty(
    fc.constantFrom('exp', 'iat', 'nbf'),
    fc.constantFrom('1e999', '-1e999', '1e400', '9'.repeat(400)),
    async (name, number) => {
      const payload = `{"sub":"alice","${name}":${number}}`
      assert.equal(await codeOf(hmac.verifyToken(forgeToken({ payload }))), 'token_invalid')
    },
  ),

  'a token without the identity claim is refused, whatever that claim is called': fc.asyncProperty(
    words.filter(name => name !== '' && ![...meaningful, 'sid'].includes(name) && !hasForbiddenName({ [name]: 1 })),
    fc.oneof(words, fc.integer(), fc.array(words)),
    async (identityClaim, identity) => {
      fc.pre(identityClaim !== '__proto__')
      const manager = managerWith({ identityClaim })
      const token = await manager.createAccessToken(identity)
      assert.deepEqual((await manager.verifyToken(token)).claims[identityClaim], identity)
      assert.equal(await codeOf(manager.verifyToken(forgeToken())), 'token_invalid')
    },
  ),

  'the CSRF value is accepted where it equals the claim': fc.asyncProperty(
    words,
    words,
    fc.boolean(),
    async (value, other, isSame) => {
      const token = forgeToken({ payload: { ...plainClaims, csrf: value } })
      const csrf = isSame ? value : other
      const expected = csrf === '' ? 'csrf_missing' : csrf === value ? 'accepted' : 'csrf_mismatch'
      assert.equal(await codeOf(hmac.verifyToken(token, { csrf })), expected)
    },
  ),

  'a header that changes how a token is read is refused': fc.asyncProperty(
    fc.constantFrom('crit', 'b64', 'zip', 'enc'),
    json,
    async (member, value) => {
      const header = { ...plainHeader, [member]: value }
      assert.equal(await codeOf(hmac.verifyToken(forgeToken({ header }))), 'token_invalid')
    },
  ),

  'a type of the token is one of a JWT, in any case, and its content no other token': fc.asyncProperty(
    fc.oneof(
      fc.constantFrom('JWT', 'jwt', 'at+jwt', 'application/JWT', 'Application/at+jwt', 'JWT ', 'JOSE', ''),
      json,
    ),
    fc.option(fc.oneof(fc.constantFrom('JWT', 'Application/jwt', 'json', ''), json), { nil: undefined }),
    async (typ, cty) => {
      const isType = typeof typ === 'string' && /^(application\/)?(at\+)?jwt$/i.test(typ)
      const isContent = cty === undefined || (typeof cty === 'string' && !/^(application\/)?jwt$/i.test(cty))
      const token = forgeToken({ header: { alg: 'HS256', typ, ...(cty !== undefined && { cty }) } })
      assert.equal(await codeOf(hmac.verifyToken(token)), isType && isContent ? 'accepted' : 'token_invalid')
    },
  ),

  'whatever is verified, nothing but a refusal is thrown': fc.asyncProperty(
    fc.oneof(
      fc.anything(),
      fc.string({ unit: 'binary', maxLength: 300 }),
      fc.string({ unit: fc.constantFrom('.', 'e', 'y', 'J', 'A', '_', '-'), maxLength: 60 }),
      fc.tuple(fc.json(), fc.json()).map(([header, payload]) => `${toSegment(header)}.${toSegment(payload)}.AAAA`),
    ),
    async token => {
      assert.equal(await codeOf(hmac.verifyToken(token as string)), 'token_invalid')
    },
  ),

  'whatever is decoded, nothing but a refusal is thrown': fc.asyncProperty(
    fc.oneof(
      fc.anything(),
      fc.string({ unit: 'binary' }),
      fc.tuple(fc.json(), fc.json(), fc.base64String()).map(([a, b, c]) => `${toSegment(a)}.${toSegment(b)}.${c}`),
      fc.tuple(fc.uint8Array(), fc.uint8Array()).map(([a, b]) => `${toSegment(a)}.${toSegment(b)}.AAAA`),
    ),
    async token => {
      await codeOf((async () => hmac.decodeUnverified(token as string).claims)())
    },
  ),

  'whatever bytes are well signed, they are accepted as a plain object or refused': fc.asyncProperty(
    fc.oneof(
      fc.constant<object>(plainHeader),
      fc.uint8Array(),
      fc.json(),
      fc.dictionary(fc.constantFrom('alg', 'typ', 'kid', 'cty', 'crit', 'x'), json),
    ),
    fc.oneof(
      fc.constant<object>(plainClaims),
      fc.uint8Array(),
      fc.json(),
      fc.dictionary(fc.constantFrom(...meaningful, 'x'), json),
    ),
    async (header, payload) => {
      const withAlg =
        typeof header === 'object' && !(header instanceof Uint8Array) ? { ...plainHeader, ...header } : header
      const token = forgeToken({ header: withAlg as string, payload: payload as string })
      const work = hmac.verifyToken(token)
      if ((await codeOf(work)) !== 'accepted') return
      const { claims } = await work
      assert.equal(Object.getPrototypeOf(claims), null)
      assert.ok(Object.hasOwn(claims, 'sub') && !hasForbiddenName(claims))
    },
  ),

  'decoding says the same as verifying, and that it is unverified': fc.asyncProperty(
    additionalClaims,
    async additional => {
      const token = await hmac.createAccessToken('alice', { claims: additional })
      const decoded = hmac.decodeUnverified(token)
      const { header, claims } = await hmac.verifyToken(token)
      assert.ok(isDeepStrictEqual([decoded.verified, decoded.header, decoded.claims], [false, header, claims]))
    },
  ),

  'whatever is made is accepted when it comes back': fc.asyncProperty(
    fc.anything(),
    fc.dictionary(fc.oneof(words, fc.constantFrom(...meaningful)), fc.anything()),
    fc.dictionary(
      fc.constantFrom('typ', 'alg', 'kid', 'cty', 'crit', 'jwk', 'x'),
      fc.oneof(fc.anything(), fc.constantFrom('HS256', 'JWT', 'at+jwt')),
    ),
    fc.boolean(),
    async (identity, claims, headers, isRefresh) => {
      const token = await unlessMistaken(() =>
        isRefresh
          ? hmac.createRefreshToken(identity as string, { claims, headers })
          : hmac.createAccessToken(identity as string, { claims, headers }),
      )
      if (token !== undefined) await hmac.verifyToken(token, { allowExpired: true })
    },
  ),

  'no additional claim takes a reserved place': fc.asyncProperty(
    fc.constantFrom(...reserved),
    json,
    fc.boolean(),
    async (name, value, isLoader) => {
      const claims = { [name]: value }
      const manager = isLoader ? managerWith({ additionalClaims: () => claims }) : hmac
      assert.equal(
        await unlessMistaken(() => manager.createAccessToken('alice', isLoader ? {} : { claims })),
        undefined,
      )
    },
  ),

  'a token is at most as long as the limit, on both ways': fc.asyncProperty(
    fc.nat(700),
    fc.integer({ min: 1, max: 900 }),
    async (length, maxTokenSize) => {
      const claims = { filling: 'x'.repeat(length) }
      const token = await unlessMistaken(() => managerWith({ maxTokenSize }).createAccessToken('alice', { claims }))
      if (token !== undefined) assert.ok(token.length <= maxTokenSize)
      const foreign = forgeToken({ payload: { ...plainClaims, ...claims } })
      const expected = foreign.length <= maxTokenSize ? 'accepted' : 'token_invalid'
      assert.equal(await codeOf(managerWith({ maxTokenSize }).verifyToken(foreign)), expected)
    },
  ),

  'no two tokens are the same, nor their ids': fc.asyncProperty(words, async identity => {
    const tokens = await Promise.all(Array.from({ length: 4 }, () => hmac.createAccessToken(identity)))
    const ids = await Promise.all(tokens.map(token => hmac.getJti(token)))
    assert.deepEqual([new Set(tokens).size, new Set(ids).size], [4, 4])
  }),

  'freshness lasts as long as it is said': fc.asyncProperty(
    fc.oneof(
      fc.boolean(),
      fc.nat(1e6),
      fc.nat(999).map(minutes => `${minutes}m`),
      fc.date({ noInvalidDate: true }),
    ),
    async fresh => {
      const { claims } = await hmac.verifyToken(await hmac.createAccessToken('alice', { fresh }))
      if (typeof fresh === 'boolean') assert.equal(claims.fresh, fresh)
      else if (fresh instanceof Date) assert.equal(claims.fresh, fresh.getTime() / 1000)
      else assert.equal(claims.fresh, now + (typeof fresh === 'number' ? fresh : Number.parseInt(fresh, 10) * 60))
    },
  ),

  'a life is as long as it is said': fc.asyncProperty(
    fc.oneof(
      fc.double(),
      fc.nat(1e6),
      fc.constant(false as const),
      fc.tuple(fc.nat(99), fc.constantFrom('s', 'm', 'h', 'd')).map(parts => parts.join('')),
    ),
    async expiresIn => {
      const token = await unlessMistaken(() => hmac.createAccessToken('alice', { expiresIn }))
      const isLife =
        expiresIn === false ||
        (typeof expiresIn === 'string' ? !/^0/.test(expiresIn) : expiresIn > 0 && expiresIn <= 8.64e12)
      assert.equal(token !== undefined, isLife)
      if (token === undefined) return
      const { exp } = (await hmac.verifyToken(token, { allowExpired: true })).claims
      if (typeof expiresIn !== 'string')
        assert.equal(exp, expiresIn === false ? undefined : Math.floor(now + expiresIn))
      else
        assert.equal(
          exp,
          now + Number.parseInt(expiresIn, 10) * ({ s: 1, m: 60, h: 3600, d: 86_400 }[expiresIn.slice(-1)] ?? 0),
        )
    },
  ),
}
