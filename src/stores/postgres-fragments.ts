import { type PostgresNames, quoteBody, quoteLiteral } from './postgres-names.ts'
import { globalWatermark, sessionEntryId } from './store.ts'

/** How many outdated rows each creation and revocation looks at. */
const prunedPerWrite = 10

/** A little less than the largest safe integer, so that there is a millisecond after it. */
const endOfTime = Number.MAX_SAFE_INTEGER - 1

/** Read only once all locks are held, so that no time is older than what is already stored. */
export const readClock = 'v_now := coalesce(p_now, floor(extract(epoch FROM clock_timestamp()) * 1000));'

/** The entries that a caller has given, as text of JSON: drivers do not agree on how JSON itself is to be passed. */
export function givenEntries(names: PostgresNames): string {
  return `
    SELECT g.id, CASE WHEN g.is_now THEN ${issueAfter(names, 'v_now', 'ARRAY[g.id]')} ELSE g.issued_by END, v_now + g.keep_ms
    FROM jsonb_to_recordset(p_entries::jsonb) AS g (id text, issued_by bigint, is_now boolean, keep_ms bigint)`
}

/** A condition: the row of entries is not over. */
export function isKept(row: string, now: string): string {
  return `(${row}.expires_at IS NULL OR ${row}.expires_at > ${now})`
}

/** A condition: the row of sessions is neither over nor ended by the global watermark. */
export function isLive(names: PostgresNames, row: string, now: string): string {
  return `(NOT ${isOver(row, now)} AND NOT ${isEnded(names, row, now)})`
}

export function isOver(row: string, now: string): string {
  return `coalesce(${endOf(row)} <= ${now}, false)`
}

/** A condition: the row of sessions was created at or before the global watermark. */
export function isEnded({ entries }: PostgresNames, row: string, now: string): string {
  return `EXISTS (
    SELECT FROM ${entries} AS w
    WHERE w.id = '${globalWatermark}' AND ${isKept('w', now)} AND coalesce(w.issued_by >= ${row}.created_at, true))`
}

/** When the row of sessions ends; NULL for never, for LEAST passes over NULL. */
export function endOf(row: string): string {
  return `least(${row}.expires_at, ${row}.used_at + ${row}.idle_ms)`
}

/** A time, or where that is later the one just after the watermarks. */
export function issueAfter({ entries }: PostgresNames, time: string, ids: string): string {
  return `greatest(${time}, (
    SELECT max(coalesce(w.issued_by, ${endOfTime}) + 1) FROM ${entries} AS w
    WHERE w.id = ANY (${ids}) AND ${isKept('w', 'v_now')}))`
}

/** The key of an advisory lock, for what is not there to be locked yet. */
export function lockOf({ sessions }: PostgresNames, kind: 'sub' | 'sid'): string {
  return `hashtextextended(${quoteLiteral(`${sessions} ${kind} `)} || p_${kind}, 0)`
}

/** A condition: the session of an id is on the blocklist. */
export function isRevokedSession({ entries }: PostgresNames, sid: string): string {
  return `EXISTS (
    SELECT FROM ${entries} AS e
    WHERE e.id = ${sessionEntry(sid)} AND e.issued_by IS NULL AND ${isKept('e', 'v_now')})`
}

/** An expression: the id of the entry that refuses the tokens of a session. */
export function sessionEntry(sid: string): string {
  return `'${sessionEntryId('')}' || ${sid}`
}

/** Merges entries into the table: the later watermark and the later end win, and one that is over does not count. */
export function addEntries({ entries }: PostgresNames, source: string): string {
  // In one order, for two that add the same entries in different orders would wait for each other.
  return `INSERT INTO ${entries} AS e (id, issued_by, expires_at)
  SELECT a.id,
    CASE WHEN bool_and(a.issued_by IS NOT NULL) THEN max(a.issued_by) END,
    CASE WHEN bool_and(a.expires_at IS NOT NULL) THEN max(a.expires_at) END
  FROM (${source}) AS a (id, issued_by, expires_at)
  GROUP BY a.id ORDER BY a.id COLLATE "C"
  ON CONFLICT (id) DO UPDATE SET
    issued_by = CASE
      WHEN e.expires_at <= v_now THEN excluded.issued_by
      WHEN e.issued_by IS NOT NULL AND excluded.issued_by IS NOT NULL THEN greatest(e.issued_by, excluded.issued_by)
    END,
    expires_at = CASE
      WHEN e.expires_at <= v_now THEN excluded.expires_at
      WHEN e.expires_at IS NOT NULL AND excluded.expires_at IS NOT NULL THEN greatest(e.expires_at, excluded.expires_at)
    END;`
}

export function pruneSome(names: PostgresNames): string {
  return `PERFORM ${names.function('prune')}(${prunedPerWrite}, p_now);`
}

interface FunctionDefinition {
  readonly parameters: string
  /** @default 'jsonb' */
  readonly returns?: string
  readonly variables: string
  readonly body: string
}

export function defineFunction(
  names: PostgresNames,
  name: string,
  { parameters, returns = 'jsonb', variables, body }: FunctionDefinition,
): string {
  const text = `
DECLARE
  v_now bigint; ${variables}
BEGIN
  ${checkIsolation}
${body}
END
`
  return `
  CREATE OR REPLACE FUNCTION ${names.function(name)}(${parameters}) RETURNS ${returns}
  LANGUAGE plpgsql VOLATILE AS ${quoteBody(text)};`
}

/** At a higher level all statements see the snapshot from before the locks, and conflicts are errors. */
const checkIsolation = `IF current_setting('transaction_isolation') NOT IN ('read committed', 'read uncommitted') THEN
    RAISE EXCEPTION 'the session store needs the isolation level READ COMMITTED, and not %',
      upper(current_setting('transaction_isolation'))
      USING ERRCODE = 'feature_not_supported',
        HINT = 'ALTER ROLE ... SET default_transaction_isolation TO ''read committed'', for the role that connects.';
  END IF;`
