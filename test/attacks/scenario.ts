import { JwtError, JwtManager, type JwtOptions } from 'jwt-extended'
import { memoryStore, type Store } from 'jwt-extended/stores'
import { type FixedClock, fixedClock } from 'jwt-extended/testing'
import { requestOf } from '../request/support.ts'
import { otherSecret, strongSecret } from '../support/configure.ts'
import { forgeToken, toSegment } from '../support/forge.ts'
import { refusal } from './answer.ts'

/** A step in words that nobody has taught this runner. */
export class UnknownStep extends Error {
  override readonly name = 'UnknownStep'
}

/** What a step says about how it is to end: `accept`, or `reject` with or without an error. */
interface Outcome {
  readonly isAccepted: boolean
  readonly error: string | undefined
}

type Take = (scenario: Scenario, match: Readonly<Record<string, string | undefined>>) => Promise<void>

const names = "(?<names>[\\w']+(, ?[\\w']+)*)"

/** The words of the steps. A time (`@t+12`, `@t+8d`) and an outcome (`:reject:revoked_token`) may follow each. */
const vocabulary: readonly (readonly [RegExp, Take])[] = [
  [
    /^config (?<settings>\w+ ?= ?\w+(, ?\w+ ?= ?\w+)*)$/,
    async (scenario, { settings }) => scenario.configure(settings),
  ],
  [
    new RegExp(`^${names} ?= ?login(?<words>( \\w+)*)$`),
    (scenario, match) => scenario.logIn(match['names'], match['words']),
  ],
  [
    new RegExp(`^(${names} ?= ?)?refresh\\((?<token>[^)]+)\\)$`),
    (scenario, match) => scenario.refresh(scenario.find(match['token']), match['names']),
  ],
  [
    /^(?<count>\d+)x? (parallel|concurrent) refresh\((?<token>[^)]+)\)$/,
    (scenario, { count, token }) => scenario.refreshAtOnce(Number(count), scenario.find(token)),
  ],
  [
    /^refresh\((?<token>[^)]+)\) ?x ?(?<count>\d+) (in parallel|concurrently|at once)$/,
    (scenario, { count, token }) => scenario.refreshAtOnce(Number(count), scenario.find(token)),
  ],
  [
    /^refresh\((?<token>[^)]+)\) ?\|\| ?refresh\(\k<token>\)$/,
    (scenario, { token }) => scenario.refreshAtOnce(2, scenario.find(token)),
  ],
  [/^refresh daily$/, async scenario => scenario.refreshDaily()],
  [/^at( t\+\w+)?$/, scenario => scenario.refreshUntilNow()],
  [/^restart$/, async scenario => scenario.restart()],
  [/^wait (?<span>\d+[smhd])$/, async (scenario, { span }) => scenario.wait(span)],
  [/^use (?<token>\S+)$/, (scenario, { token }) => scenario.use(scenario.find(token))],
  [/^(logout|revoke) (everywhere|all)( sessions)?$/, scenario => scenario.logOutEverywhere()],
  [
    /^(logout|revoke family|revoke session)(( of)? (?<token>\w+)|\((?<inside>\w+)\))?$/,
    (scenario, { token, inside }) => scenario.logOut(token ?? inside),
  ],
  [
    /^(?<name>[\w']+)=token with the same family claim signed by another key$/,
    async (scenario, { name }) => scenario.keep(name, scenario.signAgain({}, otherSecret)),
  ],
  [
    /^(?<name>[\w']+)=signed refresh token whose family is unknown to the store$/,
    async (scenario, { name }) => scenario.keepOfUnknownFamily(name),
  ],
  [
    /^(?<left>[\w']+) ?(?<relation>[!=]==?) ?(?<right>[\w']+)$/,
    (scenario, { left, relation = '', right }) => scenario.compare(`${left}.jti`, relation, `${right}.jti`),
  ],
  [
    /^(?<left>[\w']+\.\w+) ?(?<relation>[!=]==?) ?(?<right>.+)$/,
    (scenario, { left = '', relation = '', right = '' }) => scenario.compare(left, relation, right),
  ],
  [/^store throws during refresh$/, scenario => scenario.refreshWithoutStore()],
  [/^store (throws|is down)$/, async scenario => scenario.stopStore()],
  [/^store (recovers|is up|works again)$/, async scenario => scenario.startStore()],
]

/** Sessions on a store in memory, whose steps are told in words. */
export class Scenario {
  readonly #clock: FixedClock = fixedClock()
  readonly #start = this.#clock()
  readonly #tokens = new Map<string, string>()
  readonly #store = memoryStore({ clock: this.#clock })
  // A current token gets a successor at once, or nothing would be reused in the seconds that the steps take.
  #sessions: Record<string, string | number> = { minRotation: 0 }
  #sid = ''
  #isDaily = false
  #wasReused = false
  #isStoreDown = false
  #jwt = this.#open()

  /** @throws Error where a step ends in another way than it says; UnknownStep */
  async take(step: string): Promise<void> {
    const { action, time, outcome } = parseStep(step)
    const found = vocabulary.flatMap(([pattern, take]) => {
      const groups = pattern.exec(action)
      return groups === null ? [] : [() => take(this, groups.groups ?? {})]
    })
    if (found[0] === undefined) throw new UnknownStep(`no words for the step "${step}"`)
    // Nothing happens at the same moment as what came before.
    this.#clock.set(new Date(time === undefined ? this.#clock() + 1 : this.#start + time))
    this.#wasReused = false
    await this.#expect(outcome, found[0])
  }

  configure(settings = ''): void {
    for (const setting of settings.split(',')) {
      const [name = '', value = ''] = setting.split('=').map(part => part.trim())
      const option = { absolute: 'lifetime', idle: 'idleLifetime', grace: 'grace' }[name]
      if (option === undefined) throw new UnknownStep(`no option for ${name}`)
      this.#sessions = { ...this.#sessions, [option]: /^\d+$/.test(value) ? Number(value) : value }
    }
    this.#jwt = this.#open()
  }

  wait(span = ''): void {
    this.#clock.advance(span as '1s')
  }

  /** Another process, with the same store. */
  restart(): void {
    this.#jwt = this.#open()
  }

  stopStore(): void {
    this.#isStoreDown = true
  }

  startStore(): void {
    this.#isStoreDown = false
  }

  async logIn(names = '', words = ''): Promise<void> {
    const given = words.split(' ').filter(word => word !== '')
    const [identity = 'alice'] = given.filter(word => word !== 'fresh')
    const pair = await this.#jwt.sessions.create(identity, { fresh: given.includes('fresh') })
    this.#sid = pair.sessionId
    this.#keepPair(names, pair)
  }

  async refresh(token: string, names = ''): Promise<void> {
    this.#keepPair(names, await this.#jwt.sessions.rotate(token))
  }

  async refreshAtOnce(count: number, token: string): Promise<void> {
    const pairs = await Promise.all(Array.from({ length: count }, () => this.#jwt.sessions.rotate(token)))
    const ids = await Promise.all(pairs.map(pair => this.#jwt.getJti(pair.refreshToken)))
    if (new Set(ids).size !== 1) throw new Error(`${count} parallel refreshes gave ${new Set(ids).size} successors`)
  }

  refreshDaily(): void {
    this.#isDaily = true
  }

  /** Day by day, each time with the newest refresh token. */
  async refreshUntilNow(): Promise<void> {
    const end = this.#clock()
    if (this.#isDaily && this.#tokens.size === 0) {
      this.#clock.set(new Date(this.#start))
      await this.logIn('r')
    }
    const day = 86_400_000
    for (let time = this.#start + day; time < end - day; time += day) {
      this.#clock.set(new Date(time))
      await this.refresh(this.find('r'), 'r').catch((error: unknown) => {
        throw new Error(`refused on day ${(time - this.#start) / day} already: ${error}`)
      })
    }
    this.#clock.set(new Date(end))
    await this.refresh(this.find('r'), 'r')
  }

  async use(token: string): Promise<void> {
    await this.#jwt.authenticate(requestOf({ headers: { authorization: `Bearer ${token}` } }))
  }

  async logOut(name?: string): Promise<void> {
    const sid = name === undefined ? this.#sid : String(this.#claimsOf(this.find(name))['sid'])
    await this.#jwt.sessions.revoke(sid)
  }

  async logOutEverywhere(): Promise<void> {
    await this.#jwt.sessions.revokeAll('alice')
  }

  /** A token by its name, or by what is changed in it: `r0 with sub changed`. */
  find(words = ''): string {
    const { name = words, claim } = /^(?<name>\S+) with (?<claim>\w+) changed$/.exec(words)?.groups ?? {}
    const token = this.#tokens.get(name)
    if (token === undefined) throw new UnknownStep(`no token ${name}`)
    if (claim === undefined) return token
    const [header, , signature] = token.split('.')
    return [header, toSegment({ ...this.#claimsOf(token), [claim]: 'mallory' }), signature].join('.')
  }

  keep(name = '', token = ''): void {
    this.#tokens.set(name, token)
  }

  /** The newest refresh token with other claims, signed with any secret. */
  signAgain(claims: object, secret: string): string {
    const newest = [...this.#tokens].findLast(([name]) => name.startsWith('r'))?.[1] ?? ''
    return forgeToken({ payload: { ...this.#claimsOf(newest), ...claims }, secret })
  }

  async keepOfUnknownFamily(name?: string): Promise<void> {
    await this.logIn('r')
    this.keep(name, this.signAgain({ sid: '00000000-0000-7000-8000-000000000000' }, strongSecret))
  }

  /** `a1.fresh===false`, `r1.jti!==r0.jti`. */
  async compare(left: string, relation: string, right: string): Promise<void> {
    const given = await this.#valueOf(left)
    const wanted = /^[\w']+\.\w+$/.test(right) ? await this.#valueOf(right) : right
    if ((given === wanted) === relation.startsWith('!')) throw new Error(`${left} is ${given}`)
  }

  async #valueOf(path: string): Promise<string> {
    const [token, claim = ''] = path.split('.')
    const { claims } = await this.#jwt.verifyToken(this.find(token))
    return JSON.stringify(claims[claim])
  }

  async refreshWithoutStore(): Promise<void> {
    if (!this.#tokens.has('r0')) await this.logIn('r0')
    this.#isStoreDown = true
    const error = await this.#jwt.sessions.rotate(this.find('r0')).catch((thrown: unknown) => thrown)
    this.#isStoreDown = false
    if (!(error instanceof JwtError && error.status >= 500)) throw new Error(`the refresh ended in ${error}`)
    await this.refresh(this.find('r0'), 'r1')
  }

  async #expect({ isAccepted, error }: Outcome, work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (thrown) {
      if (!(thrown instanceof JwtError)) throw thrown
      const answer = refusal(thrown.code, thrown.message)
      const isRight = error === undefined || (answer.outcome === 'reject' && answer.kinds.includes(error))
      if (isAccepted || !isRight) throw new Error(`refused: ${thrown.code}`)
      if (error === 'refresh_reuse' && !this.#wasReused) throw new Error('nobody was told of the reuse')
      return
    }
    if (!isAccepted) throw new Error('accepted')
  }

  #open(): JwtManager {
    const options: JwtOptions = { secretKey: strongSecret, clock: this.#clock, store: this.#failing(), warn: () => {} }
    const jwt = new JwtManager({ ...options, sessions: this.#sessions } as JwtOptions<never>)
    jwt.on('reuse_detected', () => {
      this.#wasReused = true
    })
    return jwt
  }

  /** The store, which throws while it is down. */
  #failing(): Store {
    return new Proxy(this.#store, {
      get: (store, name) => {
        if (this.#isStoreDown) throw new Error('the store is down')
        const member: unknown = Reflect.get(store, name)
        return typeof member === 'function' ? member.bind(store) : member
      },
    })
  }

  #keepPair(names: string, pair: { readonly accessToken: string; readonly refreshToken: string }): void {
    for (const name of names.split(',').map(part => part.trim()))
      if (name !== '') this.#tokens.set(name, name.startsWith('a') ? pair.accessToken : pair.refreshToken)
  }

  #claimsOf(token: string): Readonly<Record<string, unknown>> {
    return this.#jwt.decodeUnverified(token).claims
  }
}

const unitsMs: Readonly<Record<string, number>> = { '': 1000, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** Takes the outcome and the time off a step: `refresh(r0)@t+12:reject:refresh_reuse`. */
function parseStep(step: string): { action: string; time: number | undefined; outcome: Outcome } {
  const [said = '', ...verdict] = step.split(/: */)
  const [, action = said, , amount, unit = ''] = /^(.*?)( ?@ ?| (?=t\+))t\+(\d+)([smhd]?)$/.exec(said) ?? []
  const time = amount === undefined ? undefined : Number(amount) * (unitsMs[unit] ?? 0)
  return { action: action.trim(), time, outcome: parseOutcome(verdict) }
}

/** Words that say the same, and one sentence whose outcome is part of the step. */
const acceptances: readonly string[] = ['accept', 'accepted', 'ok', '200']
const refusals: readonly string[] = ['reject', 'rejected', 'refuse', 'refused', '401']
const ownOutcomes: readonly string[] = [
  '5xx, r0 still usable afterwards',
  'one successor',
  'exactly one successor',
  'exactly one new token',
]

function parseOutcome([verdict = 'accept', error, ...rest]: readonly string[]): Outcome {
  if (rest.length === 0 && refusals.includes(verdict)) return { isAccepted: false, error }
  if (error === undefined && /^5(xx|\d\d)$/.test(verdict)) return { isAccepted: false, error: 'revocation_unavailable' }
  if (error === undefined && [...acceptances, ...ownOutcomes].includes(verdict)) return { isAccepted: true, error }
  throw new UnknownStep(`no words for the outcome "${[verdict, error, ...rest].join(':')}"`)
}
