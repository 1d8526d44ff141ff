import assert from 'node:assert/strict'
import type { Store } from 'jwt-extended/stores'
import type { FixedClock } from 'jwt-extended/testing'
import { bearer, openApp, outcome, type SessionApp } from '../support.ts'
import { Model, type ModelSession, type ModelToken, spans, type Verdict } from './model.ts'
import { type Scenario, type Step, users } from './steps.ts'

/** What the manager made, side by side with the model: at the same places. */
interface Side {
  readonly app: SessionApp
  readonly model: Model
  readonly sids: string[]
  /** The refresh tokens of each session, by generation, and their ids. */
  readonly refreshTokens: string[][]
  readonly jtis: string[][]
  readonly tokens: string[]
  /** The events that there should be. */
  readonly events: string[]
}

type StepOf<Name extends Step['do']> = Extract<Step, { do: Name }>

const actions: { readonly [Name in Step['do']]: (side: Side, step: StepOf<Name>) => Promise<void> } = {
  create,
  issue,
  rotate,
  revoke,
  revokeAll,
  invalidateAccess,
  revokeToken,
  revokeEverythingBefore,
  list: (side, { user }) => checkList(side, nameOf(user)),
  check: async (side, { token }) => {
    if (side.tokens.length > 0) await checkToken(side, token % side.tokens.length)
  },
  wait: async (side, { ms }) => wait(side, ms),
}

/**
 * Does the steps with a manager and with the model.
 *
 * @throws where they differ
 */
export async function compareWithModel(store: Store, clock: FixedClock, { rules, steps }: Scenario): Promise<void> {
  const { lifetime, idle, access } = spans
  const app = openApp(store, clock, {
    accessTokenExpires: access / 1000,
    refreshTokenExpires: lifetime / 1000,
    sessions: { lifetime: lifetime / 1000, idleLifetime: idle / 1000, ...rules },
  })
  const model = new Model(clock(), { grace: rules.grace * 1000, minRotation: rules.minRotation * 1000 })
  const side: Side = { app, model, sids: [], refreshTokens: [], jtis: [], tokens: [], events: [] }
  for (const step of steps) await (actions[step.do] as (side: Side, step: Step) => Promise<void>)(side, step)
  for (const user of users) await checkList(side, user)
  for (const index of side.tokens.keys()) await checkToken(side, index)
  checkEvents(side)
}

async function create(side: Side, { user }: StepOf<'create'>): Promise<void> {
  const { app, model } = side
  const name = nameOf(user)
  model.create(name)
  const { sessionId, accessToken, refreshToken } = await app.jwt.sessions.create(name)
  side.sids.push(sessionId)
  side.refreshTokens.push([refreshToken])
  side.jtis.push([await jtiOf(side, refreshToken)])
  side.tokens.push(accessToken, refreshToken)
  side.events.push(`session_created ${sessionId}`)
}

async function issue({ app, model, tokens }: Side, { kind, user }: StepOf<'issue'>): Promise<void> {
  const name = nameOf(user)
  model.issue(kind, name)
  tokens.push(await (kind === 'access' ? app.jwt.createAccessToken(name) : app.jwt.createRefreshToken(name)))
}

async function rotate(side: Side, { session: number, back, times }: StepOf<'rotate'>): Promise<void> {
  const { app, model } = side
  const found = findSession(side, number)
  if (found === undefined) return
  const { session, index } = found
  const generation = Math.max(0, session.generation - back)
  const token = side.refreshTokens[index]?.[generation] ?? ''
  const wasRevoked = session.isRevoked
  const verdicts = Array.from({ length: times }, () => model.rotate(session, generation))
  const results = await Promise.allSettled(verdicts.map(() => app.jwt.sessions.rotate(token)))
  for (const [place, result] of results.entries()) {
    const verdict = verdicts[place] ?? []
    if (result.status === 'rejected') checkRefusal(verdict, result.reason)
    else {
      assert.ok(typeof verdict === 'string', `rotated what should be refused with ${verdict}`)
      side.tokens.push(result.value.accessToken, result.value.refreshToken)
      await noteSuccessor(side, { index, session }, { token: result.value.refreshToken, verdict })
    }
  }
  if (!wasRevoked && session.isRevoked)
    side.events.push(`reuse_detected ${side.sids[index]}`, `session_revoked ${side.sids[index]}`)
}

/** Of parallel rotations any may be the first: all get the same token. */
async function noteSuccessor(
  side: Side,
  { index, session }: FoundSession,
  { token, verdict }: { readonly token: string; readonly verdict: Exclude<Verdict, readonly string[]> },
): Promise<void> {
  const jtis = side.jtis[index] ?? []
  const jti = await jtiOf(side, token)
  if (verdict === 'rotated') {
    assert.ok(!jtis.includes(jti), 'an older refresh token came back')
    jtis.push(jti)
    side.refreshTokens[index]?.push(token)
  }
  assert.equal(jtis.length, session.generation + 1)
  assert.equal(jti, jtis.at(-1), `${verdict}, but with another token`)
}

async function revoke(side: Side, { session: number }: StepOf<'revoke'>): Promise<void> {
  const found = findSession(side, number)
  if (found === undefined) return
  const sid = side.sids[found.index] ?? ''
  const lived = side.model.revoke(found.session)
  assert.equal(await side.app.jwt.sessions.revoke(sid), lived)
  if (lived) side.events.push(`session_revoked ${sid}`)
}

async function revokeAll(side: Side, { user, except }: StepOf<'revokeAll'>): Promise<void> {
  const { app, model } = side
  const spared = except === null ? undefined : findSession(side, except)
  const ended = model.revokeAll(nameOf(user), spared?.session)
  const sid = spared && side.sids[spared.index]
  assert.equal(await app.jwt.sessions.revokeAll(nameOf(user), { except: sid }), ended.length)
  for (const session of ended) side.events.push(`session_revoked ${side.sids[model.sessions.indexOf(session)]}`)
}

async function invalidateAccess(side: Side, { user }: StepOf<'invalidateAccess'>): Promise<void> {
  passMillisecond(side)
  side.model.invalidateAccess(nameOf(user))
  await side.app.jwt.invalidateAccess(nameOf(user))
}

async function revokeEverythingBefore(side: Side, { ago }: StepOf<'revokeEverythingBefore'>): Promise<void> {
  passMillisecond(side)
  const time = side.model.now - ago
  side.model.revokeEverythingBefore(time)
  await side.app.jwt.revokeEverythingBefore(new Date(time))
}

async function revokeToken(side: Side, { token: number }: StepOf<'revokeToken'>): Promise<void> {
  const { app, model, tokens } = side
  if (tokens.length === 0) return
  const index = number % tokens.length
  const token = tokens[index] ?? ''
  const modelToken = tokenOf(side, index)
  const ended = model.revokeToken(modelToken)
  await app.jwt.revoke(token)
  if (ended !== undefined) side.events.push(`session_revoked ${side.sids[model.sessions.indexOf(ended)]}`)
}

async function checkList({ app, model, sids }: Side, user: string): Promise<void> {
  const listed = await app.jwt.sessions.list(user)
  const times = listed.map(({ lastUsedAt }) => lastUsedAt.getTime())
  assert.deepEqual(
    times,
    [...times].sort((a, b) => b - a),
  )
  const actual = listed.map(({ id, createdAt, lastUsedAt, expiresAt }) =>
    [id, createdAt.getTime(), lastUsedAt.getTime(), expiresAt?.getTime()].join(),
  )
  const expected = model
    .list(user)
    .map(session =>
      [sids[model.sessions.indexOf(session)], session.createdAt, session.usedAt, session.expiresAt].join(),
    )
  assert.deepEqual(actual.sort(), expected.sort())
}

async function checkToken(side: Side, index: number): Promise<void> {
  const modelToken = tokenOf(side, index)
  const requirements = modelToken.kind === 'refresh' ? { refresh: true } : {}
  const answer = await outcome(side.app.jwt.authenticate(bearer(side.tokens[index] ?? ''), requirements))
  const { session, ...shown } = modelToken
  assert.equal(answer, side.model.check(modelToken), `token ${index}: ${JSON.stringify({ ...shown, session })}`)
}

function checkEvents({ app, events }: Side): void {
  const actual = app.events.map(([name, event]) => `${name} ${(event as { sessionId?: string }).sessionId}`)
  assert.deepEqual(actual.sort(), events.sort())
}

function checkRefusal(verdict: Verdict, reason: unknown): void {
  const { code } = reason as { code?: string }
  if (code === undefined) throw reason
  assert.ok(typeof verdict !== 'string' && verdict.includes(code), `refused with ${code}, which should be ${verdict}`)
}

interface FoundSession {
  readonly index: number
  readonly session: ModelSession
}

function findSession({ model }: Side, number: number): FoundSession | undefined {
  const index = number % model.sessions.length
  const session = model.sessions[index]
  return session && { index, session }
}

function tokenOf({ model }: Side, index: number): ModelToken {
  const token = model.tokens[index]
  assert.ok(token !== undefined, 'the model knows each token')
  return token
}

async function jtiOf({ app }: Side, token: string): Promise<string> {
  return (await app.jwt.getJti(token)) ?? ''
}

/**
 * What is issued after a watermark counts as issued a millisecond later, at least: a watermark of another name, within this
 * very millisecond, would not cover it.
 */
function passMillisecond(side: Side): void {
  wait(side, 1)
}

function wait({ app, model }: Side, ms: number): void {
  model.now += ms
  app.clock.advance(ms / 1000)
}

function nameOf(user: number): string {
  return users[user % users.length] ?? users[0]
}
