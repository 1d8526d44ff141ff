import { type PostgresNames, type PostgresSchemaOptions, resolvePostgresNames } from './postgres-names.ts'
import { buildQueries, type PostgresQueries } from './postgres-queries.ts'
import { postgresSchema } from './postgres-schema.ts'
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

/** What is needed of a client: `Pool` and `Client` of `pg` have it, and `PGlite`. */
export interface PostgresClient {
  query(text: string, values: unknown[]): Promise<{ readonly rows: readonly unknown[] }>
}

export interface PostgresStoreOptions extends PostgresSchemaOptions {
  /**
   * A pool or client, which stays yours to open and to close. It must work at READ COMMITTED, the isolation level that
   * Postgres has by default, and not within a transaction of yours, for that would keep the locks. No statement is named:
   * PgBouncer may be in between, also in transaction mode.
   *
   * @example for postgres.js
   *
   * ```ts
   * const pool = {
   *   query: async (text: string, values: any[]) => ({ rows: await sql.unsafe(text, values) }),
   * }
   * ```
   */
  readonly pool: PostgresClient
  /** Milliseconds since 1970; for tests. By default it is the clock of the server that counts. */
  readonly clock?: () => number
}

/**
 * Keeps sessions in Postgres, 11 or later: for applications on several machines. `migrate()` creates the tables and
 * functions; `postgresSchema()` is the same as SQL.
 *
 * ```ts
 * const store = postgresStore({ pool: new Pool({ connectionString: process.env.DATABASE_URL }) })
 * await store.migrate()
 * ```
 *
 * @throws TypeError at a pool without `query`, and at a prefix or schema that cannot be a name in Postgres
 */
export function postgresStore(options: PostgresStoreOptions): Store {
  if (typeof options?.pool?.query !== 'function') {
    throw new TypeError('pool must have a method query(text, values), as a Pool or Client of pg or a PGlite has it')
  }
  if (options.clock !== undefined && typeof options.clock !== 'function') {
    throw new TypeError('clock must be a function that returns milliseconds since 1970')
  }
  return new PostgresStore(options)
}

class PostgresStore implements Store {
  readonly name = 'postgres'
  readonly isVolatile = false
  readonly #pool: PostgresClient
  readonly #clock: (() => number) | undefined
  readonly #names: PostgresNames
  readonly #schema: string
  readonly #queries: PostgresQueries

  constructor({ pool, clock, ...schemaOptions }: PostgresStoreOptions) {
    this.#pool = pool
    this.#clock = clock
    this.#names = resolvePostgresNames(schemaOptions)
    this.#schema = postgresSchema(schemaOptions)
    this.#queries = buildQueries(this.#names)
  }

  async migrate(): Promise<void> {
    await this.#pool.query(this.#schema, [])
  }

  async createSession(session: NewSession): Promise<IssuedSession> {
    const { sid, sub, jti, lifetimeMs, idleMs, ip, userAgent, newerThan } = session
    const result = await this.#call('create_session', [
      toText(sid),
      sub,
      jti,
      toInteger(lifetimeMs),
      toInteger(idleMs),
      toText(ip),
      toText(userAgent),
      [...newerThan],
    ])
    return toIssued(readObject(result))
  }

  async rotateSession(rotation: Rotation): Promise<RotationResult> {
    const { sid, sub, presentedJti, proposedJti, graceMs, minRotationMs, keepMs, ip, userAgent, newerThan } = rotation
    const result = await this.#call('rotate_session', [
      toText(sid),
      sub,
      presentedJti,
      proposedJti,
      toInteger(graceMs),
      toInteger(minRotationMs),
      toInteger(keepMs),
      toText(ip),
      toText(userAgent),
      [...newerThan],
    ])
    return toRotationResult(readObject(result))
  }

  async getSession(sid: string): Promise<StoredSession | undefined> {
    const [row] = await this.#query(this.#queries.get, [this.#now(), toText(sid)])
    return row === undefined ? undefined : toSession(row)
  }

  async listSessions(sub: string, { cursor = '', limit }: { cursor?: string; limit: number }): Promise<SessionPage> {
    const rows = await this.#query(this.#queries.list, [this.#now(), sub, toText(cursor), toInteger(limit)])
    const sessions = rows.slice(0, limit).map(toSession)
    const last = sessions.at(-1)
    return { sessions, ...(rows.length > limit && last !== undefined && { cursor: last.sid }) }
  }

  async revokeSession(sid: string, keepMs: number | null): Promise<StoredSession | undefined> {
    const result = await this.#call('revoke_session', [toText(sid), toInteger(keepMs)])
    return result === null ? undefined : toSession(readObject(result))
  }

  async revokeSessions(
    sub: string,
    { except, keepMs, entries }: Parameters<Store['revokeSessions']>[1],
  ): Promise<readonly string[]> {
    const values = [sub, toText(except ?? null), toInteger(keepMs), toEntries(entries)]
    return (await this.#call('revoke_sessions', values)) as string[]
  }

  async revoke(_sub: string | undefined, entries: readonly RevocationEntry[]): Promise<void> {
    await this.#call('revoke', [toEntries(entries)])
  }

  async isRevoked({ ids, watermarks, issuedAt, session, sub }: RevocationQuery): Promise<boolean> {
    const [row] = await this.#query(this.#queries.isRevoked, [
      this.#now(),
      [...ids],
      [...watermarks],
      toInteger(issuedAt),
      toText(session?.sid ?? null),
      sub,
      session?.refresh?.jti ?? null,
      toInteger(session?.refresh?.graceMs ?? null),
    ])
    // Whatever is not a clear no counts as revoked.
    return row?.['revoked'] !== false
  }

  async prune(limit = Number.POSITIVE_INFINITY): Promise<number> {
    return Number(await this.#call('prune', [toInteger(limit)]))
  }

  /** Calls one of the functions that `migrate()` has created; its last parameter is the time. */
  async #call(name: string, values: unknown[]): Promise<unknown> {
    const parameters = Array.from({ length: values.length + 1 }, (_, index) => `$${index + 1}`).join(', ')
    const text = `SELECT ${this.#names.function(name)}(${parameters}) AS result`
    const [row] = await this.#query(text, [...values, this.#now()])
    return row?.['result']
  }

  async #query(text: string, values: unknown[]): Promise<Row[]> {
    try {
      return (await this.#pool.query(text, values)).rows as Row[]
    } catch (error) {
      throw this.#explain(error)
    }
  }

  #explain(error: unknown): unknown {
    if (!missingCodes.includes((error as { code?: unknown } | null)?.code)) return error
    const message = `the tables or functions of the store are missing in the schema ${this.#names.schema}: call store.migrate() once before, or run the SQL of postgresSchema()`
    return new Error(message, { cause: error })
  }

  #now(): number | null {
    return this.#clock === undefined ? null : toInteger(this.#clock())
  }
}

type Row = Readonly<Record<string, unknown>>

/** No such schema, table or function. */
const missingCodes: unknown[] = ['3F000', '42P01', '42883']

function toIssued(result: Row): IssuedSession {
  return { session: toSession(readObject(result['session'])), issuedAt: Number(result['issued_at']) }
}

function toRotationResult(result: Row): RotationResult {
  const verdict = result['verdict'] as RotationResult['verdict']
  if (verdict === 'reused') return { verdict, session: toSession(readObject(result['session'])) }
  if (verdict === 'revoked' || verdict === 'expired' || verdict === 'unknown') return { verdict }
  return { verdict, ...toIssued(result) }
}

/** Drivers read bigint as text or as a number. */
function toSession(row: Row): StoredSession {
  return {
    sid: String(row['sid']),
    sub: String(row['sub']),
    jti: String(row['jti']),
    generation: Number(row['generation']),
    createdAt: Number(row['created_at']),
    usedAt: Number(row['used_at']),
    expiresAt: row['expires_at'] === null ? null : Number(row['expires_at']),
    ip: row['ip'] as string | null,
    userAgent: row['user_agent'] as string | null,
  }
}

/** A driver can be told to leave JSON as text. */
function readObject(json: unknown): Row {
  return (typeof json === 'string' ? JSON.parse(json) : json) as Row
}

/** Postgres keeps every character but NUL, which may come with what a client sends. */
function toText(text: string | null): string | null {
  return text === null ? null : text.replaceAll('\0', '\ufffd')
}

function toInteger(value: number | null): number | null {
  const limit = Number.MAX_SAFE_INTEGER
  return value === null ? null : Math.round(Math.min(Math.max(value, -limit), limit))
}

function toEntries(entries: readonly RevocationEntry[]): string {
  return JSON.stringify(
    entries.map(({ id, issuedBy, keepMs }) => ({
      id: id.toWellFormed(),
      issued_by: typeof issuedBy === 'number' ? toInteger(issuedBy) : null,
      is_now: issuedBy === 'now',
      keep_ms: toInteger(keepMs),
    })),
  )
}
