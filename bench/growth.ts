import { createVerifier } from 'fast-jwt'
import { JwtManager } from 'jwt-extended'
import { memoryStore, type Store } from 'jwt-extended/stores'
import { newRotation, newSession } from '../test/support/new-session.ts'
import { cacheSize, withCache } from './cache-option.ts'
import { inUs, type Report, type Table } from './figures.ts'
import { isCached } from './micro/verifiers.ts'
import { type Contestant, race, type Times, timeOf } from './race.ts'
import type { Settings } from './settings.ts'
import { audience, issuer, newClaims, newToken, newTokens, rawVerifier, secret, TokenPool } from './tokens.ts'

const sizes = [512, 1024, 2048, 4096, 8192, 16_384]
const tokenCounts = [1, 10, 100, 1000, 10_000, 100_000, 1_000_000]
const sessionCounts = [1, 10, 100, 1000, 10_000]

/** How the cost grows with what an application has more and more of. */
export async function measureGrowth(settings: Settings): Promise<Report> {
  return {
    tables: [await measureSizes(settings), await measureLiveTokens(settings), await measureSessions(settings)],
    remark: 'HS256; microseconds for one call.',
  }
}

async function measureSizes({ pace }: Settings): Promise<Table> {
  const found = new Map<string, Times>()
  for (const size of sizes) {
    const pool = new TokenPool(newTokens('HS256', 200, claimsForSize(size)))
    const draw = (count: number): string[] => pool.draw(count)
    const verifiers = [...openVerifiers(cacheSize), { name: 'node:crypto', call: rawVerifier('HS256') }]
    found.set(inKiB(size), await raceVerifiers(verifiers, { filling: draw(200), draw, pace }))
  }
  return toGrowthTable('Size of the token, KiB', found)
}

async function measureLiveTokens({ pace, isQuick }: Settings): Promise<Table> {
  const found = new Map<string, Times>()
  for (const count of isQuick ? tokenCounts.slice(0, -1) : tokenCounts) {
    const tokens = newTokens('HS256', count)
    const pool = new TokenPool(tokens)
    // Each as likely as the others: the worst that users do, for most come again soon.
    const draw = (size: number): string[] => pool.drawAny(size)
    const verifiers = [...openVerifiers(cacheSize), ...openLargeCache(count)]
    found.set(count.toLocaleString('en'), await raceVerifiers(verifiers, { filling: tokens, draw, pace }))
  }
  return toGrowthTable('Live tokens', found)
}

type Verify = Pick<Contestant<string>, 'name' | 'call'>

function openVerifiers(max: number): Verify[] {
  return [
    openOurs('jwt-extended', false),
    openOurs(`jwt-extended, cache of ${max}`, max),
    openFastJwt('fast-jwt', false),
    openFastJwt(`fast-jwt, cache of ${max}`, max),
  ]
}

/** In its fastest setting. */
function openFastJwt(name: string, max: number | false): Verify {
  const options = { key: secret, algorithms: ['HS256' as const], allowedIss: issuer, allowedAud: audience }
  const cache = max === false ? {} : { cache: max, cacheKeyBuilder: (token: string) => token }
  return { name, call: createVerifier({ ...options, ...cache }) }
}

function openLargeCache(count: number): Verify[] {
  const max = Math.max(2, 2 * count)
  return [openOurs('jwt-extended, cache of all', max), openFastJwt('fast-jwt, cache of all', max)]
}

function openOurs(name: string, max: number | false): Verify {
  const jwt = new JwtManager({
    secretKey: secret,
    decodeIssuer: issuer,
    decodeAudience: audience,
    ...withCache(max),
  })
  return { name, call: token => jwt.verifyTokenSync(token) }
}

/** Those with a cache have seen every token before. */
async function raceVerifiers(
  verifiers: readonly Verify[],
  { filling, draw, pace }: Pick<Contestant<string>, 'draw'> & Pick<Settings, 'pace'> & { filling: readonly string[] },
): Promise<Times> {
  for (const { name, call } of verifiers) if (isCached(name)) for (const token of filling) await call(token)
  return race(
    verifiers.map(verifier => ({ ...verifier, draw })),
    pace,
  )
}

/** Claims that make the token as long as that, with a list of permissions. */
function claimsForSize(size: number): () => object {
  const empty = newToken('HS256', newClaims({ scopes: [] })).length
  // A quoted name of nine letters and a comma are twelve bytes, and base64url makes sixteen of them.
  const count = Math.max(0, Math.floor((size - empty) / 16))
  const scopes = Array.from({ length: count }, (_, index) => `s${String(index).padStart(8, '0')}`)
  return () => newClaims({ scopes })
}

/** What a store in memory takes for one user's sessions. */
async function measureSessions({ pace }: Settings): Promise<Table> {
  const found = new Map<string, Times>()
  for (const count of sessionCounts) found.set(count.toLocaleString('en'), await raceSessions(count, pace))
  return toGrowthTable('Sessions of one user, `memoryStore`', found)
}

async function raceSessions(count: number, pace: Settings['pace']): Promise<Times> {
  const store = memoryStore()
  for (let index = 0; index < count; index++) await store.createSession(sessionOf(index))
  const any = (size: number): number[] => Array.from({ length: size }, () => Math.floor(Math.random() * count))
  const contestants = Object.entries(sessionCalls(store)).map(([name, call]) => ({ name, draw: any, call }))
  return race(contestants, pace)
}

function sessionCalls(store: Store): Record<string, (index: number) => Promise<unknown>> {
  const newest = 99_999_999
  let rotations = 0
  return {
    'ask whether an access token is revoked': async index => store.isRevoked(queryOf(index)),
    'rotate a refresh token': async index => {
      const { sid, sub, jti } = (await store.getSession(sidOf(index))) ?? sessionOf(index)
      return store.rotateSession(newRotation(jti, `rotated-${rotations++}`, { sid, sub, minRotationMs: 0 }))
    },
    'list the first 20': () => store.listSessions('user-1', { limit: 20 }),
    'create one and revoke it': async () => {
      await store.createSession(sessionOf(newest))
      return store.revokeSession(sidOf(newest), 0)
    },
  }
}

/** In the order of their creation, as those of UUID version 7 are. */
function sidOf(index: number): string {
  return `session-${String(index).padStart(8, '0')}`
}

function sessionOf(index: number) {
  return newSession({ sid: sidOf(index), sub: 'user-1', jti: `refresh-${index}` })
}

function queryOf(index: number) {
  const ids = [`jti:access-${index}`, `sid:${sidOf(index)}`]
  return { sub: 'user-1', issuedAt: Date.now(), ids, watermarks: ['access:user-1', 'access'] }
}

/** One line for each contestant, one column for each step. */
function toGrowthTable(title: string, found: ReadonlyMap<string, Times>): Table {
  const names = new Set([...found.values()].flatMap(times => [...times.keys()]))
  const rows = [...names].map(name => [name, ...[...found.values()].map(times => inUs(timeOf(times, name)))])
  return { title, labels: 1, head: ['', ...found.keys()], rows }
}

function inKiB(bytes: number): string {
  return String(bytes / 1024)
}
