import assert from 'node:assert/strict'
import { memoryStore } from '../../stores/memory.ts'
import type { TestRunner } from '../adapter-contract.ts'
import type { AdapterHarness, ContractRoute, ReadyRoute } from '../harness.ts'
import type { RawReply } from '../http-client.ts'
import {
  bearer,
  type ContractApplication,
  readBody,
  startTime,
  summarize,
  whoRoute,
  withApplication,
} from './application.ts'
import { headerOf, jarOf } from './cookies.ts'

const logIn: ContractRoute = { path: '/login', handle: async tools => (await tools.createSession('alice')).toJSON() }

const logInByCookie: ContractRoute = {
  path: '/cookies/login',
  async handle(tools) {
    await tools.setJwtCookies(await tools.createSession('alice'))
    return {}
  },
}

const routes = [logIn, logInByCookie, whoRoute()]

const ready: readonly ReadyRoute[] = [
  { path: '/refresh', handler: 'refresh' },
  { path: '/logout', handler: 'logout' },
  { path: '/logout-everywhere', handler: 'logoutEverywhere' },
  { path: '/sessions', handler: 'sessions' },
]

const firefox = 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0'

/** The ready handlers, which carry a session from login to logout. */
export function testSessions(harness: AdapterHarness, { describe, test }: TestRunner): void {
  const withSessions = (body: (application: ContractApplication) => Promise<void>): Promise<void> => {
    let read = (): number => startTime * 1000
    const store = memoryStore({ clock: () => read() })
    const options = { store, tokenLocation: ['headers', 'cookies'] } as const
    return withApplication(harness, { options, routes, ready }, application => {
      const setTime = (seconds: number): void => {
        application.setTime(seconds)
        read = () => seconds * 1000
      }
      return body({ ...application, setTime })
    })
  }

  describe('sessions', () => {
    test('refresh a pair of tokens, and find out that one is used again', () =>
      withSessions(async ({ get, send, setTime }) => {
        const first = readPair(await get('/login'))
        setTime(startTime + 60)
        const reply = await send({ method: 'POST', path: '/refresh', headers: [bearer(first.refresh)] })
        assert.equal(reply.status, 200)
        assert.equal(reply.headers['cache-control'], 'no-store')
        assert.deepEqual(reply.setCookies, [])
        const second = readPair(reply)
        assert.equal((await get('/who', [bearer(second.access)])).status, 200)
        setTime(startTime + 120)
        const reused = await send({ method: 'POST', path: '/refresh', headers: [bearer(first.refresh)] })
        assert.deepEqual(summarize(reused), {
          status: 401,
          code: 'token_revoked',
          challenge: 'Bearer error="invalid_token", error_description="Token has been revoked"',
        })
        assert.equal(summarize(await get('/who', [bearer(second.access)])).code, 'token_revoked')
      }))

    test('refresh and log out by cookie, with the CSRF value', () =>
      withSessions(async ({ get, send, setTime }) => {
        const jar = jarOf(await get('/cookies/login'))
        setTime(startTime + 60)
        const bare = await send({ method: 'POST', path: '/refresh', headers: [cookieOf(jar)] })
        assert.equal(summarize(bare).code, 'csrf_missing')
        const csrf: [string, string] = ['X-CSRF-TOKEN', jar.get('csrf_refresh_token') ?? '']
        const refreshed = await send({ method: 'POST', path: '/refresh', headers: [cookieOf(jar), csrf] })
        assert.equal(refreshed.status, 200)
        assert.deepEqual(readBody(refreshed), { expires_in: 900 })
        const next = jarOf(refreshed)
        assert.deepEqual([...next.keys()], [...jar.keys()])
        assert.equal((await get('/who', [cookieOf(next)])).status, 200)
        const value: [string, string] = ['X-CSRF-TOKEN', next.get('csrf_access_token') ?? '']
        const gone = await send({ method: 'POST', path: '/logout', headers: [cookieOf(next), value] })
        assert.equal(gone.status, 200)
        assert.deepEqual([...jarOf(gone).values()], ['', '', '', ''])
        assert.equal(summarize(await get('/who', [cookieOf(next)])).code, 'token_revoked')
      }))

    test('log out by the refresh token where the browser has dropped the other', () =>
      withSessions(async ({ get, send }) => {
        const jar = jarOf(await get('/cookies/login'))
        const access = jar.get('access_token_cookie') ?? ''
        for (const name of ['access_token_cookie', 'csrf_access_token']) jar.delete(name)
        const csrf: [string, string] = ['X-CSRF-TOKEN', jar.get('csrf_refresh_token') ?? '']
        const gone = await send({ method: 'DELETE', path: '/logout', headers: [cookieOf(jar), csrf] })
        assert.equal(gone.status, 200)
        assert.equal(summarize(await get('/who', [bearer(access)])).code, 'token_revoked')
        // Once more does no harm.
        assert.equal((await send({ method: 'DELETE', path: '/logout', headers: [cookieOf(jar), csrf] })).status, 200)
      }))

    test('are listed with their devices, and end everywhere', () =>
      withSessions(async ({ get, send, setTime }) => {
        const phone = readPair(await get('/login', [['User-Agent', 'okhttp/4.12.0']]))
        setTime(startTime + 1)
        const laptop = readPair(await get('/login', [['User-Agent', firefox]]))
        const { sessions } = readBody(await get('/sessions', [bearer(phone.access)])) as { sessions: Listed[] }
        assert.deepEqual(
          sessions.map(({ user_agent, current, created_at }) => ({ user_agent, current, created_at })),
          [
            { user_agent: 'Firefox on Linux', current: false, created_at: isoOf(startTime + 1) },
            { user_agent: 'okhttp/4.12.0', current: true, created_at: isoOf(startTime) },
          ],
        )
        const gone = await send({ method: 'POST', path: '/logout-everywhere', headers: [bearer(phone.access)] })
        assert.equal(gone.status, 200)
        for (const { access } of [phone, laptop])
          assert.equal(summarize(await get('/who', [bearer(access)])).code, 'token_revoked')
        const late = await send({ method: 'POST', path: '/refresh', headers: [bearer(laptop.refresh)] })
        assert.equal(summarize(late).code, 'token_revoked')
      }))

    test('change nothing by GET, and nothing without a token', () =>
      withSessions(async ({ get, send }) => {
        const { access, refresh } = readPair(await get('/login'))
        for (const [path, token] of [
          ['/refresh', refresh],
          ['/logout', access],
          ['/logout-everywhere', access],
        ] as const) {
          const reply = await get(path, [bearer(token)])
          assert.deepEqual([reply.status, reply.headers['allow']], [405, 'POST, DELETE'])
          assert.equal(summarize(await send({ method: 'POST', path })).code, 'token_missing')
        }
        assert.equal(summarize(await get('/sessions')).code, 'token_missing')
        assert.equal((await get('/who', [bearer(access)])).status, 200)
      }))

    test("hand refusals to the framework with errors: 'throw'", () => {
      const options = { store: memoryStore(), errors: 'throw' } as const
      return withApplication(harness, { options, routes, ready }, async ({ send }) => {
        const reply = await send({ method: 'POST', path: '/refresh' })
        assert.equal(reply.status, 401)
        assert.deepEqual(readBody(reply), { thrown: 'token_missing' })
      })
    })
  })
}

interface Listed {
  readonly user_agent: string
  readonly current: boolean
  readonly created_at: string
}

function readPair(reply: RawReply): { access: string; refresh: string } {
  const { access_token: access, refresh_token: refresh, token_type, expires_in } = readBody(reply)
  assert.deepEqual([token_type, expires_in], ['Bearer', 900])
  return { access: String(access), refresh: String(refresh) }
}

function cookieOf(jar: ReadonlyMap<string, string>): [string, string] {
  return ['Cookie', headerOf(jar)]
}

function isoOf(seconds: number): string {
  return new Date(seconds * 1000).toISOString()
}
