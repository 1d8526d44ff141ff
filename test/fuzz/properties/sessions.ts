import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { JwtManager, JwtOptions } from '../../../src/index.ts'
import type { TokenPair } from '../../../src/sessions/token-pair.ts'
import { memoryStore } from '../../../src/stores/memory.ts'
import { type FixedClock, fixedClock } from '../../../src/testing/fixed-clock.ts'
import { codeOf, managerWith } from './outcomes.ts'
import type { Properties } from './property.ts'
import { bearer, foundAt } from './requests.ts'
import { claimValue } from './values.ts'

interface Server {
  readonly jwt: JwtManager<unknown>
  readonly clock: FixedClock
}

/** A manager with a store in memory, both with one clock. */
function startServer(options: Partial<JwtOptions> = {}): Server {
  const clock = fixedClock()
  return { jwt: managerWith({ clock, store: memoryStore({ clock }), ...options }), clock }
}

const opens = async ({ jwt }: Server, token: string, refresh = false): Promise<boolean> =>
  (await foundAt(jwt, bearer(token), { refresh })) === 'headers'

const user = fc.constantFrom('alice', 'bob', '', 'user:alice', 'all')
const users = fc.array(user, { minLength: 1, maxLength: 5 })
const seconds = fc.oneof(fc.nat(120), fc.nat(800), fc.constantFrom(0, 29, 30, 31))

/** Things that happen to other sessions, and the time that goes by. */
const disturbance = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant('wait' as const), seconds }),
    fc.record({
      kind: fc.constantFrom('login', 'revoke', 'revokeAll', 'invalidate'),
      user: fc.constantFrom('bob', 'carol'),
    }),
  ),
  { maxLength: 6 },
)
type Event = { readonly kind: string; readonly user?: string; readonly seconds?: number }

async function disturb({ jwt, clock }: Server, events: readonly Event[]): Promise<void> {
  for (const { kind, user: whose = 'bob', seconds: span = 0 } of events) {
    if (kind === 'wait') clock.advance(span)
    else if (kind === 'login') await jwt.sessions.create(whose)
    else if (kind === 'revoke') await jwt.revoke(await jwt.createAccessToken(whose))
    else if (kind === 'revokeAll') await jwt.sessions.revokeAll(whose)
    else await jwt.invalidateAccess(whose)
  }
}

export const sessionProperties: Properties = {
  'a token that is revoked stays so, whatever happens to others': fc.asyncProperty(
    user,
    fc.boolean(),
    disturbance,
    async (whose, isRefresh, events) => {
      const server = startServer({ accessTokenExpires: '30d', sessions: { idleLifetime: '30d' } })
      const token = await (isRefresh ? server.jwt.createRefreshToken(whose) : server.jwt.createAccessToken(whose))
      assert.ok(await opens(server, token, isRefresh))
      await server.jwt.revoke(token)
      await disturb(server, events)
      assert.equal(await opens(server, token, isRefresh), false)
    },
  ),

  'to revoke one token leaves all others': fc.asyncProperty(users, fc.nat(), async (whose, at) => {
    const server = startServer()
    const tokens = await Promise.all(whose.map(one => server.jwt.createAccessToken(one)))
    const chosen = at % tokens.length
    await server.jwt.revoke(tokens[chosen] ?? '')
    const open = await Promise.all(tokens.map(token => opens(server, token)))
    assert.deepEqual(
      open,
      tokens.map((_, index) => index !== chosen),
    )
  }),

  'a session that is revoked stays so, with all its tokens, though others are not': fc.asyncProperty(
    fc.integer({ min: 0, max: 3 }),
    disturbance,
    async (rotations, events) => {
      const server = startServer({ accessTokenExpires: '2d' })
      const { jwt, clock } = server
      const pairs: TokenPair[] = [await jwt.sessions.create('alice')]
      for (let count = 0; count < rotations; count++) {
        clock.advance(60)
        pairs.push(await jwt.sessions.rotate(pairs.at(-1)?.refreshToken ?? ''))
      }
      const other = await jwt.sessions.create('alice')
      assert.equal(await jwt.sessions.revoke(pairs[0]?.sessionId ?? ''), true)
      await disturb(server, events)
      for (const { accessToken, refreshToken } of pairs) {
        assert.equal(await opens(server, accessToken), false)
        assert.equal(await opens(server, refreshToken, true), false)
        assert.equal(await codeOf(jwt.sessions.rotate(refreshToken)), 'token_revoked')
      }
      assert.ok(await opens(server, other.refreshToken, true))
    },
  ),

  'a refresh token that was replaced opens nothing after the grace, and ends the session': fc.asyncProperty(
    fc.integer({ min: 0, max: 60 }),
    fc.integer({ min: 0, max: 90 }),
    async (grace, wait) => {
      const server = startServer({ sessions: { grace, minRotation: 0 } })
      const { jwt, clock } = server
      const first = await jwt.sessions.create('alice')
      const second = await jwt.sessions.rotate(first.refreshToken)
      clock.advance(wait)
      const isWithin = wait <= grace
      assert.equal(await opens(server, first.refreshToken, true), isWithin)
      assert.equal(await codeOf(jwt.sessions.rotate(first.refreshToken)), isWithin ? 'accepted' : 'token_revoked')
      assert.equal(await opens(server, second.refreshToken, true), isWithin)
      assert.equal(await opens(server, second.accessToken), isWithin)
    },
  ),

  'a token from two rotations ago ends the session at once': fc.asyncProperty(
    fc.integer({ min: 2, max: 5 }),
    fc.nat(60),
    async (rotations, grace) => {
      const server = startServer({ sessions: { grace, minRotation: 0 } })
      const first = await server.jwt.sessions.create('alice')
      let last = first
      for (let count = 0; count < rotations; count++) last = await server.jwt.sessions.rotate(last.refreshToken)
      assert.equal(await codeOf(server.jwt.sessions.rotate(first.refreshToken)), 'token_revoked')
      assert.equal(await opens(server, last.refreshToken, true), false)
      assert.deepEqual(await server.jwt.sessions.list('alice'), [])
    },
  ),

  'the list holds the sessions that live, and no others': fc.asyncProperty(
    fc.array(
      fc.tuple(
        fc.constantFrom('login', 'refresh', 'revoke', 'revokeAll', 'wait'),
        fc.constantFrom('alice', 'bob'),
        fc.nat(),
      ),
      { maxLength: 14 },
    ),
    async steps => {
      const server = startServer({ sessions: { lifetime: 4000, idleLifetime: 1500 } })
      const { jwt, clock } = server
      const live = new Map<string, { owner: string; pair: TokenPair; createdAt: number; usedAt: number }>()
      for (const [step, owner, number] of steps) {
        if (step === 'wait') clock.advance(number % 1000)
        for (const [id, { createdAt, usedAt }] of live)
          if (clock() >= createdAt + 4_000_000 || clock() >= usedAt + 1_500_000) live.delete(id)
        const chosen = [...live.values()][number % Math.max(1, live.size)]
        if (step === 'login') {
          const pair = await jwt.sessions.create(owner)
          live.set(pair.sessionId, { owner, pair, createdAt: clock(), usedAt: clock() })
        } else if (step === 'refresh' && chosen !== undefined) {
          const pair = await jwt.sessions.rotate(chosen.pair.refreshToken)
          live.set(pair.sessionId, { ...chosen, pair, usedAt: clock() })
        } else if (step === 'revoke' && chosen !== undefined) {
          assert.equal(await jwt.sessions.revoke(chosen.pair.sessionId), true)
          live.delete(chosen.pair.sessionId)
        } else if (step === 'revokeAll') {
          const ended = [...live].filter(([, session]) => session.owner === owner).map(([id]) => id)
          assert.equal(await jwt.sessions.revokeAll(owner), ended.length)
          for (const id of ended) live.delete(id)
        }
      }
      for (const owner of ['alice', 'bob']) {
        const listed = (await jwt.sessions.list(owner)).map(({ id }) => id).sort()
        assert.deepEqual(
          listed,
          [...live]
            .filter(([, session]) => session.owner === owner)
            .map(([id]) => id)
            .sort(),
        )
      }
    },
  ),

  'to log out everywhere spares the session that is named, and no user but one': fc.asyncProperty(
    users,
    fc.nat(),
    async (whose, at) => {
      const server = startServer()
      const pairs = await Promise.all(whose.map(one => server.jwt.sessions.create(one)))
      const index = at % pairs.length
      const except = pairs[index]?.sessionId
      const count = await server.jwt.sessions.revokeAll(whose[index], { except })
      const open = await Promise.all(pairs.map(pair => opens(server, pair.refreshToken, true)))
      assert.deepEqual(
        open,
        whose.map((one, i) => one !== whose[index] || i === index),
      )
      assert.equal(count, open.filter(isOpen => !isOpen).length)
    },
  ),

  'a session of another user is not ended by its id': fc.asyncProperty(user, user, async (owner, other) => {
    const server = startServer()
    const pair = await server.jwt.sessions.create(owner)
    assert.equal(await server.jwt.sessions.revoke(pair.sessionId, { identity: other }), owner === other)
    assert.equal(await opens(server, pair.refreshToken, true), owner !== other)
  }),

  'access tokens from before a change are refused, those from after it are not': fc.asyncProperty(
    user,
    user,
    fc.array(fc.tuple(fc.constantFrom('token', 'invalidate'), fc.nat(3)), { minLength: 1, maxLength: 8 }),
    async (whose, other, steps) => {
      const server = startServer({ accessTokenExpires: '1d' })
      const { jwt, clock } = server
      const issued: { token: string; at: number }[] = []
      let watermark = Number.NEGATIVE_INFINITY
      const foreign = await jwt.createAccessToken(other)
      for (const [step, wait] of steps) {
        clock.advance(wait)
        if (step === 'token') issued.push({ token: await jwt.createAccessToken(whose), at: clock() })
        else {
          await jwt.invalidateAccess(whose)
          // Two in one millisecond count as one after the other.
          watermark = Math.max(clock(), watermark + 1)
        }
      }
      for (const { token, at } of issued) assert.equal(await opens(server, token), at > watermark)
      if (other !== whose) assert.ok(await opens(server, foreign))
    },
  ),

  'after a leak what is older is refused for good, and what is newer is not': fc.asyncProperty(
    fc.nat(100),
    fc.integer({ min: -50, max: 150 }),
    fc.integer({ min: -50, max: 150 }),
    async (age, first, second) => {
      const server = startServer()
      const { jwt, clock } = server
      const start = clock()
      const token = await jwt.createRefreshToken('alice')
      clock.advance(age)
      for (const by of [first, second]) {
        const time = new Date(Math.min(start + by * 1000, clock()))
        await jwt.revokeEverythingBefore(time)
      }
      const watermark = Math.min(Math.max(first, second) * 1000 + start, clock())
      assert.equal(await opens(server, token, true), start > watermark)
      clock.advance(1)
      assert.ok(await opens(server, await jwt.createRefreshToken('alice'), true))
    },
  ),

  'no token of a session lives longer than the session': fc.asyncProperty(
    fc.integer({ min: 900, max: 5000 }),
    fc.array(fc.integer({ min: 31, max: 800 }), { maxLength: 4 }),
    async (lifetime, waits) => {
      const server = startServer({ sessions: { lifetime, idleLifetime: '1h' } })
      const { jwt, clock } = server
      const end = Math.floor(clock() / 1000) + lifetime
      let pair = await jwt.sessions.create('alice')
      for (const wait of waits) {
        for (const token of [pair.accessToken, pair.refreshToken]) {
          const { exp = Number.POSITIVE_INFINITY } = (await jwt.verifyToken(token, { allowExpired: true })).claims
          assert.ok(exp <= end)
        }
        clock.advance(wait)
        const isOver = clock() / 1000 >= end
        const work = jwt.sessions.rotate(pair.refreshToken)
        const outcome = await codeOf(work)
        assert.equal(outcome, isOver ? 'token_expired' : 'accepted')
        if (isOver) return
        pair = await work
      }
    },
  ),

  'claims of a login stay with the session': fc.asyncProperty(
    fc.dictionary(fc.constantFrom('role', 'org', 'x-y'), claimValue(2)),
    fc.integer({ min: 1, max: 3 }),
    async (claims, rotations) => {
      const { jwt, clock } = startServer()
      let pair = await jwt.sessions.create('alice', { claims })
      for (let count = 0; count < rotations; count++) {
        clock.advance(60)
        pair = await jwt.sessions.rotate(pair.refreshToken)
      }
      const { role, org, 'x-y': third } = (await jwt.verifyToken(pair.accessToken)).claims
      const expected = JSON.parse(JSON.stringify(claims)) as Record<string, unknown>
      assert.deepEqual({ role, org, third }, { role: undefined, org: undefined, third: undefined, ...rename(expected) })
    },
  ),
}

function rename({ 'x-y': third, ...others }: Record<string, unknown>): object {
  return third === undefined ? others : { ...others, third }
}
