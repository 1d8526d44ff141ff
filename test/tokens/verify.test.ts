import { describe, expect, test } from 'vitest'
import { JwtError, refusedJwt } from '../../src/errors.ts'
import { importKey } from '../../src/keys/import-key.ts'
import type { JwtOptions, ResolvedOptions } from '../../src/options.ts'
import { isExpired, type VerifyOptions } from '../../src/tokens/verify.ts'
import { configure, type Loader, now, otherSecret, strongSecret } from '../support/configure.ts'
import { forgeToken, type Part, plainClaims, plainHeader, signSegments, toSegment } from '../support/forge.ts'
import { nestObjects } from '../support/json.ts'
import { generateKeyPair, toJwk, toPem } from '../support/key-pairs.ts'
import { mistakeOf, refusalOf } from '../support/refusals.ts'
import { verifyToken } from './verify-later.ts'

const verify = (
  token: unknown,
  options: JwtOptions = {},
  verifyOptions: VerifyOptions = {},
): ReturnType<typeof verifyToken> => verifyToken(token, verifyOptions, configure(options))

/** Verifies a well-signed token with these claims besides the plain ones; `undefined` takes one away. */
const verifyClaims = (
  claims: Readonly<Record<string, unknown>>,
  options: JwtOptions = {},
): ReturnType<typeof verifyToken> => verify(forgeToken({ payload: { ...plainClaims, ...claims } }), options)

/** Verifies a well-signed token whose claims are this text. */
const verifyPayload = (payload: Part): ReturnType<typeof verifyToken> => verify(forgeToken({ payload }))

/** The complaint about an invalid token, which never quotes it. */
async function complaintOf(work: Promise<unknown>): Promise<string> {
  const error = await refusalOf(work)
  expect(error.code).toBe('token_invalid')
  expect(refusedJwt(error)).toBeUndefined()
  return error.message
}

describe('verifyToken', () => {
  test('gives header and claims', async () => {
    expect(await verify(forgeToken())).toEqual({
      verified: true,
      header: plainHeader,
      claims: plainClaims,
      declaredType: 'access',
      expiresAt: now + 60,
    })
  })

  test('gives claims without a prototype', async () => {
    const { claims } = await verify(forgeToken())
    expect(Object.getPrototypeOf(claims)).toBeNull()
  })

  test('refuses a token by its grammar before it looks for a key', async () => {
    const options = { secretKey: undefined, decodeKey: () => expect.unreachable('the key was asked for') }
    expect(await complaintOf(verify('a.b', options))).toBe('Not enough segments')
  })

  test('fills in what a token of another issuer does not state', async () => {
    const { claims, declaredType } = await verifyPayload({ sub: 'alice' })
    expect(claims).toEqual({ sub: 'alice', type: 'access', fresh: false, jti: null })
    expect(declaredType).toBeUndefined()
  })

  test('leaves what the token states as it is', async () => {
    const payload = { ...plainClaims, type: 'refresh', fresh: now + 60, jti: 'id-2' }
    expect((await verifyPayload(payload)).claims).toEqual(payload)
  })

  test('says which type the token states itself', async () => {
    const { claims, declaredType } = await verifyClaims({ type: 'refresh' })
    expect(claims.type).toBe('refresh')
    expect(declaredType).toBe('refresh')
  })

  test('refuses a token longer than the longest size', async () => {
    const token = forgeToken()
    await verify(token, { maxTokenSize: token.length })
    expect(await complaintOf(verify(token, { maxTokenSize: token.length - 1 }))).toMatch(/^The token is longer than/)
  })
})

describe('the alg of a token', () => {
  test('must be there', async () => {
    expect(await complaintOf(verify(forgeToken({ header: { typ: 'JWT' } })))).toBe('Algorithm not specified')
  })

  test.each([
    ['none'],
    ['None'],
    ['hs256'],
    ['HS256 '],
    ['HS384'],
    ['RS256'],
    [''],
    ['__proto__'],
    [null],
    [256],
    [['HS256']],
    [{ toString: 1, valueOf: 1 }],
    [[{ toString: 1, valueOf: 1 }]],
    [{ toString: 'HS256' }],
  ])('cannot be %j where the key is one of HS256', async alg => {
    expect(await complaintOf(verify(forgeToken({ header: { ...plainHeader, alg } })))).toBe(
      'The specified alg value is not allowed',
    )
  })

  test('cannot be none without a signature', async () => {
    const token = `${toSegment({ alg: 'none' })}.${toSegment(plainClaims)}.`
    expect(await complaintOf(verify(token))).toBe('The specified alg value is not allowed')
  })

  test('may be one of several', async () => {
    const key = importKey(strongSecret, { algorithm: 'HS512' })
    const signingInput = `${toSegment({ alg: 'HS512' })}.${toSegment(plainClaims)}`
    const signature = await key.sign(signingInput)
    const token = `${signingInput}.${signature}`
    expect((await verify(token, { decodeAlgorithms: ['HS512'] })).header.alg).toBe('HS512')
    expect(await complaintOf(verify(token))).toBe('The specified alg value is not allowed')
  })

  test('cannot turn the public key into a secret', async () => {
    const { publicKey } = generateKeyPair('ES256')
    const token = forgeToken({ secret: toPem(publicKey) })
    expect(await complaintOf(verify(token, { secretKey: undefined, algorithm: 'ES256', publicKey }))).toBe(
      'The specified alg value is not allowed',
    )
  })
})

describe('the signature of a token', () => {
  const [header = '', payload = '', signature = ''] = forgeToken().split('.')

  test('cannot be of another key', async () => {
    expect(await complaintOf(verify(forgeToken({ secret: otherSecret })))).toBe('Signature verification failed')
  })

  test('cannot be missing', async () => {
    expect(await complaintOf(verify(`${header}.${payload}.`))).toBe('Signature verification failed')
  })

  test('cannot be that of other claims', async () => {
    const swapped = `${header}.${toSegment({ ...plainClaims, sub: 'mallory' })}.${signature}`
    expect(await complaintOf(verify(swapped))).toBe('Signature verification failed')
  })

  test('cannot be cut short', async () => {
    expect(await complaintOf(verify(`${header}.${payload}.${signature.slice(0, -3)}`))).toBe(
      'Signature verification failed',
    )
  })

  test.each([
    ['padding', `${signature}=`],
    ['a newline', `${signature}\n`],
    ['a blank', ` ${signature}`],
    ['a plus sign', `+${signature.slice(1)}`],
    ['a slash', `/${signature.slice(1)}`],
    ['a NUL', `${signature}\0`],
    ['a no-break space', `${signature}\u{a0}`],
    ['a foreign letter', `\u{141}${signature.slice(1)}`],
    ['spare bits', `${signature.slice(0, -1)}${String.fromCharCode(signature.charCodeAt(42) + 1)}`],
  ])('is spelled in one way, without %s', async (_, spelling) => {
    expect(await complaintOf(verify(`${header}.${payload}.${spelling}`))).toBe(
      'The signature is not base64url without padding',
    )
  })

  test('is checked before the claims are read', async () => {
    const unreadable = `${header}.${toSegment('[]')}.${signature}`
    expect(await complaintOf(verify(unreadable))).toBe('Signature verification failed')
  })
})

describe('the payload of a token', () => {
  test.each([
    ['is padded', `${toSegment(plainClaims)}==`],
    ['holds a newline', `${toSegment(plainClaims)}\n`],
  ])('is refused where it %s, well signed as it may be', async (_, segment) => {
    expect(await complaintOf(verify(signSegments(toSegment(plainHeader), segment)))).toBe(
      'The payload is not base64url without padding',
    )
  })

  test.each<[string, Part]>([
    ['empty', ''],
    ['a list', JSON.stringify([plainClaims])],
    ['a string', '"alice"'],
    ['null', 'null'],
    ['not UTF-8', Buffer.from('{"sub":"älice"}', 'latin1')],
    ['UTF-16', Buffer.from('{"sub":"alice"}', 'utf16le')],
    ['begun by a BOM', '\u{feff}{"sub":"alice"}'],
    ['with sub twice', '{"sub":"alice","sub":"mallory"}'],
    ['with sub twice, once escaped', '{"sub":"alice","\\u0073ub":"mallory"}'],
    ['with __proto__', '{"sub":"alice","__proto__":{"type":"access"}}'],
    ['nested too deep', `{"sub":"alice","a":${nestObjects(32)}}`],
  ])('is refused where it is %s', async (_, payload) => {
    expect(await complaintOf(verifyPayload(payload))).toBe(
      'The payload is not one JSON object in UTF-8 with each name once',
    )
  })
})

describe.each(['exp', 'nbf', 'iat'])('the claim %s', name => {
  test.each([
    ['null', 'null'],
    ['true', 'true'],
    ['a string', '"1800000000"'],
    ['an empty string', '""'],
    ['a list', '[1800000000]'],
    ['an object', '{}'],
    ['an infinite number', '1e400'],
    ['an infinite negative number', '-1e400'],
  ])('cannot be %s', async (_, value) => {
    expect(await complaintOf(verifyPayload(`{"sub":"alice","${name}":${value}}`))).toBe(
      `The claim ${name} must be a number`,
    )
  })

  test('need not be there', async () => {
    expect((await verifyClaims({ [name]: undefined })).claims).not.toHaveProperty(name)
  })
})

describe('the end of a token', () => {
  /** Verifies at so many milliseconds after `now`, where `exp` is 60 seconds after it. */
  const verifyAfter = (ms: number, leeway: number): ReturnType<typeof verifyToken> =>
    verify(forgeToken(), { clock: () => now * 1000 + ms, leeway })

  test.each([
    [59_999, 0],
    [69_999, 10],
    [0, 0],
  ])('has not come after %d ms with a leeway of %d s', async (ms, leeway) => {
    expect((await verifyAfter(ms, leeway)).claims.sub).toBe('alice')
  })

  test.each([
    [60_000, 0],
    [60_001, 0],
    [70_000, 10],
    [86_400_000, 10],
  ])('has come after %d ms with a leeway of %d s', async (ms, leeway) => {
    const error = await refusalOf(verifyAfter(ms, leeway))
    expect(error.code).toBe('token_expired')
    expect(error.message).toBe('Token has expired')
    expect(refusedJwt(error)).toMatchObject({ verified: true, header: plainHeader, claims: plainClaims })
  })

  test('comes at the whole second', async () => {
    const clock = (): number => (now + 60) * 1000
    expect((await refusalOf(verifyClaims({ exp: now + 60.9 }, { clock }))).code).toBe('token_expired')
  })

  test.each([0, -1, -1e300])('has come where exp is %d', async exp => {
    expect((await refusalOf(verifyClaims({ exp, iat: undefined }))).code).toBe('token_expired')
  })

  test('never comes without exp', async () => {
    const clock = (): number => 8.64e15
    expect((await verifyClaims({ exp: undefined }, { clock })).claims.sub).toBe('alice')
  })

  test('is passed over where that is asked for', async () => {
    const clock = (): number => (now + 3600) * 1000
    const { claims } = await verify(forgeToken(), { clock }, { allowExpired: true })
    expect(claims).toEqual(plainClaims)
  })

  test('is judged by the time when decodeKey has answered', async () => {
    let time = now
    const decodeKey = async (): Promise<undefined> => {
      time += 120
    }
    const { code } = await refusalOf(verify(forgeToken(), { clock: () => time * 1000, decodeKey }))
    expect(code).toBe('token_expired')
  })

  test('is told apart by isExpired', async () => {
    const jwt = await verify(forgeToken())
    expect(isExpired(jwt, now + 59.9, { leeway: 0 })).toBe(false)
    expect(isExpired(jwt, now + 60, { leeway: 0 })).toBe(true)
    expect(isExpired(jwt, now + 60, { leeway: 1 })).toBe(false)
  })
})

describe.each(['nbf', 'iat'])('the beginning of a token, by %s', name => {
  test.each([
    [0, 0],
    [-1, 0],
    [10, 10],
  ])('has come where it is %d s ahead with a leeway of %d s', async (ahead, leeway) => {
    expect((await verifyClaims({ [name]: now + ahead }, { leeway })).claims[name]).toBe(now + ahead)
  })

  test.each([
    [1, 0],
    [11, 10],
    [1e300, 0],
  ])('has not come where it is %d s ahead with a leeway of %d s', async (ahead, leeway) => {
    expect(await complaintOf(verifyClaims({ [name]: now + ahead }, { leeway }))).toBe(
      `The token is not yet valid (${name})`,
    )
  })

  test('has not come a millisecond before', async () => {
    expect(await complaintOf(verifyClaims({ iat: undefined, [name]: now }, { clock: () => now * 1000 - 1 }))).toBe(
      `The token is not yet valid (${name})`,
    )
  })
})

describe('a fraction of a second before a token begins', () => {
  test('refuses it by nbf (RFC 7519 section 4.1.5), as jose and jsonwebtoken do', async () => {
    expect(await complaintOf(verifyClaims({ nbf: now + 0.5 }))).toBe('The token is not yet valid (nbf)')
    expect((await verifyClaims({ nbf: now + 0.5 }, { clock: () => now * 1000 + 500 })).claims.nbf).toBe(now + 0.5)
  })

  test.each(['nbf', 'iat'])('is passed over where Flask-JWT-Extended is followed, by %s', async name => {
    const { claims } = await verifyClaims({ [name]: now + 0.9 }, { compatibility: 'flask' })
    expect(claims[name]).toBe(now + 0.9)
  })

  test('is passed over by iat, which says nothing of when a token is valid', async () => {
    expect((await verifyClaims({ iat: now + 0.9 })).claims.iat).toBe(now + 0.9)
  })
})

describe('the issuer of a token', () => {
  const decodeIssuer = 'https://issuer.example'

  test.each<[string, JwtOptions['decodeIssuer']]>([
    ['the expected one', decodeIssuer],
    ['one of several', ['https://other.example', decodeIssuer]],
  ])('may be %s', async (_, expected) => {
    expect((await verifyClaims({ iss: decodeIssuer }, { decodeIssuer: expected })).claims.iss).toBe(decodeIssuer)
  })

  test('must be there where one is expected', async () => {
    expect(await complaintOf(verifyClaims({}, { decodeIssuer }))).toBe('Token is missing the "iss" claim')
  })

  test.each([
    ['https://issuer.example/'],
    ['https://ISSUER.example'],
    ['https://issuer'],
    ['https://issuer.example.evil.example'],
    [''],
    [null],
    [1],
    [['https://issuer.example']],
    [{ 'https://issuer.example': true }],
  ])('cannot be %j where another is expected', async iss => {
    expect(await complaintOf(verifyClaims({ iss }, { decodeIssuer }))).toBe('Invalid issuer')
  })

  test('may be any where none is expected', async () => {
    expect((await verifyClaims({ iss: 'anybody' })).claims.iss).toBe('anybody')
  })

  test.each([[null], [1], [true], [['a']], [{}]])('cannot be %j even where none is expected', async iss => {
    expect(await complaintOf(verifyClaims({ iss }))).toBe('Issuer must be a string')
  })

  test('may be anything with flaskOptions where none is expected', async () => {
    expect((await verifyClaims({ iss: 1 }, { compatibility: 'flask' })).claims.iss).toBe(1)
  })
})

describe('the audience of a token', () => {
  const decodeAudience = 'api'

  test.each<[string, unknown, JwtOptions['decodeAudience']]>([
    ['the expected one', 'api', 'api'],
    ['a list with the expected one', ['web', 'api'], 'api'],
    ['one of several expected', 'web', ['api', 'web']],
    ['a list with one of several expected', ['mail', 'web'], ['api', 'web']],
  ])('may be %s', async (_, aud, expected) => {
    expect((await verifyClaims({ aud }, { decodeAudience: expected })).claims.aud).toEqual(aud)
  })

  test('must be there where one is expected', async () => {
    expect(await complaintOf(verifyClaims({}, { decodeAudience }))).toBe('Token is missing the "aud" claim')
  })

  test.each([['API'], ['ap'], ['apix'], ['api,web'], [' api'], [['web']], [['API', 'ap']]])(
    'cannot be %j where another is expected',
    async aud => {
      expect(await complaintOf(verifyClaims({ aud }, { decodeAudience }))).toBe("Audience doesn't match")
    },
  )

  test.each([[''], [[]], [null], [0]])('is missing where %j stands for it', async aud => {
    expect(await complaintOf(verifyClaims({ aud }, { decodeAudience }))).toBe('Token is missing the "aud" claim')
  })

  test.each([[''], [[]]])('may be %j where none is expected', async aud => {
    expect((await verifyClaims({ aud })).claims.aud).toEqual(aud)
  })

  const oddAudiences: readonly [unknown][] = [[1], [true], [{ api: true }], [['api', 1]], [['api', null]], [[['api']]]]

  test.each(oddAudiences)('cannot be %j where one is expected', async aud => {
    expect(await complaintOf(verifyClaims({ aud }, { decodeAudience }))).toBe('Invalid claim format in token')
  })

  test('may be any where none is expected', async () => {
    expect((await verifyClaims({ aud: ['a', 'b'] })).claims.aud).toEqual(['a', 'b'])
  })

  test.each(oddAudiences)('cannot be %j even where none is expected', async aud => {
    expect(await complaintOf(verifyClaims({ aud }))).toBe('Invalid claim format in token')
  })

  test('may be anything with flaskOptions where none is expected', async () => {
    expect((await verifyClaims({ aud: 1 }, { compatibility: 'flask' })).claims.aud).toBe(1)
  })
})

describe('the subject of a token', () => {
  test.each([[1], [0], [1.5], [null], [true], [['alice']], [{ id: 1 }]])('cannot be %j', async sub => {
    expect(await complaintOf(verifyClaims({ sub }))).toBe('Subject must be a string')
  })

  test.each([[42], [{ id: 1 }]])('may be %j where verifySub is off', async sub => {
    expect((await verifyClaims({ sub }, { verifySub: false })).claims['sub']).toEqual(sub)
  })

  test('must be a string where the identity is another claim, too', async () => {
    expect(await complaintOf(verifyClaims({ sub: 1, user: 7 }, { identityClaim: 'user' }))).toBe(
      'Subject must be a string',
    )
  })
})

describe('the id of a token', () => {
  test.each([[1], [null], [false], [['a']], [{}]])('cannot be %j', async jti => {
    expect(await complaintOf(verifyClaims({ jti }))).toBe('JWT ID must be a string')
  })
})

describe('the identity claim', () => {
  test('must be there', async () => {
    expect(await complaintOf(verifyClaims({ sub: undefined }))).toBe('Missing claim: sub')
  })

  test('must be there under its own name', async () => {
    expect(await complaintOf(verifyClaims({}, { identityClaim: 'user' }))).toBe('Missing claim: user')
  })

  test('is not found in a prototype', async () => {
    expect(await complaintOf(verifyClaims({}, { identityClaim: 'toString' }))).toBe('Missing claim: toString')
  })

  test.each([[7], [null], [{ id: 7 }]])('may be %j under another name than sub', async user => {
    expect((await verifyClaims({ user }, { identityClaim: 'user' })).claims['user']).toEqual(user)
  })
})

describe('the CSRF value of a token', () => {
  const csrf = '0b9e3e4c-0d9b-4a53-9b67-1f4f4b0a3f55'
  const token = forgeToken({ payload: { ...plainClaims, csrf } })

  test('may be the given one', async () => {
    expect((await verify(token, {}, { csrf })).claims.csrf).toBe(csrf)
  })

  test('is not asked for where none is given', async () => {
    expect((await verify(token)).claims.csrf).toBe(csrf)
  })

  test.each([
    ['of the same length', `1${csrf.slice(1)}`],
    ['a shorter one', csrf.slice(0, -1)],
    ['a longer one', `${csrf}0`],
    ['one as long in characters but not in bytes', `ä${csrf.slice(1)}`],
    ['one in capitals', csrf.toUpperCase()],
  ])('cannot be another: %s', async (_, given) => {
    const error = await refusalOf(verify(token, {}, { csrf: given }))
    expect(error.code).toBe('csrf_mismatch')
    expect(error.message).toBe('CSRF double submit tokens do not match')
  })

  test.each([[''], [undefined], [null]])('is missing where %j came with the token', async given => {
    const error = await refusalOf(verify(token, {}, { csrf: given as never }))
    expect(error.code).toBe('csrf_missing')
    expect(error.message).toBe('Missing CSRF token')
  })

  test.each([[''], [undefined], [null]])(
    'is not asked for with flaskOptions where %j came with the token',
    async given => {
      const { claims } = await verify(token, { compatibility: 'flask' }, { csrf: given as never })
      expect(claims.csrf).toBe(csrf)
    },
  )

  test.each([[42], [true], [[csrf]], [{}]])('is never %j', async given => {
    expect((await refusalOf(verify(token, {}, { csrf: given as never }))).code).toBe('csrf_mismatch')
  })

  test('must be there where one is given', async () => {
    expect(await complaintOf(verify(forgeToken(), {}, { csrf }))).toBe('Missing claim: csrf')
  })

  test.each([[1], [null], [[csrf]]])('cannot be %j', async value => {
    const odd = forgeToken({ payload: { ...plainClaims, csrf: value } })
    expect(await complaintOf(verify(odd, {}, { csrf }))).toBe('The claim csrf must be a string')
  })
})

describe('an expired token with another fault', () => {
  const expired = { ...plainClaims, exp: now - 1 }

  test.each<[string, Readonly<Record<string, unknown>>, JwtOptions, VerifyOptions, string]>([
    ['not yet valid', { nbf: now + 60 }, {}, {}, 'token_invalid'],
    ['of another issuer', { iss: 'b' }, { decodeIssuer: 'a' }, {}, 'token_invalid'],
    ['of another audience', { aud: 'b' }, { decodeAudience: 'a' }, {}, 'token_invalid'],
    ['with an odd subject', { sub: 1 }, {}, {}, 'token_invalid'],
    ['with an odd id', { jti: 1 }, {}, {}, 'token_invalid'],
    ['without an identity', {}, { identityClaim: 'user' }, {}, 'token_invalid'],
    ['with another CSRF value', { csrf: 'b' }, {}, { csrf: 'a' }, 'csrf_mismatch'],
  ])('is refused for that one: %s', async (_, claims, options, verifyOptions, code) => {
    const token = forgeToken({ payload: { ...expired, ...claims } })
    expect((await refusalOf(verify(token, options, verifyOptions))).code).toBe(code)
  })

  test('is refused for its signature', async () => {
    const error = await refusalOf(verify(forgeToken({ payload: expired, secret: otherSecret })))
    expect(error.message).toBe('Signature verification failed')
  })
})

describe('decodeKey', () => {
  const key = importKey(otherSecret, { algorithm: 'HS256' })
  const token = forgeToken({ secret: otherSecret, header: { ...plainHeader, kid: 'other' } })

  test.each<[string, Loader<'decodeKey'>]>([
    ['at once', () => key],
    ['as a promise', async () => key],
  ])('chooses the key %s', async (_, decodeKey) => {
    expect((await verify(token, { decodeKey })).claims.sub).toBe('alice')
  })

  test('gets what the token says, unverified', async () => {
    const asked: unknown[] = []
    const decodeKey: Loader<'decodeKey'> = (...args) => {
      asked.push(...args)
      return key
    }
    await verify(token, { decodeKey })
    expect(asked).toEqual([{ ...plainHeader, kid: 'other' }, plainClaims])
  })

  test('cannot change the claims that are verified', async () => {
    const decodeKey: Loader<'decodeKey'> = (_, claims) => {
      Object.assign(claims, { sub: 'mallory' })
      return key
    }
    expect((await verify(token, { decodeKey })).claims.sub).toBe('alice')
  })

  test.each([[undefined], [null]])('leaves the choice to the configured key by %j', async nothing => {
    const options = { decodeKey: () => nothing as never }
    expect((await verify(forgeToken(), options)).claims.sub).toBe('alice')
    expect(await complaintOf(verify(token, options))).toBe('Signature verification failed')
  })

  test('that finds none, where none is configured, refuses the token', async () => {
    expect(await complaintOf(verify(token, { secretKey: undefined, decodeKey: () => undefined }))).toBe(
      'There is no key for this token',
    )
  })

  const complaint = 'decodeKey threw, or returned something else than a key made by importKey: such tokens are refused'

  /** The refusal of the token, and what the application was warned of. */
  async function refuseBy(decodeKey: Loader<'decodeKey'>): Promise<{ error: JwtError; warnings: readonly string[] }> {
    const warnings: string[] = []
    const warn = (message: string): unknown => warnings.push(message)
    return { error: await refusalOf(verify(token, { decodeKey, warn })), warnings }
  }

  test.each([
    ['text', otherSecret],
    ['bytes', Buffer.from(otherSecret)],
    ['a JWK', toJwk(generateKeyPair('ES256').publicKey)],
    ['an object like a key', { algorithm: 'HS256', type: 'secret', verify: () => true }],
    ['true', true],
  ])('that returns %s refuses the token', async (_, value) => {
    const { error, warnings } = await refuseBy(() => value as never)
    expect(error.code).toBe('token_invalid')
    expect(error.message).toBe('There is no key for this token')
    expect(error.cause).toEqual(new TypeError('decodeKey must return a key made by importKey, or undefined'))
    expect(warnings).toEqual([complaint])
  })

  const failure = new Error('connection refused')

  test.each<[string, Loader<'decodeKey'>]>([
    [
      'throws',
      () => {
        throw failure
      },
    ],
    ['rejects', () => Promise.reject(failure)],
  ])('that %s refuses the token and keeps the cause', async (_, decodeKey) => {
    const { error, warnings } = await refuseBy(decodeKey)
    expect(error.message).toBe('There is no key for this token')
    expect(error.cause).toBe(failure)
    expect(warnings).toEqual([complaint])
  })

  test('that throws a refusal of its own has it answered', async () => {
    const refusal = new JwtError('store_unavailable', 'The keys cannot be loaded')
    expect(await refuseBy(() => Promise.reject(refusal))).toEqual({ error: refusal, warnings: [] })
  })

  test('does not choose the algorithm', async () => {
    const options = { decodeKey: () => importKey(otherSecret, { algorithm: 'HS512' }) }
    expect(await complaintOf(verify(token, options))).toBe('The specified alg value is not allowed')
  })

  test('is not asked about claims that cannot be read', async () => {
    const options = { decodeKey: () => expect.unreachable('the key was asked for') }
    expect(await complaintOf(verify(forgeToken({ payload: '[]' }), options))).toMatch(/^The payload is not one JSON/)
  })

  test('is not asked about a token without alg', async () => {
    const options = { decodeKey: () => expect.unreachable('the key was asked for') }
    expect(await complaintOf(verify(forgeToken({ header: { typ: 'JWT' } }), options))).toBe('Algorithm not specified')
  })
})

describe('a manager without a key to verify with', () => {
  const config: ResolvedOptions = configure({
    secretKey: undefined,
    algorithm: 'ES256',
    privateKey: generateKeyPair('ES256').privateKey,
  })

  test('says how to give it one', async () => {
    const token = forgeToken({ header: { alg: 'ES256' } })
    expect((await mistakeOf(verifyToken(token, {}, config))).message).toBe(
      'This manager has no key to verify with: set publicKey (or decodeKey)',
    )
  })
})
