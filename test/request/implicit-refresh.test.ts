import { JwtManager, type JwtOptions, type Requirements, type TokenLocation } from 'jwt-extended'
import { memoryStore } from 'jwt-extended/stores'
import { describe, expect, test, vi } from 'vitest'
import { configOf } from '../../src/manager.ts'
import type { ResolvedOptions } from '../../src/options.ts'
import { renewAccessCookies, touchesAccessCookies } from '../../src/request/implicit-refresh.ts'
import { VerifiedContext } from '../../src/request/request-context.ts'
import { resolveRequirements } from '../../src/request/requirements.ts'
import { entryOfToken } from '../../src/revocation/entries.ts'
import type { CheckedJwt } from '../../src/tokens/verify.ts'
import { configure, now, strongSecret } from '../support/configure.ts'

describe('touchesAccessCookies', () => {
  test.each([
    [[], false],
    [['theme=dark'], false],
    [['access_token_cookie=x; Path=/'], true],
    [['theme=dark', 'csrf_access_token=; Path=/'], true],
    [['refresh_token_cookie=x'], false],
    [['access_token_cookie_2=x'], false],
    [['x-access_token_cookie=x'], false],
  ])('for %j is %j', (setCookies, touches) => {
    expect(touchesAccessCookies(setCookies, configure({ tokenLocation: 'cookies' }))).toBe(touches)
  })

  test('knows no CSRF cookie where the protection is off', () => {
    const config = configure({ tokenLocation: 'cookies', csrf: false })
    expect(touchesAccessCookies(['csrf_access_token=x'], config)).toBe(false)
    expect(touchesAccessCookies(['access_token_cookie=x'], config)).toBe(true)
  })
})

describe('renewAccessCookies', () => {
  const options = { tokenLocation: 'cookies', implicitRefresh: { within: '30m' } } as const
  const requirements = resolveRequirements({}, configure(options))
  const contextOf = (claims: object, location: TokenLocation = 'cookies'): VerifiedContext => {
    const jwt = { verified: true, header: { alg: 'HS256' }, claims, declaredType: 'access' } as unknown as CheckedJwt
    return new VerifiedContext(jwt, location, 'sub')
  }

  const claims = { sub: 'alice', type: 'access', exp: now + 60 }

  test.each([
    [60 - 30 * 60, true],
    [30 * 60 - 1, true],
    [30 * 60, false],
    [30 * 60 + 1, false],
  ])('renews a token that lives %i more seconds, of 30 minutes that are asked for: %j', async (left, isRenewed) => {
    const cookies = await renewAccessCookies(
      contextOf({ ...claims, exp: now + left }),
      requirements,
      configure(options),
    )
    expect(cookies.map(cookie => cookie.split('=', 1)[0])).toEqual(
      isRenewed ? ['access_token_cookie', 'csrf_access_token'] : [],
    )
  })

  test.each<[string, object, TokenLocation, Requirements, JwtOptions]>([
    ['a token without an end', { exp: undefined }, 'cookies', {}, {}],
    ['a token of a header', {}, 'headers', {}, {}],
    ['a token of a query', {}, 'query', {}, {}],
    ['a token where the option is off', {}, 'cookies', {}, { implicitRefresh: undefined }],
    ['a token of a route for refresh tokens', {}, 'cookies', { refresh: true }, {}],
    ['a token whose type did not matter', {}, 'cookies', { verifyType: false }, {}],
    ['a token that may be revoked', {}, 'cookies', { skipRevocationCheck: true }, {}],
    ['a token that the store may not have seen', {}, 'cookies', { onStoreError: 'accept' }, {}],
  ])('leaves %s alone', async (_name, others, location, route, more) => {
    const warn = vi.fn()
    const config = configure({ ...options, warn, ...more })
    const context = contextOf({ ...claims, ...others }, location)
    expect(await renewAccessCookies(context, resolveRequirements(route, config), config)).toEqual([])
    expect(warn).not.toHaveBeenCalled()
  })

  test('asks no store about a token of no session', async () => {
    const store = memoryStore()
    const getSession = vi.spyOn(store, 'getSession')
    expect(await renewAccessCookies(contextOf(claims), requirements, configure({ ...options, store }))).toHaveLength(2)
    expect(getSession).not.toHaveBeenCalled()
  })

  test('leaves a token of a session where there is no store to ask about it, and says so', async () => {
    const warn = vi.fn()
    const ofSession = contextOf({ ...claims, sid: '01a3185c-5000-7dd0-b2bb-28d873da208d' })
    expect(await renewAccessCookies(ofSession, requirements, configure({ ...options, warn }))).toEqual([])
    expect(warn).toHaveBeenCalledExactlyOnceWith('a token could not be renewed: it expires as it is')
  })

  test('leaves a token that cannot be signed again, and says so', async () => {
    const warnings: string[] = []
    const config = configure({ ...options, warn: message => warnings.push(message) })
    const odd = { sub: 'alice', type: 'access', exp: now + 60, note: '\ud800' }
    expect(await renewAccessCookies(contextOf(odd), requirements, config)).toEqual([])
    expect(warnings).toEqual([expect.stringContaining('could not be renewed')])
  })

  test('leaves a token of a session that is kept elsewhere, for nobody knows here whether it lives', async () => {
    const warnings: string[] = []
    const config = configure({ ...options, warn: message => warnings.push(message) })
    const foreign = { sub: 'alice', type: 'access', exp: now + 60, sid: '01a3185c-5000-7dd0-b2bb-28d873da208d' }
    expect(await renewAccessCookies(contextOf(foreign), requirements, config)).toEqual([])
    expect(warnings).toEqual([expect.stringContaining('could not be renewed')])
  })

  test('keeps a type of the application’s own', async () => {
    const config = configure({ ...options, acceptedAccessTypes: ['access', 'service'] })
    const service = { sub: 'alice', type: 'service', exp: now + 60 }
    const [cookie = ''] = await renewAccessCookies(contextOf(service), requirements, config)
    const [, payload = ''] = cookie.split('.')
    expect(JSON.parse(Buffer.from(payload, 'base64url').toString())).toMatchObject({ sub: 'alice', type: 'service' })
  })

  describe('of a session', () => {
    const clock = (): number => now * 1000
    const create = async (): Promise<{ jwt: JwtManager<unknown>; config: ResolvedOptions; claims: object }> => {
      const jwt = new JwtManager<unknown>({ ...options, secretKey: strongSecret, clock, store: memoryStore({ clock }) })
      const { accessToken } = await jwt.sessions.create('ada')
      return { jwt, config: configOf(jwt), claims: (await jwt.verifyToken(accessToken)).claims }
    }
    const renew = async (claims: object, config: ResolvedOptions): Promise<Record<string, unknown> | undefined> => {
      const [cookie] = await renewAccessCookies(contextOf(claims), requirements, config)
      const payload = cookie?.split('.')[1]
      return payload === undefined ? undefined : JSON.parse(Buffer.from(payload, 'base64url').toString())
    }

    test('stays one of it, and is as old for watermarks as the token was', async () => {
      const { config, claims } = await create()
      const renewed = await renew(claims, config)
      const old = claims as { jti: string; sid: string }
      expect(renewed).toMatchObject({ sub: 'ada', sid: old.sid, exp: now + 900 })
      expect(renewed?.['jti']).toBe(old.jti)
    })

    test('is not made where the route lets requests pass that the store has not checked', async () => {
      const { config, claims } = await create()
      const daring = resolveRequirements({ onStoreError: 'accept' }, config)
      expect(await renewAccessCookies(contextOf(claims), daring, config)).toEqual([])
    })

    test('is refused as long as it lives, where the token that it was made of is revoked', async () => {
      const { jwt, config, claims } = await create()
      const renewed = await renew(claims, config)
      await jwt.revoke(claims as never)
      const jti = String(renewed?.['jti'])
      expect(jti).toBe((claims as { jti: string }).jti)
      // Longer than the former token had left.
      expect(entryOfToken({ jti, exp: now + 60 }, config)).toEqual({ id: `jti:${jti}`, keepMs: 960_000 })
      expect(entryOfToken({ jti, exp: now + 9000 }, config).keepMs).toBe(9_060_000)
    })

    test('has an id of its own where its issuer gave one without a time', async () => {
      const { config, claims } = await create()
      const renewed = await renew({ ...claims, jti: 'of-another' }, config)
      expect(String(renewed?.['jti'])).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7/)
    })

    test('is not made once the session is over', async () => {
      const { jwt, config, claims } = await create()
      const warn = vi.fn()
      await jwt.sessions.revoke((claims as { sid: string }).sid)
      expect(await renewAccessCookies(contextOf(claims), requirements, { ...config, warn })).toEqual([])
      expect(warn).not.toHaveBeenCalled()
    })

    test('is not made where the store fails', async () => {
      const { config, claims } = await create()
      const store = Object.assign(memoryStore({ clock }), { getSession: () => Promise.reject(new Error('down')) })
      const failing = new JwtManager<unknown>({ ...options, secretKey: strongSecret, clock, store, warn: () => {} })
      expect(await renew(claims, configOf(failing))).toBeUndefined()
      expect(await renew(claims, config)).toBeDefined()
    })
  })
})
