import { type EntryRow, EntryTable } from './entry-table.ts'
import { ExpiryQueue } from './expiry-queue.ts'
import { judgeRotation } from './judge-rotation.ts'
import { endOf, endOfSession, newRow, type SessionRow, swapToken, toSession } from './session-row.ts'
import {
  globalWatermark,
  type IssuedSession,
  type NewSession,
  type RevocationEntry,
  type RevocationQuery,
  type Rotation,
  type RotationResult,
  type SessionPage,
  type Store,
  type StoredSession,
  sessionEntryId,
} from './store.ts'

export interface MemoryStoreOptions {
  /** Milliseconds since 1970; for tests. @default Date.now */
  readonly clock?: () => number
}

/**
 * Keeps sessions in the memory of this process: for development, for tests, and for an application that is one process
 * and may forget its sessions when it restarts.
 */
export function memoryStore({ clock = Date.now }: MemoryStoreOptions = {}): Store {
  return new MemoryStore(clock)
}

/** How many outdated rows each creation and revocation removes. */
const prunedPerWrite = 10

/** A session that has just expired is not unknown yet. */
const keptAfterEndMs = 60_000

class MemoryStore implements Store {
  readonly name = 'memory'
  readonly isVolatile = true
  readonly #clock: () => number
  readonly #sessions = new Map<string, SessionRow>()
  readonly #bySub = new Map<string, Set<string>>()
  readonly #entries = new EntryTable()
  readonly #sessionEnds = new ExpiryQueue()
  readonly #entryEnds = new ExpiryQueue()

  constructor(clock: () => number) {
    this.#clock = clock
  }

  async migrate(): Promise<void> {}

  async createSession(session: NewSession): Promise<IssuedSession> {
    this.#pruneSome(prunedPerWrite)
    const createdAt = Math.max(this.#clock(), this.#watermark(globalWatermark) + 1)
    const { sid, sub, newerThan } = session
    const row = newRow(session, createdAt)
    // One that has been revoked before its creation came: a second attempt whose first was.
    if (!this.#hasEntry(sessionEntryId(sid), this.#clock())) {
      this.#save(row)
      this.#bySub.set(sub, (this.#bySub.get(sub) ?? new Set()).add(sid))
    }
    return { session: toSession(row), issuedAt: this.#issuedAt(createdAt, newerThan) }
  }

  async rotateSession(rotation: Rotation): Promise<RotationResult> {
    const now = this.#clock()
    const row = this.#sessions.get(rotation.sid)
    if (this.#hasEntry(sessionEntryId(rotation.sid), now)) return { verdict: 'revoked' }
    if (row === undefined || row.sub !== rotation.sub) return { verdict: 'unknown' }
    if (this.#isEnded(row)) return { verdict: 'revoked' }
    if (isOver(row, now)) return { verdict: 'expired' }
    const verdict = judgeRotation(row, rotation, now)
    if (verdict === 'reused') {
      this.#end(row, rotation.keepMs, now)
      return { verdict, session: toSession(row) }
    }
    const used = { ...row, usedAt: now, ip: rotation.ip ?? row.ip, userAgent: rotation.userAgent ?? row.userAgent }
    const next =
      verdict === 'rotated' && row.jti !== rotation.proposedJti ? swapToken(used, rotation.proposedJti, now) : used
    this.#save(next)
    return { verdict, session: toSession(next), issuedAt: this.#issuedAt(now, rotation.newerThan) }
  }

  async getSession(sid: string): Promise<StoredSession | undefined> {
    const row = this.#sessions.get(sid)
    return row !== undefined && this.#isLive(row, this.#clock()) ? toSession(row) : undefined
  }

  async listSessions(sub: string, { cursor = '', limit }: { cursor?: string; limit: number }): Promise<SessionPage> {
    const now = this.#clock()
    const rows = this.#rowsOf(sub).filter(row => row.sid > cursor && this.#isLive(row, now))
    rows.sort((a, b) => (a.sid < b.sid ? -1 : 1))
    const page = rows.slice(0, limit)
    const last = page.at(-1)
    return { sessions: page.map(toSession), ...(rows.length > limit && last !== undefined && { cursor: last.sid }) }
  }

  async revokeSession(sid: string, keepMs: number | null): Promise<StoredSession | undefined> {
    const now = this.#clock()
    const row = this.#sessions.get(sid)
    const session = row !== undefined && this.#isLive(row, now) ? toSession(row) : undefined
    if (row === undefined) this.#add({ id: sessionEntryId(sid), keepMs }, now)
    else this.#end(row, keepMs, now)
    this.#pruneSome(prunedPerWrite)
    return session
  }

  async revokeSessions(
    sub: string,
    { except, keepMs, entries }: Parameters<Store['revokeSessions']>[1],
  ): Promise<readonly string[]> {
    const now = this.#clock()
    const rows = this.#rowsOf(sub).filter(row => row.sid !== except)
    const lived = rows.filter(row => this.#isLive(row, now)).map(row => row.sid)
    for (const row of rows) this.#end(row, keepMs, now)
    await this.revoke(sub, entries)
    return lived
  }

  async revoke(_sub: string | undefined, entries: readonly RevocationEntry[]): Promise<void> {
    const now = this.#clock()
    for (const entry of entries) this.#add(entry, now)
    this.#pruneSome(prunedPerWrite)
  }

  // At once: to wait for a promise would take longer than the look.
  isRevoked({ ids, watermarks, issuedAt, session, sub }: RevocationQuery): boolean {
    const now = this.#clock()
    if (ids.some(id => this.#hasEntry(id, now))) return true
    if (watermarks.some(id => issuedAt <= this.#watermark(id))) return true
    if (session === undefined) return false
    const row = this.#sessions.get(session.sid)
    if (row === undefined || row.sub !== sub || !this.#isLive(row, now)) return true
    if (session.refresh === undefined) return false
    const { jti, graceMs } = session.refresh
    const isPrevious = row.previousJti === jti && now - row.rotatedAt <= graceMs
    return row.jti !== jti && !isPrevious
  }

  async prune(limit = Number.POSITIVE_INFINITY): Promise<number> {
    return this.#pruneSome(limit)
  }

  #rowsOf(sub: string): SessionRow[] {
    return [...(this.#bySub.get(sub) ?? [])].flatMap(sid => this.#sessions.get(sid) ?? [])
  }

  #isEnded(row: SessionRow): boolean {
    return row.createdAt <= this.#watermark(globalWatermark)
  }

  #isLive(row: SessionRow, now: number): boolean {
    return !isOver(row, now) && !this.#isEnded(row)
  }

  #hasEntry(id: string, now: number): boolean {
    const entry = this.#entries.get(id)
    return entry !== undefined && entry.issuedBy === undefined && entry.expiresAt > now
  }

  #watermark(id: string): number {
    const entry = this.#entries.get(id)
    if (entry === undefined || entry.expiresAt <= this.#clock()) return Number.NEGATIVE_INFINITY
    return entry.issuedBy ?? Number.POSITIVE_INFINITY
  }

  #issuedAt(now: number, newerThan: readonly string[]): number {
    return Math.max(now, ...newerThan.map(id => this.#watermark(id) + 1))
  }

  #add({ id, issuedBy, keepMs }: RevocationEntry, now: number): void {
    const added = {
      issuedBy: issuedBy === 'now' ? this.#issuedAt(now, [id]) : issuedBy,
      expiresAt: orNever(endOf(now, keepMs)),
    }
    const known = this.#entries.get(id)
    const row = known === undefined || known.expiresAt <= now ? added : merge(known, added)
    this.#entries.set(id, row)
    this.#entryEnds.add(id, row.expiresAt)
  }

  #end(row: SessionRow, keepMs: number | null, now: number): void {
    this.#add({ id: sessionEntryId(row.sid), keepMs }, now)
    this.#forget(row)
  }

  #save(row: SessionRow): void {
    this.#sessions.set(row.sid, row)
    this.#sessionEnds.add(row.sid, orNever(endOfSession(row)))
  }

  #forget({ sid, sub }: SessionRow): void {
    this.#sessions.delete(sid)
    const sids = this.#bySub.get(sub)
    sids?.delete(sid)
    if (sids?.size === 0) this.#bySub.delete(sub)
  }

  #pruneSome(limit: number): number {
    const now = this.#clock() - keptAfterEndMs
    let count = 0
    for (const sid of this.#sessionEnds.take(now, limit)) {
      const row = this.#sessions.get(sid)
      if (row === undefined) continue
      // It may have been used since.
      if (!isOver(row, now)) this.#sessionEnds.add(sid, orNever(endOfSession(row)))
      else {
        this.#forget(row)
        count++
      }
    }
    for (const id of this.#entryEnds.take(now, limit - count)) {
      const entry = this.#entries.get(id)
      if (entry === undefined || entry.expiresAt > now) continue
      this.#entries.delete(id)
      count++
    }
    return count
  }
}

function merge(a: EntryRow, b: EntryRow): EntryRow {
  const isWatermark = a.issuedBy !== undefined && b.issuedBy !== undefined
  return {
    issuedBy: isWatermark ? Math.max(a.issuedBy, b.issuedBy) : undefined,
    expiresAt: Math.max(a.expiresAt, b.expiresAt),
  }
}

function orNever(time: number | null): number {
  return time ?? Number.POSITIVE_INFINITY
}

function isOver(row: SessionRow, now: number): boolean {
  return now >= orNever(endOfSession(row))
}
