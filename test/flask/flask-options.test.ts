import { generateKeyPairSync } from 'node:crypto'
import { JwtManager, type JwtOptions } from 'jwt-extended'
import { flaskOptions, parseEnvironment } from 'jwt-extended/flask'
import { afterEach, describe, expect, test, vi } from 'vitest'

// Long enough for HS512, too.
const secretKey = 'rK2-vTn8Wq5-Xb1mYc7-Zd4pHs9-Lf3gJw6-Eu0aOi-Qx7-Ny2tGv5-Mk8bRj1Cs4'

const JWT_SECRET_KEY = secretKey

describe('flaskOptions', () => {
  test('has the defaults of Flask-JWT-Extended', () => {
    expect(flaskOptions({ JWT_SECRET_KEY })).toMatchObject({
      compatibility: 'flask',
      algorithm: 'HS256',
      secretKey,
      accessTokenExpires: 900,
      refreshTokenExpires: 2_592_000,
      tokenLocation: ['headers'],
      cookies: { secure: false, sameSite: false, session: true },
      csrf: { methods: ['POST', 'PUT', 'PATCH', 'DELETE'], fetchMetadata: false, checkForm: false, inCookies: true },
      errorMessageKey: 'msg',
    })
  })

  test('makes options that a manager takes, with loaders beside them', async () => {
    const jwt = new JwtManager({ ...flaskOptions({ JWT_SECRET_KEY }), userLookup: () => ({ id: 1 }) })
    expect((await jwt.verifyToken(await jwt.createAccessToken('alice'))).claims.sub).toBe('alice')
  })

  test.each<[object, Partial<JwtOptions>]>([
    [{ JWT_SECRET_KEY: '', SECRET_KEY: secretKey }, { secretKey }],
    [{ JWT_SECRET_KEY, SECRET_KEY: 'another' }, { secretKey }],
    [{ JWT_ACCESS_TOKEN_EXPIRES: false }, { accessTokenExpires: false }],
    [{ JWT_TOKEN_LOCATION: 'query_string' }, { tokenLocation: ['query'] }],
    [{ JWT_TOKEN_LOCATION: ['cookies', 'json'] }, { tokenLocation: ['cookies', 'json'] }],
    [{ JWT_HEADER_TYPE: null }, { header: { name: 'Authorization', type: '' } }],
    [{ JWT_COOKIE_CSRF_PROTECT: false }, { csrf: false }],
    [{ JWT_COOKIE_SAMESITE: 'strict' }, { cookies: expect.objectContaining({ sameSite: 'Strict' }) }],
    [{ JWT_SESSION_COOKIE: false }, { cookies: expect.objectContaining({ session: false, maxAge: 31_540_000 }) }],
    [{ JWT_CSRF_METHODS: ['post', 'PUT'] }, { csrf: expect.objectContaining({ methods: ['PUT'] }) }],
    [{ JWT_DECODE_ALGORITHMS: ['HS512', 'RS256', 'hs384', 'HS256'] }, { decodeAlgorithms: ['HS256', 'HS512'] }],
    [{ JWT_DECODE_ISSUER: 'me' }, { decodeIssuer: ['me'] }],
    [{ JWT_DECODE_ISSUER: ['me', 5] }, { decodeIssuer: ['me'] }],
    [{ JWT_DECODE_ISSUER: 5 }, { decodeIssuer: [] }],
    [{ JWT_DECODE_AUDIENCE: ['a', 'b'] }, { decodeAudience: ['a', 'b'] }],
    [{ JWT_DECODE_AUDIENCE: ['a', 5] }, { decodeAudience: ['a'] }],
    [{ JWT_CSRF_METHODS: 'POST, PUT' }, { csrf: expect.objectContaining({ methods: ['POST', 'PUT'] }) }],
    [{ JWT_DECODE_LEEWAY: true }, { leeway: 1 }],
    [{ JWT_IDENTITY_CLAIM: '' }, { identityClaim: '' }],
    [{ JWT_QUERY_STRING_NAME: '' }, { query: { name: '', prefix: '' } }],
    [{ JWT_ENCODE_AUDIENCE: '' }, { encodeAudience: undefined }],
    [{ JWT_ENCODE_AUDIENCE: [] }, { encodeAudience: undefined }],
    [{ JWT_ENCODE_AUDIENCE: 5 }, { encodeAudience: 5 as never }],
    [{ JWT_ENCODE_ISSUER: 0 }, { encodeIssuer: undefined }],
    [{ JWT_DECODE_LEEWAY: -30 }, { leeway: -30 }],
    [{ JWT_ERROR_MESSAGE_KEY: '' }, { errorMessageKey: '' }],
    [{ DEBUG: true, SQLALCHEMY_DATABASE_URI: 'x' }, { secretKey }],
  ])('turns %j into options', (config, expected) => {
    const options = flaskOptions({ JWT_SECRET_KEY, ...config })
    expect(options).toMatchObject(expected)
    expect(() => new JwtManager(options)).not.toThrow()
  })

  test.each<[object, RegExp]>([
    [{ JWT_SECERT_KEY: 'x' }, /no JWT_SECERT_KEY: did you mean JWT_SECRET_KEY\?/],
    [{ JWT_BLACKLIST_ENABLED_AND_MORE_OF_IT: true }, /leave it out/],
    [{ JWT_ALGORITHM: 'none' }, /JWT_ALGORITHM "none" is not supported/],
    [{ JWT_DECODE_ALGORITHMS: 'HS512' }, /JWT_DECODE_ALGORITHMS must be a list/],
    [{ JWT_ACCESS_TOKEN_EXPIRES: 1.5 }, /JWT_ACCESS_TOKEN_EXPIRES must be a whole number/],
    [{ JWT_REFRESH_TOKEN_EXPIRES: '300' }, /JWT_REFRESH_TOKEN_EXPIRES must be a whole number/],
    [{ JWT_ACCESS_TOKEN_EXPIRES: true }, /must be a whole number/],
    [{ JWT_TOKEN_LOCATION: 'banana' }, /JWT_TOKEN_LOCATION can only contain headers, cookies, query_string, json/],
    [{ JWT_TOKEN_LOCATION: ['__proto__'] }, /JWT_TOKEN_LOCATION can only contain/],
    [{ JWT_TOKEN_LOCATION: 'query' }, /JWT_TOKEN_LOCATION can only contain/],
    [{ JWT_TOKEN_LOCATION: null }, /JWT_TOKEN_LOCATION can only contain/],
    [{ JWT_DECODE_LEEWAY: null }, /JWT_DECODE_LEEWAY must be a number/],
    [{ JWT_DECODE_AUDIENCE: 5 }, /JWT_DECODE_AUDIENCE must be a string/],
    [{ JWT_ENCODE_ISSUER: 5 }, /JWT_ENCODE_ISSUER must be a string/],
    [{ JWT_COOKIE_SAMESITE: 'banana' }, /JWT_COOKIE_SAMESITE must be/],
    [{ JWT_COOKIE_SAMESITE: '' }, /JWT_COOKIE_SAMESITE must be/],
    [{ JWT_CSRF_METHODS: null }, /JWT_CSRF_METHODS must be a list/],
    [{ JWT_JSON_KEY: 5 }, /JWT_JSON_KEY must be a string/],
  ])('refuses %j', (config, message) => {
    expect(() => flaskOptions({ JWT_SECRET_KEY, ...config })).toThrow(message)
  })

  test('takes no other kind of value', () => {
    expect(() => flaskOptions([] as never)).toThrow('takes an object')
  })

  test('gives an asymmetric algorithm its keys, and no secret', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519', {
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
      publicKeyEncoding: { type: 'spki', format: 'pem' },
    })
    const config = { JWT_SECRET_KEY, JWT_ALGORITHM: 'EdDSA', JWT_PRIVATE_KEY: privateKey, JWT_PUBLIC_KEY: publicKey }
    const jwt = new JwtManager(flaskOptions(config))
    expect((await jwt.verifyToken(await jwt.createAccessToken('alice'))).header.alg).toBe('EdDSA')
  })

  test('ignores public keys where the algorithm has a secret, as Flask-JWT-Extended does', () => {
    expect(() => new JwtManager(flaskOptions({ JWT_SECRET_KEY, JWT_PUBLIC_KEY: 'anything' }))).not.toThrow()
  })
})

describe('the environment', () => {
  afterEach(() => {
    vi.unstubAllEnvs()
  })

  test('is parsed as Flask parses it', () => {
    const environment = {
      JWT_SECRET_KEY: '12345678901234567890',
      JWT_ACCESS_TOKEN_EXPIRES: '300',
      JWT_REFRESH_TOKEN_EXPIRES: 'false',
      JWT_COOKIE_SECURE: 'True',
      JWT_ENCODE_NBF: 'False',
      JWT_TOKEN_LOCATION: '["cookies", "headers"]',
      JWT_HEADER_TYPE: 'Bearer',
      JWT_ENCODE_ISSUER: undefined,
      SECRET_KEY: 'true',
      PATH: '/bin',
    }
    expect(parseEnvironment(environment)).toEqual({
      JWT_SECRET_KEY: '12345678901234567890',
      JWT_ACCESS_TOKEN_EXPIRES: 300,
      JWT_REFRESH_TOKEN_EXPIRES: false,
      JWT_COOKIE_SECURE: true,
      JWT_ENCODE_NBF: false,
      JWT_TOKEN_LOCATION: ['cookies', 'headers'],
      JWT_HEADER_TYPE: 'Bearer',
      SECRET_KEY: 'true',
    })
  })

  test('may hold variables of others, but none that looks misspelt', () => {
    vi.stubEnv('JWT_SECRET_KEY', secretKey)
    vi.stubEnv('JWT_OF_ANOTHER_PROGRAM', 'x')
    expect(flaskOptions(process.env)).toMatchObject({ secretKey })
    vi.stubEnv('JWT_ALGORITM', 'HS512')
    expect(() => flaskOptions(process.env)).toThrow('did you mean JWT_ALGORITHM?')
  })

  test('can be given as process.env itself', () => {
    vi.stubEnv('JWT_SECRET_KEY', secretKey)
    vi.stubEnv('JWT_ACCESS_TOKEN_EXPIRES', '60')
    expect(flaskOptions(process.env)).toMatchObject({ secretKey, accessTokenExpires: 60 })
  })
})
