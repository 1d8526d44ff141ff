import {
  addEntries,
  defineFunction,
  endOf,
  givenEntries,
  isEnded,
  isLive,
  isOver,
  isRevokedSession,
  issueAfter,
  lockOf,
  pruneSome,
  readClock,
  sessionEntry,
} from './postgres-fragments.ts'
import type { PostgresNames } from './postgres-names.ts'
import { globalWatermark } from './store.ts'

const pruneAfterMs = 60_000

/*
 * Why functions: a statement sees one snapshot, from before it waited for a lock. Under READ COMMITTED each statement in
 * a volatile function takes a new one, so that what comes after the lock sees what was committed while it waited.
 *
 * Why nobody waits in a circle: all take their locks in one order: the user, the id of a session, sessions, entries by
 * their ids. Pruning comes last, and waits for nobody.
 */

/** The statements that create what writes. All take their time as `p_now`; NULL is now by the clock of the server. */
export function postgresFunctions(names: PostgresNames): string[] {
  return [
    prune(names),
    createSession(names),
    rotateSession(names),
    revokeSession(names),
    revokeSessions(names),
    revoke(names),
  ]
}

function prune(names: PostgresNames): string {
  const { sessions, entries } = names
  const due = (table: string, key: string, time: string): string => `ARRAY(
    SELECT ${key} FROM ${table} WHERE ${time} <= v_now - ${pruneAfterMs}
    ORDER BY ${time} LIMIT p_limit FOR UPDATE SKIP LOCKED)`
  return defineFunction(names, 'prune', {
    parameters: 'p_limit bigint, p_now bigint',
    returns: 'bigint',
    variables: 'v_keys text[]; v_sessions bigint; v_entries bigint;',
    body: `
  ${readClock}
  v_keys := ${due(sessions, 'sid', 'prune_at')};
  DELETE FROM ${sessions} AS s WHERE s.sid = ANY (v_keys) AND ${endOf('s')} <= v_now - ${pruneAfterMs};
  GET DIAGNOSTICS v_sessions = ROW_COUNT;
  UPDATE ${sessions} AS s SET prune_at = ${endOf('s')} WHERE s.sid = ANY (v_keys);
  p_limit := p_limit - v_sessions;
  v_keys := ${due(entries, 'id', 'expires_at')};
  DELETE FROM ${entries} WHERE id = ANY (v_keys);
  GET DIAGNOSTICS v_entries = ROW_COUNT;
  RETURN v_sessions + v_entries;`,
  })
}

function createSession(names: PostgresNames): string {
  const { sessions } = names
  return defineFunction(names, 'create_session', {
    parameters: `p_sid text, p_sub text, p_jti text, p_lifetime bigint, p_idle bigint, p_ip text, p_user_agent text,
  p_newer_than text[], p_now bigint`,
    variables: `v_created bigint; v_row ${sessions}%ROWTYPE;`,
    body: `
  PERFORM pg_advisory_xact_lock_shared(${lockOf(names, 'sub')});
  PERFORM pg_advisory_xact_lock(${lockOf(names, 'sid')});
  ${readClock}
  v_created := ${issueAfter(names, 'v_now', `ARRAY['${globalWatermark}']`)};
  INSERT INTO ${sessions} AS s (sid, sub, jti, generation, created_at, rotated_at, used_at, expires_at, idle_ms,
    prune_at, ip, user_agent)
  VALUES (p_sid, p_sub, p_jti, 0, v_created, v_created, v_created, v_created + p_lifetime, p_idle,
    v_created + least(p_lifetime, p_idle), p_ip, p_user_agent)
  -- The same again, after an answer that was lost.
  ON CONFLICT (sid) DO UPDATE SET
    sub = excluded.sub, jti = excluded.jti, previous_jti = NULL, generation = 0, created_at = excluded.created_at,
    rotated_at = excluded.rotated_at, used_at = excluded.used_at, expires_at = excluded.expires_at,
    idle_ms = excluded.idle_ms, prune_at = excluded.prune_at, ip = excluded.ip, user_agent = excluded.user_agent
  RETURNING * INTO v_row;
  -- It may have been revoked before it was there, or since the first attempt.
  DELETE FROM ${sessions} WHERE sid = p_sid AND ${isRevokedSession(names, 'p_sid')};
  ${pruneSome(names)}
  RETURN jsonb_build_object('session', to_jsonb(v_row), 'issued_at', ${issueAfter(names, 'v_created', 'p_newer_than')});`,
  })
}

function rotateSession(names: PostgresNames): string {
  const { sessions } = names
  return defineFunction(names, 'rotate_session', {
    parameters: `p_sid text, p_sub text, p_presented text, p_proposed text, p_grace bigint, p_min_rotation bigint,
  p_keep bigint, p_ip text, p_user_agent text, p_newer_than text[], p_now bigint`,
    variables: `v_row ${sessions}%ROWTYPE; v_age bigint; v_verdict text; v_swaps boolean;`,
    body: `
  SELECT * INTO v_row FROM ${sessions} WHERE sid = p_sid FOR NO KEY UPDATE;
  ${readClock}
  IF ${isRevokedSession(names, 'p_sid')} THEN
    RETURN jsonb_build_object('verdict', 'revoked');
  ELSIF v_row.sub IS DISTINCT FROM p_sub THEN
    RETURN jsonb_build_object('verdict', 'unknown');
  ELSIF ${isEnded(names, 'v_row', 'v_now')} THEN
    RETURN jsonb_build_object('verdict', 'revoked');
  ELSIF ${isOver('v_row', 'v_now')} THEN
    RETURN jsonb_build_object('verdict', 'expired');
  END IF;

  v_age := v_now - v_row.rotated_at;
  v_verdict := CASE
    WHEN p_presented = v_row.jti AND v_row.previous_jti IS NOT NULL AND v_age < p_min_rotation THEN 'current'
    WHEN p_presented = v_row.jti THEN 'rotated'
    WHEN p_presented IS DISTINCT FROM v_row.previous_jti THEN 'reused'
    -- The caller's own second attempt, after an answer that was lost.
    WHEN v_row.jti = p_proposed THEN 'rotated'
    WHEN v_age <= p_grace THEN 'replayed'
    ELSE 'reused'
  END;
  IF v_verdict = 'reused' THEN
    DELETE FROM ${sessions} WHERE sid = p_sid;
    ${addEntries(names, `SELECT ${sessionEntry('p_sid')}, NULL::bigint, v_now + p_keep`)}
    RETURN jsonb_build_object('verdict', v_verdict, 'session', to_jsonb(v_row));
  END IF;

  v_swaps := v_verdict = 'rotated' AND v_row.jti <> p_proposed;
  UPDATE ${sessions} SET
    jti = CASE WHEN v_swaps THEN p_proposed ELSE jti END,
    previous_jti = CASE WHEN v_swaps THEN jti ELSE previous_jti END,
    generation = generation + v_swaps::integer,
    rotated_at = CASE WHEN v_swaps THEN v_now ELSE rotated_at END,
    used_at = v_now,
    ip = coalesce(p_ip, ip),
    user_agent = coalesce(p_user_agent, user_agent)
  WHERE sid = p_sid
  RETURNING * INTO v_row;
  RETURN jsonb_build_object('verdict', v_verdict, 'session', to_jsonb(v_row),
    'issued_at', ${issueAfter(names, 'v_now', 'p_newer_than')});`,
  })
}

function revokeSession(names: PostgresNames): string {
  const { sessions } = names
  return defineFunction(names, 'revoke_session', {
    parameters: 'p_sid text, p_keep bigint, p_now bigint',
    variables: `v_row ${sessions}%ROWTYPE; v_lived boolean;`,
    body: `
  -- Whoever creates it is either done, and it is found, or finds it on the blocklist.
  PERFORM pg_advisory_xact_lock(${lockOf(names, 'sid')});
  DELETE FROM ${sessions} WHERE sid = p_sid RETURNING * INTO v_row;
  v_lived := FOUND;
  ${readClock}
  v_lived := v_lived AND ${isLive(names, 'v_row', 'v_now')};
  ${addEntries(names, `SELECT ${sessionEntry('p_sid')}, NULL::bigint, v_now + p_keep`)}
  ${pruneSome(names)}
  RETURN CASE WHEN v_lived THEN to_jsonb(v_row) END;`,
  })
}

function revokeSessions(names: PostgresNames): string {
  const { sessions } = names
  return defineFunction(names, 'revoke_sessions', {
    parameters: 'p_sub text, p_except text, p_keep bigint, p_entries text, p_now bigint',
    returns: 'text[]',
    variables: `v_rows ${sessions}[]; v_lived text[];`,
    body: `
  -- Whoever creates a session of this user is either done, and it is found, or begins after this.
  PERFORM pg_advisory_xact_lock(${lockOf(names, 'sub')});
  WITH ended AS (DELETE FROM ${sessions} AS s WHERE s.sub = p_sub AND s.sid IS DISTINCT FROM p_except RETURNING s)
  SELECT array_agg(ended.s) INTO v_rows FROM ended;
  ${readClock}
  v_lived := ARRAY(SELECT r.sid FROM unnest(v_rows) AS r WHERE ${isLive(names, 'r', 'v_now')});
  ${addEntries(
    names,
    `SELECT ${sessionEntry('r.sid')}, NULL::bigint, v_now + p_keep FROM unnest(v_rows) AS r UNION ALL ${givenEntries(names)}`,
  )}
  ${pruneSome(names)}
  RETURN v_lived;`,
  })
}

function revoke(names: PostgresNames): string {
  return defineFunction(names, 'revoke', {
    parameters: 'p_entries text, p_now bigint',
    returns: 'void',
    variables: '',
    body: `
  ${readClock}
  ${addEntries(names, givenEntries(names))}
  ${pruneSome(names)}`,
  })
}
