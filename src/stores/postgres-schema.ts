import { postgresFunctions } from './postgres-functions.ts'
import {
  type PostgresNames,
  type PostgresSchemaOptions,
  quoteBody,
  quoteLiteral,
  resolvePostgresNames,
} from './postgres-names.ts'

/**
 * The SQL that creates the tables and functions of `postgresStore`, for those who run migrations of their own. It is what
 * `migrate()` runs: one statement, which may be run again, also by several processes at once. Needs Postgres 11 or later.
 *
 * ```ts
 * await writeFile('migrations/001-sessions.sql', postgresSchema({ prefix: 'jwt' }))
 * ```
 *
 * @throws TypeError at a prefix or schema that cannot be a name in Postgres
 */
export function postgresSchema(options: PostgresSchemaOptions = {}): string {
  const names = resolvePostgresNames(options)
  const body = `
BEGIN
  -- IF NOT EXISTS and OR REPLACE do not keep two processes from creating the same thing at once.
  PERFORM pg_advisory_xact_lock(hashtextextended('jwt-extended migrate', 0));
${createTables(names)}
${postgresFunctions(names).join('\n')}
END
`
  // One statement, for clients that send no more than one at a time; and so it takes place as a whole, or not at all.
  return `DO ${quoteBody(body)};\n`
}

function createTables(names: PostgresNames): string {
  const { schema, sessions, entries, index } = names
  // Asked first: IF NOT EXISTS would want rights and locks also where there is nothing to create.
  return `
  IF to_regnamespace(${quoteLiteral(schema)}) IS NULL THEN
    CREATE SCHEMA ${schema};
  END IF;

  IF to_regclass(${quoteLiteral(sessions)}) IS NULL THEN
    CREATE TABLE ${sessions} (
      sid text COLLATE "C" PRIMARY KEY,
      sub text COLLATE "C" NOT NULL,
      jti text NOT NULL,
      previous_jti text,
      generation integer NOT NULL,
      -- Times are milliseconds since 1970.
      created_at bigint NOT NULL,
      rotated_at bigint NOT NULL,
      used_at bigint NOT NULL,
      expires_at bigint,
      idle_ms bigint,
      -- When to look whether it is over. It may have been used since: rotations change no column that has an index, so
      -- that Postgres can update the row in its page.
      prune_at bigint,
      ip text,
      user_agent text
    ) WITH (fillfactor = 70);
    CREATE INDEX ${index('sessions_sub_idx')} ON ${sessions} (sub);
    CREATE INDEX ${index('sessions_prune_at_idx')} ON ${sessions} (prune_at) WHERE prune_at IS NOT NULL;
  END IF;

  IF to_regclass(${quoteLiteral(entries)}) IS NULL THEN
    CREATE TABLE ${entries} (
      id text COLLATE "C" PRIMARY KEY,
      -- NULL refuses all that has the id.
      issued_by bigint,
      -- NULL is for ever.
      expires_at bigint
    );
    CREATE INDEX ${index('entries_expires_at_idx')} ON ${entries} (expires_at) WHERE expires_at IS NOT NULL;
  END IF;
`
}
