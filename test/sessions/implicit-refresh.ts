import assert from 'node:assert/strict'
import { JwtManager } from 'jwt-extended/fetch'
import type { Store } from 'jwt-extended/stores'
import type { FixedClock } from 'jwt-extended/testing'
import { secretKey } from '../request/support.ts'

const origin = 'https://example.org'

/** An application whose access tokens are so old that each request renews them, and a browser's cookies for it. */
async function openRenewing(store: Store, clock: FixedClock) {
  const jwt = new JwtManager({
    secretKey,
    store,
    clock,
    storeTimeoutMs: 30_000,
    tokenLocation: 'cookies',
    implicitRefresh: { within: '10m' },
  })
  const who = jwt.required(async (_request, { identity }) => Response.json({ identity }))
  const logout = jwt.required(request => jwt.handlers.logout(request))
  const jar = jarOf(await (await jwt.sessions.create('ada')).cookies())
  clock.advance('6m')
  return { jwt, who, logout, jar }
}

/** A request and a logout after it: what each answer put into the jar. */
export async function logsOutInTheSameRequest(store: Store, clock: FixedClock): Promise<void> {
  const { who, logout, jar } = await openRenewing(store, clock)
  const renewed = await who(requestOf(jar))
  assert.equal(renewed.status, 200)
  const next = new Map([...jar, ...jarOf(renewed.headers.getSetCookie())])
  assert.notEqual(next.get('access_token_cookie'), jar.get('access_token_cookie'))
  clock.advance('6m')
  const goodbye = await logout(requestOf(next, 'POST'))
  assert.equal(goodbye.status, 200)
  assert.deepEqual([...jarOf(goodbye.headers.getSetCookie()).values()], ['', '', '', ''])
  for (const known of [jar, next]) assert.equal((await who(requestOf(known))).status, 401)
}

/** Requests and a logout at once: whatever the order in which they are answered, no token of theirs opens anything. */
export async function logsOutInAParallelRequest(store: Store, clock: FixedClock): Promise<void> {
  for (let place = 0; place <= 12; place += 3) {
    const { jwt, who, logout, jar } = await openRenewing(store, clock)
    const answers = await Promise.all(
      Array.from({ length: 13 }, (_, index) =>
        index === place ? logout(requestOf(jar, 'POST')) : who(requestOf(jar)),
      ),
    )
    assert.equal(answers[place]?.status, 200)
    for (const answer of answers) {
      const after = new Map([...jar, ...jarOf(answer.headers.getSetCookie())])
      assert.equal((await who(requestOf(after))).status, 401)
    }
    assert.deepEqual(await jwt.sessions.list('ada'), [])
  }
}

function jarOf(setCookies: readonly string[]): Map<string, string> {
  const pairs = setCookies.map(value => value.split(';')[0] ?? '')
  return new Map(pairs.map(pair => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]))
}

function requestOf(jar: ReadonlyMap<string, string>, method = 'GET'): Request {
  const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
  const csrf = jar.get('csrf_access_token') ?? ''
  return new Request(`${origin}/`, { method, headers: { cookie, 'x-csrf-token': csrf } })
}
