/** How long things live in the model, in milliseconds. */
export const spans = { access: 900_000, idle: 3_600_000, lifetime: 14_400_000 } as const

/** A store may forget a session this long after its end, and then calls it unknown. */
const prunedAfter = 60_000

export interface Rules {
  readonly grace: number
  readonly minRotation: number
}

export interface ModelSession {
  readonly user: string
  readonly createdAt: number
  readonly expiresAt: number
  generation: number
  usedAt: number
  rotatedAt: number
  isRevoked: boolean
}

export interface ModelToken {
  readonly kind: 'access' | 'refresh'
  readonly user: string
  readonly issuedAt: number
  readonly expiresAt: number
  /** Absent for a token that belongs to none. */
  readonly session?: ModelSession
  /** For a refresh token of a session: how many there were before it. */
  readonly generation?: number
  isRevoked: boolean
}

/** What comes of a rotation; for a refusal, the codes that are right. */
export type Verdict = 'rotated' | 'current' | 'replayed' | readonly string[]

/** Sessions and tokens as docs and design say, without any store: everything is kept, and asked one by one. */
export class Model {
  now: number
  readonly sessions: ModelSession[] = []
  readonly tokens: ModelToken[] = []
  readonly #rules: Rules
  /** The watermarks: whatever was issued at or before them is refused. */
  readonly #marks = new Map<string, number>()

  constructor(now: number, rules: Rules) {
    this.now = now
    this.#rules = rules
  }

  create(user: string): ModelSession {
    const createdAt = Math.max(this.now, this.#mark('all') + 1)
    const session: ModelSession = {
      user,
      createdAt,
      expiresAt: createdAt + spans.lifetime,
      generation: 0,
      usedAt: createdAt,
      rotatedAt: createdAt,
      isRevoked: false,
    }
    this.sessions.push(session)
    this.#issuePair(session, createdAt)
    return session
  }

  /** A token that belongs to no session. */
  issue(kind: ModelToken['kind'], user: string): ModelToken {
    const life = kind === 'access' ? spans.access : spans.lifetime
    return this.#add({ kind, user, issuedAt: this.now, expiresAt: inSeconds(this.now + life) })
  }

  rotate(session: ModelSession, generation: number): Verdict {
    if (this.now >= inSeconds(session.expiresAt)) return ['token_expired']
    if (this.#isOver(session)) return this.#refuseOver(session)
    if (session.isRevoked) return ['token_revoked']
    const verdict = this.#judge(session, generation)
    if (verdict === 'reused') {
      session.isRevoked = true
      return ['token_revoked']
    }
    session.usedAt = this.now
    if (verdict === 'rotated') {
      session.generation++
      session.rotatedAt = this.now
    }
    this.#issuePair(session, this.now)
    return verdict
  }

  /** Whether it lived. */
  revoke(session: ModelSession): boolean {
    const lived = this.isLive(session)
    session.isRevoked = true
    return lived
  }

  /** Those that lived. */
  revokeAll(user: string, except: ModelSession | undefined): ModelSession[] {
    this.#raiseNow(`user ${user}`)
    const ended = this.sessions.filter(session => session.user === user && session !== except)
    return ended.filter(session => this.revoke(session))
  }

  invalidateAccess(user: string): void {
    this.#raiseNow(`access ${user}`)
  }

  revokeEverythingBefore(time: number): void {
    // What lies ahead is now.
    if (time < this.now) this.#raise('all', time)
    else this.#raiseNow('all')
    // Sessions that began later go on, but have to refresh.
    this.#raiseNow('access')
    for (const session of this.sessions) if (session.createdAt <= this.#mark('all')) session.isRevoked = true
  }

  /** The session that ended with it. */
  revokeToken(token: ModelToken): ModelSession | undefined {
    const { kind, session } = token
    if (kind === 'refresh' && session !== undefined) return this.revoke(session) ? session : undefined
    token.isRevoked = true
    return undefined
  }

  list(user: string): ModelSession[] {
    return this.sessions.filter(session => session.user === user && this.isLive(session))
  }

  isLive(session: ModelSession): boolean {
    return !session.isRevoked && !this.#isOver(session)
  }

  /** The code that a token is refused with, or `'accepted'`. */
  check(token: ModelToken): string {
    if (this.now >= token.expiresAt) return 'token_expired'
    const { session, kind } = token
    const isRefused =
      token.isRevoked ||
      (session === undefined
        ? this.#isBelowMark(token)
        : kind === 'access'
          ? session.isRevoked || this.#isBelowMark(token)
          : !this.#isLiveRefresh(session, token.generation ?? 0))
    return isRefused ? 'token_revoked' : 'accepted'
  }

  #judge(session: ModelSession, generation: number): 'rotated' | 'current' | 'replayed' | 'reused' {
    const age = this.now - session.rotatedAt
    if (generation === session.generation)
      return generation > 0 && age < this.#rules.minRotation ? 'current' : 'rotated'
    return generation === session.generation - 1 && age <= this.#rules.grace ? 'replayed' : 'reused'
  }

  #refuseOver(session: ModelSession): readonly string[] {
    const mayBeForgotten = this.now >= session.usedAt + spans.idle + prunedAfter
    return session.isRevoked || mayBeForgotten ? ['token_expired', 'token_revoked'] : ['token_expired']
  }

  #isLiveRefresh(session: ModelSession, generation: number): boolean {
    const isPrevious = generation === session.generation - 1 && this.now - session.rotatedAt <= this.#rules.grace
    return this.isLive(session) && (generation === session.generation || isPrevious)
  }

  #isBelowMark({ kind, user, session, issuedAt }: ModelToken): boolean {
    const ofAccess = kind === 'access' ? [`access ${user}`] : []
    const names = session === undefined ? [`user ${user}`, 'all', ...ofAccess] : ['access', 'all', ...ofAccess]
    return names.some(name => issuedAt <= this.#mark(name))
  }

  #isOver({ usedAt, expiresAt }: ModelSession): boolean {
    return this.now >= Math.min(expiresAt, usedAt + spans.idle)
  }

  #issuePair(session: ModelSession, time: number): void {
    const { user, generation } = session
    const marks = ['access', 'all', `access ${user}`].map(name => this.#mark(name) + 1)
    const issuedAt = Math.max(time, ...marks)
    const end = inSeconds(session.expiresAt)
    this.#add({ kind: 'access', user, session, issuedAt, expiresAt: Math.min(end, inSeconds(this.now + spans.access)) })
    this.#add({ kind: 'refresh', user, session, generation, issuedAt, expiresAt: end })
  }

  #add(token: Omit<ModelToken, 'isRevoked'>): ModelToken {
    const added = { ...token, isRevoked: false }
    this.tokens.push(added)
    return added
  }

  /** Later than it was, for what was issued since counts as issued after it. */
  #raiseNow(name: string): void {
    this.#raise(name, Math.max(this.now, this.#mark(name) + 1))
  }

  #raise(name: string, time: number): void {
    this.#marks.set(name, Math.max(time, this.#mark(name)))
  }

  #mark(name: string): number {
    return this.#marks.get(name) ?? Number.NEGATIVE_INFINITY
  }
}

/** Tokens say their end in whole seconds. */
function inSeconds(time: number): number {
  return Math.floor(time / 1000) * 1000
}
