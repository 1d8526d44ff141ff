import { randomBytes } from 'node:crypto'
import type { JwtOptions } from 'jwt-extended'
import { JwtManager } from 'jwt-extended'
import { fixedClock, type TestHeaders, testCredentials } from 'jwt-extended/testing'
import { describe, expect, onTestFinished, test } from 'vitest'
import { generateKeyPair } from '../support/key-pairs.ts'
import { applications } from './applications.ts'

describe.each(Object.entries(applications))('the tests of an application with %s', (_name, startApplication) => {
  async function start(options: JwtOptions = {}) {
    const clock = fixedClock('2030-01-01T09:00:00Z')
    const keys = options.algorithm === undefined ? { secretKey: randomBytes(64) } : {}
    const application = await startApplication({ ...keys, clock, tokenLocation: ['headers', 'cookies'], ...options })
    onTestFinished(() => application.close())
    const ask = async (method: string, path: string, headers: TestHeaders = {}) => {
      const reply = await application.send(path, { method, headers })
      const body = (await reply.json()) as { identity?: string; code?: string }
      return reply.status === 200 ? body.identity : body.code
    }
    return { ...application, clock, ask }
  }

  test('send a request of a user by header, merged with other headers', async () => {
    const { ask, headersFor } = await start()
    expect(await ask('GET', '/me')).toBe('token_missing')
    expect(await ask('GET', '/me', { ...(await headersFor('ada')), Accept: 'text/html' })).toBe('ada')
  })

  test('ask for a fresh token, and for a refresh token', async () => {
    const { ask, headersFor } = await start()
    expect(await ask('DELETE', '/account', await headersFor('ada'))).toBe('fresh_token_required')
    expect(await ask('DELETE', '/account', await headersFor('ada', { fresh: true }))).toBe('ada')
    expect(await ask('POST', '/refresh', await headersFor('ada'))).toBe('token_wrong_type')
    expect(await ask('POST', '/refresh', await headersFor('ada', { type: 'refresh' }))).toBe('ada')
  })

  test('send an expired token, and let a valid one expire', async () => {
    const { ask, clock, headersFor } = await start({ leeway: 30 })
    expect(await ask('GET', '/me', await headersFor('ada', { expired: true }))).toBe('token_expired')
    const headers = await headersFor('ada')
    clock.advance('15m')
    clock.advance(29)
    expect(await ask('GET', '/me', headers)).toBe('ada')
    clock.advance(1)
    expect(await ask('GET', '/me', headers)).toBe('token_expired')
  })

  test('send a request by cookie, and one that another site has forged', async () => {
    const { ask, cookiesFor } = await start()
    expect(await ask('POST', '/transfer', await cookiesFor('ada'))).toBe('ada')
    expect(await ask('POST', '/transfer', await cookiesFor('ada', { csrf: false }))).toBe('csrf_missing')
    expect(await ask('GET', '/me', await cookiesFor('ada', { csrf: false }))).toBe('ada')
    expect(await ask('POST', '/transfer', await cookiesFor('ada', { expired: true }))).toBe('token_expired')
  })

  test('send a refresh token by cookie, beside an access token that is over', async () => {
    const { ask, cookiesFor } = await start()
    const headers = await cookiesFor('ada', { type: 'refresh', other: { expired: true } })
    expect(await ask('POST', '/refresh', headers)).toBe('ada')
    expect(await ask('GET', '/me', headers)).toBe('token_expired')
    expect(await ask('POST', '/refresh', await cookiesFor('ada', { type: 'refresh', other: true }))).toBe('ada')
    expect(await ask('POST', '/transfer', await cookiesFor('ada', { other: true }))).toBe('ada')
  })

  test('use the names and prefixes, the key pair and the locations of the application', async () => {
    const { ask, cookiesFor } = await start({
      ...generateKeyPair('ES256'),
      algorithm: 'ES256',
      tokenLocation: ['cookies'],
      cookies: { prefix: '__Host-', access: { name: 'session' } },
      csrf: { access: { headerName: 'X-XSRF' } },
    })
    const headers = await cookiesFor('ada')
    expect(headers).toMatchObject({ Cookie: expect.stringMatching(/^__Host-session=/), 'X-XSRF': expect.any(String) })
    expect(await ask('POST', '/transfer', headers)).toBe('ada')
  })

  test('override an option in one test', async () => {
    const { ask, headersFor } = await start({ tokenInBlocklist: () => true })
    expect(await ask('GET', '/me', await headersFor('ada'))).toBe('token_revoked')
    const short = await start({ accessTokenExpires: '1m' })
    const headers = await short.headersFor('ada')
    short.clock.advance('1m')
    expect(await short.ask('GET', '/me', headers)).toBe('token_expired')
  })

  test('run all checks: the user must be one that userLookup finds, with claims that verifyClaims accepts', async () => {
    const { ask, headersFor } = await start({
      userLookup: (_header, { sub }) => (sub === 'ada' ? { name: 'Ada' } : undefined),
      verifyClaims: (_header, claims) => (claims as { readonly role?: unknown }).role !== 'spy',
    })
    expect(await ask('GET', '/me', await headersFor('ada'))).toBe('ada')
    expect(await ask('GET', '/me', await headersFor('nobody'))).toBe('user_not_found')
    expect(await ask('GET', '/me', await headersFor('ada', { claims: { role: 'spy' } }))).toBe('claims_rejected')
  })

  test('get nowhere with a manager of their own', async () => {
    const { ask } = await start()
    const { headersFor } = testCredentials(new JwtManager({ secretKey: randomBytes(64) }))
    expect(await ask('GET', '/me', await headersFor('ada'))).toBe('token_invalid')
  })

  test('put the token of tokenFor into the URL, or into the body', async () => {
    const { send, ask, tokenFor } = await start({ tokenLocation: ['query', 'json'] })
    expect(await ask('GET', `/me?jwt=${await tokenFor('ada')}`)).toBe('ada')
    const body = JSON.stringify({ access_token: await tokenFor('ada') })
    const reply = await send('/transfer', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body })
    expect(await reply.json()).toEqual({ identity: 'ada' })
  })
})
