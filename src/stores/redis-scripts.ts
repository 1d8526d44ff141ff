import { type RedisScript, redisScript } from './redis-client.ts'
import { redisPrelude } from './redis-prelude.ts'
import type { Store } from './store.ts'

const createSession = `
prune(atOnce)
pruneIndex(base .. 'u:' .. asked.sub)
local created = math.max(now, watermark('all') + 1)
local row = {
  sid = asked.sid, sub = asked.sub, jti = asked.jti, generation = 0,
  created = created, rotated = created, used = created,
  expires = asked.lifetimeMs and created + asked.lifetimeMs, idle = asked.idleMs,
  ip = asked.ip, agent = asked.userAgent
}
-- One that has been revoked before its creation came is a second attempt whose first was.
if not refuses('sid:' .. row.sid) then
  redis.call('DEL', base .. 's:' .. row.sid)
  save(row)
end
return { answer(row), text(newerThan(created, asked.newerThan)) }
`

const rotateSession = `
local function judge(row)
  local age = now - row.rotated
  if asked.presentedJti == row.jti then
    return row.previous and age < asked.minRotationMs and 'current' or 'rotated'
  end
  if asked.presentedJti ~= row.previous then return 'reused' end
  -- The caller's own second attempt, after an answer that was lost.
  if row.jti == asked.proposedJti then return 'rotated' end
  return age <= asked.graceMs and 'replayed' or 'reused'
end

if refuses('sid:' .. asked.sid) then return { 'revoked' } end
local row = load(asked.sid)
if not row or row.sub ~= asked.sub then return { 'unknown' } end
if isEnded(row) then return { 'revoked' } end
if now >= sessionEnd(row) then return { 'expired' } end

local verdict = judge(row)
if verdict == 'reused' then
  endSession(row.sid, row.sub, asked.keepMs)
  expireIndex(base .. 'u:' .. row.sub)
  return { verdict, answer(row) }
end
if verdict == 'rotated' and row.jti ~= asked.proposedJti then
  row.previous, row.jti, row.generation, row.rotated = row.jti, asked.proposedJti, row.generation + 1, now
end
row.used, row.ip, row.agent = now, asked.ip or row.ip, asked.userAgent or row.agent
save(row)
return { verdict, answer(row), text(newerThan(now, asked.newerThan)) }
`

const getSession = `
local row = load(asked.sid)
return row and isLive(row) and answer(row) or false
`

const listSessions = `
-- By bytes: the order of < on text depends on the locale of the server.
local function isBefore(a, b)
  for index = 1, math.min(#a, #b) do
    local x, y = string.byte(a, index), string.byte(b, index)
    if x ~= y then return x < y end
  end
  return #a < #b
end

local sids = {}
for _, sid in ipairs(redis.call('ZRANGEBYSCORE', base .. 'u:' .. asked.sub, '(' .. text(now), 'inf')) do
  if isBefore(asked.cursor, sid) then sids[#sids + 1] = sid end
end
table.sort(sids, isBefore)

local rows = {}
for _, sid in ipairs(sids) do
  local row = load(sid)
  if row and row.sub == asked.sub and isLive(row) then rows[#rows + 1] = answer(row) end
  -- One more than asked for tells that there are more.
  if #rows > asked.limit then break end
end
return rows
`

const revokeSession = `
local row = load(asked.sid)
local lived = row and isLive(row) and answer(row) or false
if row then
  endSession(row.sid, row.sub, asked.keepMs)
  expireIndex(base .. 'u:' .. row.sub)
else
  addEntry('sid:' .. asked.sid, nil, asked.keepMs)
end
prune(atOnce)
return lived
`

const revokeSessions = `
local index, lived = base .. 'u:' .. asked.sub, {}
for _, sid in ipairs(redis.call('ZRANGE', index, 0, -1)) do
  if sid ~= asked.except then
    local row = load(sid)
    if row and row.sub == asked.sub and isLive(row) then lived[#lived + 1] = sid end
    endSession(sid, asked.sub, asked.keepMs)
  end
end
expireIndex(index)
addEntries(asked.entries)
prune(atOnce)
return lived
`

const revoke = `
addEntries(asked.entries)
prune(atOnce)
return 0
`

const isRevoked = `
local function isRefusedSession(session)
  local row = load(session.sid)
  if not row or row.sub ~= asked.sub or not isLive(row) then return true end
  local refresh = session.refresh
  if not refresh or row.jti == refresh.jti then return false end
  return row.previous ~= refresh.jti or now - row.rotated > refresh.graceMs
end

for _, id in ipairs(asked.ids) do
  if refuses(id) then return 1 end
end
for _, id in ipairs(asked.watermarks) do
  if asked.issuedAt <= watermark(id) then return 1 end
end
return asked.session and isRefusedSession(asked.session) and 1 or 0
`

const pruneSome = `
return prune(asked.limit)
`

/** A script for each method of the store. */
export const redisScripts: Readonly<Record<Exclude<keyof Store, 'name' | 'isVolatile' | 'migrate'>, RedisScript>> = {
  createSession: withPrelude(createSession),
  rotateSession: withPrelude(rotateSession),
  getSession: withPrelude(getSession),
  listSessions: withPrelude(listSessions),
  revokeSession: withPrelude(revokeSession),
  revokeSessions: withPrelude(revokeSessions),
  revoke: withPrelude(revoke),
  isRevoked: withPrelude(isRevoked),
  prune: withPrelude(pruneSome),
}

function withPrelude(body: string): RedisScript {
  return redisScript(redisPrelude + body)
}
