import { generateKeyPairSync } from 'node:crypto'
import { JwtManager, type JwtOptions } from 'jwt-extended'
import { memoryStore } from 'jwt-extended/stores'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { secretKey } from './request/support.ts'

const { publicKey } = generateKeyPairSync('ed25519')

function construct(options: object): JwtManager<unknown> {
  return new JwtManager<unknown>({ secretKey, ...options } as JwtOptions)
}

describe('an option', () => {
  test.each<[object, RegExp]>([
    [{ secretkey: 'x' }, /unknown option secretkey: did you mean secretKey\?/],
    [{ tokenLocaton: 'cookies' }, /unknown option tokenLocaton: did you mean tokenLocation\?/],
    [{ somethingCompletelyElse: 1 }, /unknown option somethingCompletelyElse: known: additionalClaims/],
    [{ cookies: { domian: 'x' } }, /unknown member domian of cookies: did you mean domain\?/],
    [{ cookies: { access: { pth: '/' } } }, /unknown member pth of cookies.access: did you mean path\?/],
    [{ csrf: { access: { header: 'X' } } }, /unknown member header of csrf.access/],
    [{ header: { tpe: 'JWT' } }, /unknown member tpe of header: did you mean type\?/],
    [{ query: { nmae: 'x' } }, /unknown member \w+ of query/],
    [{ json: { key: 'x' } }, /unknown member \w+ of json/],
    [{ implicitRefresh: { wthin: 1 }, tokenLocation: 'cookies' }, /unknown member \w+ of implicitRefresh/],
    [{ cookies: [] }, /cookies must be an object/],
    [{ sessions: {} }, /sessions need a store: set store/],
    [{ store: {} }, /store has no method createSession: pass memoryStore\(\)/],
    [{ store: null }, /store is null: give it a value, or leave it out/],
    [{ store: memoryStore(), sessions: { grace: 301 } }, /sessions.grace must be 0 to 300 seconds/],
    [{ store: memoryStore(), sessions: { minRotation: -1 } }, /sessions.minRotation must be 0 to 300 seconds/],
    [{ store: memoryStore(), sessions: { lifetime: 0 } }, /sessions.lifetime is 0/],
    [{ store: memoryStore(), sessions: { idleLifetime: '1m' } }, /sessions.idleLifetime must be at least/],
    [{ store: memoryStore(), accessTokenExpires: false }, /sessions.idleLifetime must be at least/],
    [{ store: memoryStore(), sessions: { life: 1 } }, /unknown member life of sessions/],
    [{ onStoreError: 'ignore' }, /onStoreError cannot be "ignore"/],
    [{ storeTimeoutMs: 0 }, /storeTimeoutMs must be a whole number above 0/],
    [{ identityClaim: 'sid' }, /identityClaim cannot be sid/],
    ...['__proto__', 'constructor', 'prototype'].map((identityClaim): [object, RegExp] => [
      { identityClaim },
      new RegExp(`identityClaim cannot be ${identityClaim}, which no token may hold`),
    ]),
    [{ identityClaim: 'kept' }, /identityClaim cannot be kept/],
    [{ algorithm: 'none' }, /algorithm cannot be "none"; known: HS256/],
    [{ algorithm: 'hs256' }, /algorithm cannot be "hs256"/],
    [{ algorithm: 'toString' }, /algorithm cannot be "toString"/],
    [{ decodeAlgorithms: 'HS512' }, /decodeAlgorithms must be a list/],
    [{ decodeAlgorithms: [] }, /decodeAlgorithms is empty: name an algorithm, or leave it out/],
    [{ decodeAlgorithms: ['none'] }, /decodeAlgorithms cannot be "none"/],
    [{ decodeAlgorithms: [undefined] }, /decodeAlgorithms cannot be undefined/],
    [{ decodeAlgorithms: ['RS256'] }, /decodeAlgorithms mixes RS256 with HS256/],
    [{ secretKey: undefined }, /secretKey is missing, and HS256 needs one. Generate one with: npx jwt-extended secret/],
    [{ publicKey }, /publicKey do not go with HS256/],
    [{ algorithm: 'EdDSA', publicKey }, /secretKey does not go with EdDSA/],
    [{ algorithm: 'EdDSA', secretKey: undefined }, /EdDSA needs privateKey \(to sign\) and publicKey \(to verify\)/],
    [{ algorithm: 'EdDSA', secretKey: undefined, privateKey: publicKey }, /privateKey holds a public key/],
    [{ accessTokenExpires: '60' }, /accessTokenExpires is '60' without a unit: write '60s'/],
    [{ accessTokenExpires: 'soon' }, /accessTokenExpires is no duration/],
    [{ accessTokenExpires: '15m ' }, /accessTokenExpires is no duration/],
    [{ accessTokenExpires: 0 }, /accessTokenExpires is 0: .* false makes one that never expires/],
    [{ accessTokenExpires: -5 }, /accessTokenExpires is negative/],
    [{ accessTokenExpires: true }, /accessTokenExpires must be a number of seconds or a string/],
    [{ accessTokenExpires: Number.NaN }, /accessTokenExpires must be a number/],
    [{ refreshTokenExpires: Number.POSITIVE_INFINITY }, /refreshTokenExpires must be a number/],
    [{ refreshTokenExpires: 1e18 }, /refreshTokenExpires reaches beyond the year 275760/],
    [{ leeway: -1 }, /leeway is negative/],
    [{ leeway: '10' }, /leeway is '10' without a unit/],
    [{ encodeIssuer: 5 }, /encodeIssuer must be a string/],
    [{ decodeIssuer: [] }, /decodeIssuer is empty/],
    [{ decodeIssuer: '' }, /decodeIssuer is empty/],
    [{ decodeAudience: [] }, /decodeAudience is empty/],
    [{ decodeAudience: ['a', 5] }, /decodeAudience must be a string/],
    [{ decodeAudience: 5 }, /decodeAudience must be a list of strings/],
    [{ encodeAudience: [] }, /encodeAudience is empty/],
    [{ encodeNbf: 'yes' }, /encodeNbf must be true or false/],
    [{ verifySub: 0 }, /verifySub must be true or false/],
    [{ identityClaim: '' }, /identityClaim is empty/],
    [{ identityClaim: 'jti' }, /identityClaim cannot be jti/],
    [{ identityClaim: 'exp' }, /identityClaim cannot be exp/],
    [{ acceptedAccessTypes: [] }, /acceptedAccessTypes is empty/],
    [{ acceptedAccessTypes: ['mobile'] }, /acceptedAccessTypes must hold 'access'/],
    [{ errorMessageKey: 'code' }, /errorMessageKey cannot be code/],
    [{ tokenLocation: 'cookie' }, /tokenLocation cannot be "cookie"; did you mean cookies\?/],
    [{ secretKey: null }, /secretKey is null: give it a value, or leave it out/],
    [{ tokenLocation: null }, /tokenLocation is null/],
    [{ acceptedAccessTypes: ['access', 'refresh'] }, /a refresh token opens no access route/],
    [{ maxTokenSize: 0 }, /maxTokenSize must be a whole number above 0/],
    [{ maxTokenSize: 1.5 }, /maxTokenSize must be a whole number above 0/],
    [{ tokenLocation: [] }, /tokenLocation is empty/],
    [{ tokenLocation: 'Headers' }, /tokenLocation cannot be "Headers"/],
    [{ tokenLocation: ['__proto__'] }, /tokenLocation cannot be "__proto__"/],
    [{ tokenLocation: { headers: true } }, /tokenLocation must be a list/],
    [{ header: { name: '' } }, /header.name is empty/],
    [{ header: { name: 'a b' } }, /header.name is no name of a header/],
    [{ header: { type: null } }, /header.type must be a string/],
    [{ query: { name: '' } }, /query.name is empty/],
    [{ json: { accessKey: '' } }, /json.accessKey is empty/],
    [{ cookies: { secure: 'yes' } }, /cookies.secure must be true or false/],
    [{ cookies: { sameSite: 'lax' } }, /cookies.sameSite cannot be "lax"/],
    [{ cookies: { sameSite: 'None', secure: false } }, /needs cookies.secure/],
    [{ cookies: { domain: 'example.com:8080' } }, /cookies.domain must be a host name without a port/],
    ...['a\r\nb', 'a\tb.example', ' example.com', 'example.com\n', 'a\0b', 'a\u007fb', 'a\u00a0b'].map(
      (domain): [object, RegExp] => [{ cookies: { domain } }, /cookies.domain must be a host name without a port/],
    ),
    [{ cookies: { domain: '' } }, /cookies.domain is empty/],
    [{ cookies: { domain: 'a,b' } }, /cookies.domain cannot be written into a cookie/],
    [{ cookies: { access: { name: 'a;b' } } }, /cookies.access.name cannot be written into a cookie/],
    [{ cookies: { access: { name: '' } } }, /cookies.access.name is empty/],
    [{ cookies: { access: { name: '__proto__' } } }, /cookies.access.name cannot be __proto__/],
    [{ cookies: { refresh: { path: 'a;b' } } }, /cookies.refresh.path cannot be written/],
    [{ cookies: { prefix: '__host-' } }, /cookies.prefix cannot be "__host-"/],
    [{ cookies: { prefix: '__Host-', secure: false } }, /needs cookies.secure/],
    [{ cookies: { prefix: '__Host-', domain: 'example.com' } }, /does not go with cookies.domain/],
    [{ cookies: { prefix: '__Host-', refresh: { path: '/refresh' } } }, /needs '\/' as cookies.refresh.path/],
    [
      { cookies: { prefix: '__Host-' }, csrf: { access: { cookiePath: '/app' } } },
      /needs '\/' as csrf.access.cookiePath/,
    ],
    [
      { cookies: { access: { name: '__Host-a' }, secure: false } },
      /^the cookie __Host-a needs cookies.secure: its name begins with __Host-$/,
    ],
    [{ cookies: { refresh: { name: '__secure-r' }, secure: false } }, /__secure-r needs cookies.secure/],
    [
      { cookies: { access: { name: '__HOST-a' }, domain: 'example.com' } },
      /^the cookie __HOST-a does not go with cookies.domain: leave that out$/,
    ],
    [
      { cookies: { access: { name: '__host-a', path: '/a' } } },
      /^the cookie __host-a needs '\/' as cookies.access.path$/,
    ],
    [{ cookies: { prefix: '__Secure-', secure: false } }, /needs cookies.secure/],
    [{ cookies: { secure: false }, csrf: { access: { cookieName: '__Secure-c' } } }, /__Secure-c needs cookies.secure/],
    [
      { csrf: { refresh: { cookieName: '__Host-c', cookiePath: '/c' } } },
      /^the cookie __Host-c needs '\/' as csrf.refresh.cookiePath$/,
    ],
    [{ cookies: { refresh: { name: 'access_token_cookie' } } }, /two cookies the name access_token_cookie/],
    [{ csrf: { access: { cookieName: 'refresh_token_cookie' } } }, /two cookies the name refresh_token_cookie/],
    [{ csrf: true }, /csrf must be an object/],
    [{ csrf: { methods: ['post'] } }, /csrf.methods holds 'post': write methods in upper case/],
    [{ csrf: { methods: [] } }, /csrf.methods is empty, which protects nothing: write csrf: false, or leave it out/],
    [{ csrf: { methods: 'POST' } }, /csrf.methods must be a list/],
    [{ csrf: { checkForm: 1 } }, /csrf.checkForm must be true or false/],
    [{ csrf: { access: { headerName: 'X:Y' } } }, /csrf.access.headerName is no name of a header/],
    [{ csrf: { trustedOrigins: ['app.example.com'] } }, /write an origin such as/],
    [{ csrf: { trustedOrigins: ['https://app.example.com/'] } }, /write an origin such as/],
    [{ implicitRefresh: { within: '30m' } }, /implicitRefresh needs 'cookies' in tokenLocation/],
    [
      { implicitRefresh: { within: 0 }, tokenLocation: 'cookies' },
      /implicitRefresh.within must be longer than nothing/,
    ],
    [{ errorMessageKey: 5 }, /errorMessageKey must be a string/],
    [{ errors: 'log' }, /errors cannot be "log"; known: answer, throw/],
    [{ clock: 5 }, /clock must be a function/],
    [{ warn: 'yes' }, /warn must be a function/],
    [{ compatibility: 'express-jwt' }, /compatibility cannot be "express-jwt"; known: flask/],
    [{ userLookup: 'find' }, /userLookup must be a function/],
    ...['zod', {}, () => true, { '~standard': null }, { '~standard': {} }].map((claimsSchema): [object, RegExp] => [
      { claimsSchema },
      /claimsSchema must be a schema that follows Standard Schema 1/,
    ]),
    [{ claimsSchema: { '~standard': { version: 2, validate: () => ({}) } } }, /claimsSchema must be a schema that/],
    [{ claimsSchema: { '~standard': { version: 1, validate: {} } } }, /claimsSchema must be a schema that/],
    [{ dangerouslyAllowWeakSecret: 'yes' }, /dangerouslyAllowWeakSecret must be true or false/],
  ])('%j is refused with the remedy', (options, message) => {
    expect(() => construct(options)).toThrow(message)
    expect(() => construct(options)).toThrow(TypeError)
  })

  test('that is no object is refused', () => {
    expect(() => new JwtManager(null as never)).toThrow('options must be an object')
    expect(() => new JwtManager([] as never)).toThrow('options must be an object')
  })

  test('may be undefined where its type says so', () => {
    const unset = {
      decodeIssuer: undefined,
      cookies: { domain: undefined, prefix: undefined },
      csrf: { methods: undefined },
      implicitRefresh: undefined,
      claimsSchema: undefined,
    }
    expect(() => construct(unset)).not.toThrow()
  })

  test('may be an empty list of methods to protect, as with Flask-JWT-Extended', () => {
    expect(() => construct({ compatibility: 'flask', csrf: { methods: [] } })).not.toThrow()
  })

  test.each([
    { cookies: { access: { name: '__Host-a' }, refresh: { name: '__Secure-r', path: '/r' } } },
    { cookies: { secure: false, access: { name: 'my__Host-a' } } },
    { cookies: { secure: false }, csrf: { inCookies: false, access: { cookieName: '__Host-c' } } },
    { cookies: { secure: false, access: { name: '__Host-a' } }, compatibility: 'flask' },
  ])('keeps the promise of a name: %j', options => {
    expect(() => construct(options)).not.toThrow()
  })

  test('does without a secret where keys come from loaders', () => {
    expect(() => new JwtManager({ decodeKey: () => undefined })).not.toThrow()
    expect(() => new JwtManager({ encodeKey: () => undefined })).not.toThrow()
  })
})

describe('dangerouslyAllowWeakSecret', () => {
  afterEach(() => {
    vi.unstubAllEnvs()
  })

  test('accepts a weak secret for development', async () => {
    const jwt = construct({ secretKey: 'dev', dangerouslyAllowWeakSecret: true })
    expect((await jwt.verifyToken(await jwt.createAccessToken('alice'))).claims.sub).toBe('alice')
  })

  test('is refused in production, even with a strong secret', () => {
    vi.stubEnv('NODE_ENV', 'production')
    expect(() => construct({ dangerouslyAllowWeakSecret: true })).toThrow(/NODE_ENV=production/)
    expect(() => construct({ dangerouslyAllowWeakSecret: false })).not.toThrow()
  })
})

describe('warn', () => {
  test('is process.emitWarning by default', () => {
    const emitted = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const { config } = construct({}) as unknown as { config: { warn(message: string): void } }
    config.warn('a likely mistake')
    config.warn('a likely mistake')
    expect(emitted.mock.calls).toEqual([['a likely mistake', { code: 'JWT_EXTENDED' }]])
    emitted.mockRestore()
  })
})

describe('a store in memory', () => {
  afterEach(() => vi.unstubAllEnvs())

  test('is warned of in production, once', () => {
    vi.stubEnv('NODE_ENV', 'production')
    const warnings: string[] = []
    construct({ store: memoryStore(), warn: (message: string) => warnings.push(message) })
    expect(warnings).toEqual([expect.stringMatching(/^the store memory forgets all sessions .* use sqliteStore/)])
  })

  test('is not, where it is for development', () => {
    const warnings: string[] = []
    construct({ store: memoryStore(), warn: (message: string) => warnings.push(message) })
    expect(warnings).toEqual([])
  })

  test('is what sessions need: a manager without one says so', async () => {
    const jwt = construct({})
    expect(() => jwt.sessions).toThrow(/needs a store: set the option store/)
    await expect(jwt.invalidateAccess('ada')).rejects.toThrow(/needs a store/)
    await expect(jwt.revoke({ jti: 'x' } as never)).rejects.toThrow(/needs a store/)
    await expect(jwt.revokeEverythingBefore(new Date())).rejects.toThrow(/needs a store/)
  })
})
