import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import type { JwtManager, JwtOptions } from 'jwt-extended'
import { JwtManager as FetchManager } from 'jwt-extended/fetch'
import { memoryStore } from 'jwt-extended/stores'
import { managerWith, now, outcomeOf, secretKey } from '../../request/support.ts'
import { otherSecret } from '../../support/configure.ts'
import { type Part, plainHeader, signSegments, toSegment } from '../../support/forge.ts'
import { generateKeyPair, toPem } from '../../support/key-pairs.ts'

/** Requests as an application gets them, each with a token that was in none before. */
export interface Traffic {
  /** How many there have been. */
  readonly sent: number
  /** Sends some, one after the other, and checks what comes of each. */
  send(count: number): Promise<void>
}

interface Application {
  /** With the defaults, and a store in memory. */
  readonly jwt: JwtManager<unknown>
  readonly withKeyPair: JwtManager<unknown>
  readonly withCookies: JwtManager<unknown>
  readonly withDecodeKey: JwtManager<unknown>
  /** A protected route. */
  readonly route: (request: Request) => Promise<Response>
  /** In seconds since 1970. */
  readonly time: () => number
}

/** Sends one request; no other has its index. */
type Send = (index: number, application: Application) => Promise<void>

/** Tokens, entries of the blocklist and sessions come to their end within some minutes, and so within the run. */
const requestsPerMinute = 10_000
const lifetime = 60

/** How many of a hundred requests are of a kind. */
const shares: readonly (readonly [number, Send])[] = [
  [63, accept],
  [4, acceptCookie],
  [3, acceptChosenKey],
  [3, answerByHandler],
  [10, acceptOwnNames],
  [5, revoke],
  [1, useSession],
  [1, acceptKeyPair],
  // The signature of somebody else.
  [1, refuse('token_invalid', claims => bearer(plainHeader, claims, otherSecret))],
  // The same with headers that are in no other token: whoever has no key can send as many as he likes.
  [1, refuse('token_invalid', (claims, index) => bearer({ ...plainHeader, kid: `${index}` }, claims, otherSecret))],
  [1, refuse('token_invalid', (claims, index) => bearer({ ...plainHeader, [`x${index}`]: 1 }, claims, otherSecret))],
  [1, refuse('token_invalid', (claims, index) => bearer({ ...plainHeader, alg: `${index}` }, claims))],
  [1, refuse('token_invalid', claims => `${bearer(plainHeader, claims)}!`)],
  [1, refuse('token_invalid', (_claims, index) => bearer(plainHeader, `[${index}]`))],
  [1, refuse('token_invalid', (_claims, index) => `Bearer ${index}`)],
  [1, refuse('token_missing', (claims, index) => `Scheme${index} ${bearer(plainHeader, claims)}`)],
  [1, refuse('token_expired', claims => bearer(plainHeader, { ...claims, exp: claims.iat }))],
  [1, refuse('token_wrong_type', claims => bearer(plainHeader, { ...claims, type: 'refresh' }))],
]

export function openTraffic(): Traffic {
  let sent = 0
  const time = (): number => now + Math.floor((sent / requestsPerMinute) * 60)
  const application = openApplication(time)
  const turns = shares.flatMap(([share, send]) => Array.from({ length: share }, () => send))
  assert.equal(turns.length, 100)
  return {
    get sent() {
      return sent
    },
    send: async count => {
      for (const end = sent + count; sent < end; sent++) {
        await turns[sent % turns.length]?.(sent, application)
        // As a server, which gets them from sockets.
        if (sent % turns.length === 0) await setImmediate()
      }
    },
  }
}

function openApplication(time: () => number): Application {
  const clock = (): number => time() * 1000
  const lifetimes = { accessTokenExpires: lifetime, refreshTokenExpires: lifetime }
  const { privateKey, publicKey } = generateKeyPair('ES256')
  const keys = { algorithm: 'ES256', privateKey: toPem(privateKey), publicKey: toPem(publicKey) } as const
  return {
    jwt: managerWith({ ...lifetimes, clock, store: memoryStore({ clock }) }),
    withKeyPair: managerWith({ ...lifetimes, clock, ...keys, secretKey: undefined }),
    withCookies: managerWith({ ...lifetimes, clock, tokenLocation: 'cookies' }),
    withDecodeKey: managerWith({ ...lifetimes, clock, decodeKey: async () => undefined }),
    route: openRoute({ ...lifetimes, clock, secretKey }),
    time,
  }
}

function openRoute(options: JwtOptions): Application['route'] {
  const jwt = new FetchManager(options)
  return jwt.required(() => Response.json({ sub: jwt.current().identity }))
}

async function accept(index: number, { jwt, time }: Application): Promise<void> {
  await expectOutcome(jwt, bearer(plainHeader, claimsOf(index, time())), 'headers')
}

/** With a header, and a name among its claims, that no other token has. */
async function acceptOwnNames(index: number, { jwt, time }: Application): Promise<void> {
  const claims = { ...claimsOf(index, time()), [`x${index}`]: index }
  await expectOutcome(jwt, bearer({ ...plainHeader, kid: `${index}` }, claims), 'headers')
}

/** Beside 4 KiB of other cookies. */
async function acceptCookie(index: number, { withCookies, time }: Application): Promise<void> {
  const [, token] = bearer(plainHeader, claimsOf(index, time())).split(' ')
  const cookie = `other=${`${index}`.padStart(4096, 'x')}; access_token_cookie=${token}`
  assert.equal(await outcomeOf(withCookies, { headers: { cookie } }), 'cookies')
}

async function acceptChosenKey(index: number, { withDecodeKey, time }: Application): Promise<void> {
  await expectOutcome(withDecodeKey, bearer(plainHeader, claimsOf(index, time())), 'headers')
}

/** By `required()`, with a `current()` that tells who is asking. */
async function answerByHandler(index: number, { route, time }: Application): Promise<void> {
  const authorization = bearer(plainHeader, claimsOf(index, time()))
  const response = await route(new Request('https://api.example.com/', { headers: { authorization } }))
  assert.deepEqual(await response.json(), { sub: `user-${index}` })
}

async function revoke(index: number, { jwt, time }: Application): Promise<void> {
  const claims = claimsOf(index, time())
  const authorization = bearer(plainHeader, claims)
  await expectOutcome(jwt, authorization, 'headers')
  await jwt.revoke({ ...claims, fresh: false })
  await expectOutcome(jwt, authorization, 'token_revoked')
}

/** Logs in and refreshes; every other user logs out. */
async function useSession(index: number, { jwt }: Application): Promise<void> {
  const { sessionId, accessToken, refreshToken } = await jwt.sessions.create(`user-${index}`)
  await expectOutcome(jwt, `Bearer ${accessToken}`, 'headers')
  await jwt.sessions.rotate(refreshToken)
  if (index % 200 < 100) await jwt.sessions.revoke(sessionId)
}

async function acceptKeyPair(index: number, { withKeyPair }: Application): Promise<void> {
  await expectOutcome(withKeyPair, `Bearer ${await withKeyPair.createAccessToken(`user-${index}`)}`, 'headers')
}

type ClaimsOfToken = ReturnType<typeof claimsOf>

function refuse(code: string, authorizationOf: (claims: ClaimsOfToken, index: number) => string): Send {
  return (index, { jwt, time }) => expectOutcome(jwt, authorizationOf(claimsOf(index, time()), index), code)
}

async function expectOutcome(jwt: JwtManager<unknown>, authorization: string, expected: string): Promise<void> {
  const outcome = await outcomeOf(jwt, { headers: { authorization } })
  if (outcome !== expected) assert.fail(`${authorization} came to ${outcome} instead of ${expected}`)
}

/** The claims of an ordinary access token. */
function claimsOf(index: number, iat: number) {
  const times = { iat, nbf: iat, exp: iat + lifetime }
  return { sub: `user-${index}`, type: 'access', fresh: false, jti: randomUUID(), ...times, role: 'administrator' }
}

// By hand: to create a token takes several times as long.
function bearer(header: Part, claims: Part, secret = secretKey): string {
  return `Bearer ${signSegments(toSegment(header), toSegment(claims), secret)}`
}
