import { randomUUID } from 'node:crypto'
import { JwtManager, type JwtOptions, type JwtRequest } from 'jwt-extended'
import { memoryStore, type Store } from 'jwt-extended/stores'
import { cacheSize, withCache } from './cache-option.ts'
import { inTimes, inUs, type Report, type Table } from './figures.ts'
import { type Contestant, race, ratioOf, type Times, timeOf } from './race.ts'
import type { Settings } from './settings.ts'
import { audience, forge, issuer, newClaims, newTokens, secret, TokenPool } from './tokens.ts'

/** What is asked of `authenticate()`: how the manager is set up, and what a request looks like. */
interface Case {
  readonly name: string
  readonly options?: JwtOptions<unknown, object>
  readonly draw: (count: number) => readonly JwtRequest[]
  readonly refuses?: boolean
}

interface Pools {
  readonly headers: TokenPool
  readonly forgedHeaders: TokenPool
  readonly cookies: TokenPool
}

const plain = 'header'
const csrf = randomUUID()
/** More than the caches of the processor hold, as with many users. */
const liveTokens = 20_000
/** With a cache that holds them all. */
const cachedTokens = 1000

/** The whole check of a request, from its headers to its context, in this process. */
export async function measureAuthenticate({ pace }: Settings): Promise<Report> {
  const stores = await openStores()
  const withoutCache = await raceCases(openCases(liveTokens, stores), false, pace)
  const cached = await raceCases(openCases(cachedTokens, stores), cacheSize, pace)
  return {
    tables: [toCaseTable(withoutCache, cached)],
    figures: { ...figuresOf(withoutCache, ''), ...figuresOf(cached, 'cache, ') },
    remark: `HS256. ${liveTokens.toLocaleString('en')} live tokens without a cache, ${cachedTokens.toLocaleString('en')} with one.`,
  }
}

function openCases(count: number, stores: ReadonlyMap<string, Store>): Case[] {
  const pools = openPools(count)
  const draw = (size: number): JwtRequest[] => pools.headers.draw(size).map(requestWithHeader)
  const [revoked, users] = [newIds(100_000), new Map<unknown, object>()]
  const findUser = (sub: unknown): object => users.get(sub) ?? { name: sub }
  return [
    { name: plain, draw },
    {
      name: 'cookie, GET',
      ...inCookies,
      draw: size => pools.cookies.draw(size).map(value => requestWithCookie('GET', value)),
    },
    {
      name: 'cookie and CSRF value, POST',
      ...inCookies,
      draw: size => pools.cookies.draw(size).map(value => requestWithCookie('POST', value)),
    },
    { name: '`userLookup` in a Map', options: { userLookup: (_header, { sub }) => findUser(sub) }, draw },
    { name: '`userLookup`, asynchronous', options: { userLookup: async (_header, { sub }) => findUser(sub) }, draw },
    {
      name: '`tokenInBlocklist`, a Set of 100,000',
      options: { tokenInBlocklist: (_header, { jti }) => revoked.has(jti) },
      draw,
    },
    ...[...stores].map(([name, store]): Case => ({ name, options: { store }, draw })),
    { name: 'forged token', draw: size => pools.forgedHeaders.draw(size).map(requestWithHeader), refuses: true },
  ]
}

const inCookies = { options: { tokenLocation: 'cookies' } } as const

function openPools(count: number): Pools {
  const tokens = newTokens('HS256', count)
  const cookieTokens = newTokens('HS256', count, () => newClaims({ csrf }))
  return {
    headers: new TokenPool(tokens, 'Bearer '),
    forgedHeaders: new TokenPool(forge(tokens), 'Bearer '),
    cookies: new TokenPool(cookieTokens, `theme=dark; csrf_access_token=${csrf}; access_token_cookie=`),
  }
}

async function openStores(): Promise<Map<string, Store>> {
  const stores = new Map<string, Store>()
  for (const count of revokedCounts) stores.set(storeName(count), await fillStore(count))
  return stores
}

export const revokedCounts = [0, 100_000, 1_000_000] as const

/** The name of the figure that says how many times as long it takes to ask the store, too. */
export function revokedRatio(count: number): string {
  return `authenticate, ${storeName(count)} / ${plain}`
}

function storeName(count: number): string {
  return `\`memoryStore\`, ${count.toLocaleString('en')} revoked`
}

async function fillStore(count: number): Promise<Store> {
  const store = memoryStore()
  const keepMs = 86_400_000
  const entries = [...newIds(count)].map(jti => ({ id: `jti:${jti}`, keepMs }))
  await store.revoke(undefined, entries)
  return store
}

function newIds(count: number): Set<unknown> {
  return new Set(Array.from({ length: count }, () => randomUUID()))
}

async function raceCases(cases: readonly Case[], max: number | false, pace: Settings['pace']): Promise<Times> {
  const contestants = cases.map(current => toContestant(current, max))
  if (max !== false) for (const contestant of contestants) await fillCache(contestant)
  return race(contestants, pace)
}

function toContestant({ name, options, draw, refuses = false }: Case, max: number | false): Contestant<JwtRequest> {
  const jwt = new JwtManager<unknown>({
    secretKey: secret,
    decodeIssuer: issuer,
    decodeAudience: audience,
    ...options,
    ...withCache(max),
  })
  return { name, draw, refuses, call: request => jwt.authenticate(request) }
}

async function fillCache({ draw, call, refuses }: Contestant<JwtRequest>): Promise<void> {
  if (refuses) return
  for (const request of draw(cachedTokens)) await call(request)
}

function requestWithHeader(authorization: string): JwtRequest {
  return newRequest('GET', { authorization })
}

function requestWithCookie(method: string, cookie: string): JwtRequest {
  return newRequest(method, { cookie, 'x-csrf-token': csrf, origin: 'https://example.com' })
}

function newRequest(method: string, fields: Readonly<Record<string, string>>): JwtRequest {
  const headers: Readonly<Record<string, string>> = { host: 'example.com', 'user-agent': 'bench', ...fields }
  return { method, header: name => headers[name.toLowerCase()] }
}

function toCaseTable(times: Times, cached: Times | undefined): Table {
  const rows = [...times.keys()].map(name => [name, ...cellsOf(times, name), ...(cached ? cellsOf(cached, name) : [])])
  const head = ['request', 'µs', `of ${plain}`, ...(cached ? ['with cache, µs', `of ${plain}`] : [])]
  return { title: '`authenticate()`', labels: 1, head, rows }
}

function cellsOf(times: Times, name: string): string[] {
  return [inUs(timeOf(times, name)), inTimes(ratioOf(times, name, plain))]
}

function figuresOf(times: Times, prefix: string): Record<string, number> {
  const names = [...times.keys()]
  return Object.fromEntries([
    ...names.map(name => [`authenticate, ${prefix}${name}, ns`, timeOf(times, name)]),
    ...names.map(name => [`authenticate, ${prefix}${name} / ${plain}`, ratioOf(times, name, plain)]),
  ])
}
