import assert from 'node:assert/strict'
import type { Store } from 'jwt-extended/stores'
import { type Reply, type SessionServer, send, serveSessions } from './session-server.ts'

/** What makes a store hang, and what ends that. */
export interface Hang {
  readonly store: Store
  pause(): Promise<void>
  resume(): void
  /** Routes that need not wait for the store: what they then answer is right. */
  readonly answered?: readonly string[]
}

const timeoutMs = 500
/** How much later than the time-out an answer may come on a machine that is busy. */
const slackMs = 1000

interface User {
  readonly name: string
  readonly accessToken: string
  readonly refreshToken: string
}

const routes = {
  'GET /protected': ({ accessToken }: User) => accessToken,
  'GET /sessions': ({ accessToken }: User) => accessToken,
  'POST /refresh': ({ refreshToken }: User) => refreshToken,
  'POST /logout': ({ accessToken }: User) => accessToken,
  'POST /logout-everywhere': ({ accessToken }: User) => accessToken,
  'POST /login': () => undefined,
}

type Route = keyof typeof routes
const routeNames = Object.keys(routes) as Route[]

/**
 * Asks a real server while its store hangs, on each route `times` times at once, and again once the store is well. Throws
 * where a request passes, is answered late or without Retry-After, or where something is left half-done. Returns after how
 * many milliseconds each was answered.
 */
export async function checkHang({ store, pause, resume, answered = [] }: Hang, times: number): Promise<number[]> {
  const server = await serveSessions(store)
  const lenient = await serveSessions(store, { onStoreError: 'accept' })
  try {
    const users = await logInAll(server, times)
    await pause()
    let replies: Reply[]
    try {
      replies = await askWhileHung(server, users, answered)
      await checkLenient(lenient, users)
    } finally {
      resume()
    }
    await checkAfterwards(server, users)
    return replies.map(reply => reply.ms)
  } finally {
    await Promise.all([server.close(), lenient.close()])
  }
}

type Users = ReadonlyMap<Route, readonly User[]>

async function logInAll(server: SessionServer, times: number): Promise<Users> {
  const users = new Map<Route, readonly User[]>()
  for (const route of routeNames) {
    const names = Array.from({ length: times }, (_, index) => `${route.replace(/\W/g, '')}-${index}-${Date.now()}`)
    users.set(route, await Promise.all(names.map(name => logIn(server, name))))
  }
  return users
}

async function logIn(server: SessionServer, name: string): Promise<User> {
  const { status, body } = await send(server, `POST /login/${name}`)
  assert.equal(status, 200)
  return { name, accessToken: String(body['access_token']), refreshToken: String(body['refresh_token']) }
}

async function askWhileHung(server: SessionServer, users: Users, answered: readonly string[]): Promise<Reply[]> {
  const replies = await Promise.all(
    routeNames.flatMap(route =>
      (users.get(route) ?? []).map(async user => [route, await ask(server, route, user)] as const),
    ),
  )
  const hung = replies.filter(([route]) => !answered.includes(route))
  for (const [route, { status, retryAfter, ms }] of hung) {
    assert.equal(status, 503, `${route} must not pass`)
    assert.equal(retryAfter, '1', `${route} says when to try again`)
    assert.ok(ms < timeoutMs + slackMs, `${route} was answered after ${ms} ms`)
  }
  for (const [route, { status }] of replies) if (answered.includes(route)) assert.equal(status, 200, route)
  return hung.map(([, reply]) => reply)
}

function ask(server: SessionServer, route: Route, user: User): Promise<Reply> {
  return send(server, route === 'POST /login' ? `${route}/${user.name}` : route, routes[route](user))
}

/** With `onStoreError: 'accept'` routes are open, and what needs the store is not. */
async function checkLenient(lenient: SessionServer, users: Users): Promise<void> {
  const [user] = users.get('GET /protected') ?? []
  assert.ok(user)
  const [open, refresh, broken] = await Promise.all([
    ask(lenient, 'GET /protected', user),
    ask(lenient, 'POST /refresh', user),
    send(lenient, 'GET /protected', `${user.accessToken.slice(0, -4)}AAAA`),
  ])
  assert.deepEqual([open.status, refresh.status, broken.status], [200, 503, 401])
}

/** Whoever tries again gets what they asked for, with the token that they had. */
async function checkAfterwards(server: SessionServer, users: Users): Promise<void> {
  const each = (route: Route, check: (user: User) => Promise<void>): Promise<unknown> =>
    Promise.all((users.get(route) ?? []).map(check))
  await each('GET /protected', user => passes(server, user.accessToken))
  await each('POST /refresh', async user => {
    const { status, body } = await ask(server, 'POST /refresh', user)
    assert.equal(status, 200, 'a rotation that timed out can be tried again with the same token')
    await passes(server, String(body['access_token']))
    const next = await send(server, 'POST /refresh', String(body['refresh_token']))
    assert.equal(next.status, 200, 'its successor can be used')
    assert.equal(await countSessions(server, user.accessToken), 1)
  })
  for (const route of ['POST /logout', 'POST /logout-everywhere'] as const) {
    await each(route, async user => {
      // It may have taken place after all.
      const { status } = await ask(server, route, user)
      assert.ok(status === 200 || status === 401, `${route} answered ${status}`)
      assert.equal((await send(server, 'GET /protected', user.accessToken)).status, 401)
      assert.equal((await send(server, 'POST /refresh', user.refreshToken)).status, 401)
    })
  }
  await each('POST /login', async user => {
    const { accessToken } = await logIn(server, user.name)
    await passes(server, accessToken)
    assert.equal(await countSessions(server, accessToken), 2, 'a login that timed out leaves no session behind')
  })
}

async function passes(server: SessionServer, token: string): Promise<void> {
  assert.equal((await send(server, 'GET /protected', token)).status, 200)
}

async function countSessions(server: SessionServer, token: string): Promise<number> {
  const { body } = await send(server, 'GET /sessions', token)
  return (body['sessions'] as readonly unknown[]).length
}
