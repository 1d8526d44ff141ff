export interface SqliteSchemaOptions {
  /** What the names of the tables begin with. @default 'jwt' */
  readonly prefix?: string | undefined
}

/** The names of the tables. */
export interface SqliteTables {
  readonly sessions: string
  readonly revocations: string
}

/**
 * The schema of `sqliteStore` as SQL, for those who run their own migrations: `store.migrate()` runs the same text. It can
 * be run again. Put the file into WAL mode, too (`PRAGMA journal_mode = WAL`, once): readers and writers do not wait for
 * each other then.
 *
 * @throws TypeError at a prefix that is no name
 */
export function sqliteSchema({ prefix }: SqliteSchemaOptions = {}): string {
  const { sessions, revocations } = sqliteTables(prefix)
  return `CREATE TABLE IF NOT EXISTS ${sessions} (
  sid TEXT PRIMARY KEY NOT NULL,
  sub TEXT NOT NULL,
  jti TEXT NOT NULL,
  previous_jti TEXT,
  generation INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  rotated_at INTEGER NOT NULL,
  used_at INTEGER NOT NULL,
  expires_at INTEGER,
  idle_ms INTEGER,
  ends_at INTEGER,
  ip TEXT,
  user_agent TEXT
) STRICT;

CREATE INDEX IF NOT EXISTS ${sessions}_by_sub ON ${sessions} (sub, sid);
CREATE INDEX IF NOT EXISTS ${sessions}_by_end ON ${sessions} (ends_at) WHERE ends_at IS NOT NULL;

CREATE TABLE IF NOT EXISTS ${revocations} (
  id TEXT PRIMARY KEY NOT NULL,
  issued_by INTEGER,
  expires_at INTEGER
) STRICT;

CREATE INDEX IF NOT EXISTS ${revocations}_by_end ON ${revocations} (expires_at) WHERE expires_at IS NOT NULL;
`
}

/** @throws TypeError at a prefix that is no name */
export function sqliteTables(prefix = 'jwt'): SqliteTables {
  if (typeof prefix !== 'string' || !/^[a-z_][a-z0-9_]{0,40}$/i.test(prefix))
    throw new TypeError(
      `prefix is ${JSON.stringify(prefix)}; expected a letter or an underscore and up to 40 more letters, digits or underscores, such as 'jwt'`,
    )
  if (/^sqlite(_|$)/i.test(prefix))
    throw new TypeError(
      `prefix is ${JSON.stringify(prefix)}, and SQLite keeps names in sqlite_ for itself: choose another`,
    )
  return { sessions: `${prefix}_sessions`, revocations: `${prefix}_revocations` }
}
