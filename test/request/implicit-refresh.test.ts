import { describe, expect, test } from 'vitest'
import { renewAccessCookies, touchesAccessCookies } from '../../src/request/implicit-refresh.ts'
import { VerifiedContext } from '../../src/request/request-context.ts'
import { resolveRequirements } from '../../src/request/requirements.ts'
import type { CheckedJwt } from '../../src/tokens/verify.ts'
import { configure, now } from '../support/configure.ts'

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
  const contextOf = (claims: object): VerifiedContext => {
    const jwt = { verified: true, header: { alg: 'HS256' }, claims, declaredType: 'access' } as unknown as CheckedJwt
    return new VerifiedContext(jwt, 'cookies', 'sub')
  }

  test('leaves a token that cannot be signed again, and says so', async () => {
    const warnings: string[] = []
    const config = configure({ ...options, warn: message => warnings.push(message) })
    const odd = { sub: 'alice', type: 'access', exp: now + 60, note: '\ud800' }
    expect(await renewAccessCookies(contextOf(odd), requirements, config)).toEqual([])
    expect(warnings).toEqual([expect.stringContaining('could not be renewed')])
  })

  test('keeps a type of the application’s own', async () => {
    const config = configure({ ...options, acceptedAccessTypes: ['access', 'service'] })
    const service = { sub: 'alice', type: 'service', exp: now + 60 }
    const [cookie = ''] = await renewAccessCookies(contextOf(service), requirements, config)
    const [, payload = ''] = cookie.split('.')
    expect(JSON.parse(Buffer.from(payload, 'base64url').toString())).toMatchObject({ sub: 'alice', type: 'service' })
  })
})
