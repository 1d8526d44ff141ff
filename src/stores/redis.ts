import { partitionOfSession, partitionOfUser, partitionTag } from './partition.ts'
import { type RedisClient, type RedisScript, type RunScript, scriptRunner } from './redis-client.ts'
import { readEach, readIssued, readRotation, readSession, readText } from './redis-replies.ts'
import { redisScripts } from './redis-scripts.ts'
import type {
  IssuedSession,
  NewSession,
  RevocationEntry,
  RevocationQuery,
  Rotation,
  RotationResult,
  SessionPage,
  Store,
  StoredSession,
} from './store.ts'

export interface RedisStoreOptions {
  /**
   * A client of node-redis (`createClient`, `createCluster`, `createSentinel`) or of ioredis (`Redis`, `Cluster`), which
   * stays the application's to connect and to close. The server is Redis 6.2 or later.
   */
  readonly client: RedisClient
  /** What all keys begin with, inside of braces: letters, digits and `_ . : -`. @default 'jwt' */
  readonly prefix?: string
  /**
   * Over how many hash slots users are spread: 1 to 1024. More than 1 is for a Redis Cluster that one node is too small
   * for; session ids then end in `partitionTag(sub)`. It cannot be changed without losing what is stored. @default 1
   */
  readonly partitions?: number
  /** Milliseconds since 1970; for tests. @default the clock of the server */
  readonly clock?: () => number
}

/**
 * Keeps sessions and revocations in Redis. Each operation is one Lua script, except that what concerns all users is
 * written to each partition, and that `prune` goes in steps of a thousand.
 *
 * @throws TypeError where an option is wrong
 */
export function redisStore(options: RedisStoreOptions): Store {
  const { client, prefix = 'jwt', partitions = 1, clock } = options
  if (!prefixPattern.test(prefix)) {
    throw new TypeError('prefix must be 1 to 64 letters, digits or any of _ . : - for it becomes a part of each key')
  }
  if (!Number.isInteger(partitions) || partitions < 1 || partitions > mostPartitions) {
    throw new TypeError(`partitions must be a whole number from 1 to ${mostPartitions}`)
  }
  if (clock !== undefined && typeof clock !== 'function') throw new TypeError('clock must be a function')
  return new RedisStore(scriptRunner(client), { prefix, partitions, clock })
}

const prefixPattern = /^[\w.:-]{1,64}$/
const mostPartitions = 1024
/** So that no script keeps the server for longer than a few milliseconds. */
const prunedPerStep = 1000

interface Settings {
  readonly prefix: string
  readonly partitions: number
  readonly clock: (() => number) | undefined
}

/** The session and the user that a script is about. */
interface Subject {
  readonly sid?: string | undefined
  readonly sub?: string | undefined
}

class RedisStore implements Store {
  readonly name = 'redis'
  readonly isVolatile = false
  readonly #runScript: RunScript
  readonly #settings: Settings

  constructor(runScript: RunScript, settings: Settings) {
    this.#runScript = runScript
    this.#settings = settings
  }

  /** There is nothing to create. */
  async migrate(): Promise<void> {}

  async createSession(session: NewSession): Promise<IssuedSession> {
    const { sid, sub } = session
    if (this.#settings.partitions > 1 && !sid.endsWith(partitionTag(sub))) {
      throw new TypeError('With several partitions a session id must end in partitionTag(sub), and this one does not')
    }
    return readIssued(await this.#run(redisScripts.createSession, this.#ofUser(sub), session))
  }

  async rotateSession(rotation: Rotation): Promise<RotationResult> {
    return readRotation(await this.#run(redisScripts.rotateSession, this.#ofUser(rotation.sub), rotation))
  }

  async getSession(sid: string): Promise<StoredSession | undefined> {
    const row = await this.#run(redisScripts.getSession, this.#ofSession(sid), { sid })
    return row === null ? undefined : readSession(row)
  }

  async listSessions(sub: string, { cursor = '', limit }: { cursor?: string; limit: number }): Promise<SessionPage> {
    const rows = await this.#run(redisScripts.listSessions, this.#ofUser(sub), { sub, cursor, limit })
    const sessions = readEach(rows, readSession)
    const page = sessions.slice(0, limit)
    const last = page.at(-1)
    return { sessions: page, ...(sessions.length > limit && last !== undefined && { cursor: last.sid }) }
  }

  async revokeSession(sid: string, keepMs: number | null): Promise<StoredSession | undefined> {
    const row = await this.#run(redisScripts.revokeSession, this.#ofSession(sid), { sid, keepMs })
    return row === null ? undefined : readSession(row)
  }

  async revokeSessions(sub: string, options: Parameters<Store['revokeSessions']>[1]): Promise<readonly string[]> {
    const lived = await this.#run(redisScripts.revokeSessions, this.#ofUser(sub), { ...options, sub })
    return readEach(lived, readText)
  }

  async revoke(sub: string | undefined, entries: readonly RevocationEntry[]): Promise<void> {
    const partitions = sub === undefined ? this.#allPartitions() : [this.#ofUser(sub)]
    await Promise.all(partitions.map(partition => this.#run(redisScripts.revoke, partition, { entries })))
  }

  async isRevoked(query: RevocationQuery): Promise<boolean> {
    const answer = await this.#run(redisScripts.isRevoked, this.#ofUser(query.sub), query)
    return Number(answer) !== 0
  }

  async prune(limit = Number.POSITIVE_INFINITY): Promise<number> {
    let count = 0
    for (const partition of this.#allPartitions()) count += await this.#prunePartition(partition, limit - count)
    return count
  }

  async #prunePartition(partition: number, limit: number): Promise<number> {
    let count = 0
    while (count < limit) {
      const step = Math.min(prunedPerStep, limit - count)
      const removed = Number(await this.#run(redisScripts.prune, partition, { limit: step }))
      count += removed
      if (removed < step) break
    }
    return count
  }

  #ofUser(sub: string): number {
    return partitionOfUser(sub, this.#settings.partitions)
  }

  #ofSession(sid: string): number {
    return partitionOfSession(sid, this.#settings.partitions)
  }

  #allPartitions(): number[] {
    return Array.from({ length: this.#settings.partitions }, (_, partition) => partition)
  }

  async #run(script: RedisScript, partition: number, asked: object): Promise<unknown> {
    const argument = JSON.stringify({ ...asked, now: this.#settings.clock?.() }, toLua)
    return await this.#runScript(script, this.#keys(partition, asked), argument)
  }

  #keys(partition: number, { sid, sub }: Subject): string[] {
    const base = `{${this.#settings.prefix}:${partition}}:`
    const keys = [`${base}rv`, `${base}wm`]
    if (sid !== undefined) keys.push(`${base}s:${sid}`)
    if (sub !== undefined) keys.push(`${base}u:${sub}`)
    return keys
  }
}

/**
 * In Lua what is absent is nil, and what is null is a value of its own that counts as true. JSON has no infinite numbers,
 * and a script could not read half a character, which is what cutting text may leave.
 */
function toLua(_key: string, value: unknown): unknown {
  if (typeof value === 'number') return Math.min(Math.max(value, -Number.MAX_VALUE), Number.MAX_VALUE)
  return typeof value === 'string' ? value.toWellFormed() : (value ?? undefined)
}
