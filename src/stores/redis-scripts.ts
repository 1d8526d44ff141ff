import { type RedisScript, redisScript } from './redis-client.ts'

/**
 * What all scripts share. They get one argument, a JSON object; what is null on our side is absent in it.
 *
 * The keys, all in one slot:
 * - `{prefix:p}:rv`       ZSET of entries: id -> when it is over
 * - `{prefix:p}:wm`       HASH of those entries that are watermarks: id -> issued by
 * - `{prefix:p}:s:<sid>`  HASH, a session
 * - `{prefix:p}:u:<sub>`  ZSET of the sessions of a user: sid -> when it is over
 *
 * Keys are derived from the first one, because a script finds sessions whose ids its caller does not know, and because a
 * client may put a prefix of its own before the keys that it is handed. Times are kept by the server to live a minute
 * longer than they matter, so that a session which is over is answered as expired, and are relative, so that a test can
 * have a clock of its own.
 */
const prelude = `
local asked = cjson.decode(ARGV[1])
local entries, watermarks = KEYS[1], KEYS[2]
local base = string.sub(KEYS[1], 1, -3)
local never = math.huge
local spare = 60000
local atOnce = 10

local now = asked.now
if not now then
  local time = redis.call('TIME')
  now = time[1] * 1000 + math.floor(time[2] / 1000)
end

-- A number in an answer would lose its fraction, and tostring() gives 14 digits.
local function text(value)
  if type(value) == 'number' then return string.format('%.17g', value) end
  return value or false
end

local function entryEnd(id)
  local score = redis.call('ZSCORE', entries, id)
  if not score then return -never end
  return score == 'inf' and never or tonumber(score)
end

local function refuses(id)
  return entryEnd(id) > now and redis.call('HEXISTS', watermarks, id) == 0
end

local function watermark(id)
  if entryEnd(id) <= now then return -never end
  local issuedBy = redis.call('HGET', watermarks, id)
  return issuedBy and tonumber(issuedBy) or never
end

local function newerThan(time, ids)
  for _, id in ipairs(ids) do time = math.max(time, watermark(id) + 1) end
  return time
end

local function addEntry(id, issuedBy, keepMs)
  if issuedBy == 'now' then issuedBy = now end
  local over, known = now + (keepMs or never), entryEnd(id)
  if known > now then
    over = math.max(over, known)
    issuedBy = issuedBy and math.max(issuedBy, watermark(id))
  end
  redis.call('ZADD', entries, over, id)
  if issuedBy and issuedBy < never then redis.call('HSET', watermarks, id, issuedBy)
  else redis.call('HDEL', watermarks, id) end
end

local function addEntries(added)
  for _, entry in ipairs(added) do addEntry(entry.id, entry.issuedBy, entry.keepMs) end
end

local function prune(limit)
  local ids = redis.call('ZRANGEBYSCORE', entries, '-inf', now - spare, 'LIMIT', 0, limit)
  for _, id in ipairs(ids) do
    redis.call('ZREM', entries, id)
    redis.call('HDEL', watermarks, id)
  end
  return #ids
end

local fields = {
  'sub', 'jti', 'previous', 'generation', 'created', 'rotated', 'used', 'expires', 'idle', 'ip', 'agent'
}
local numbers = { 'generation', 'created', 'rotated', 'used', 'expires', 'idle' }

local function load(sid)
  local values = redis.call('HMGET', base .. 's:' .. sid, unpack(fields))
  if not values[1] then return nil end
  local row = { sid = sid }
  for index, field in ipairs(fields) do row[field] = values[index] or nil end
  for _, field in ipairs(numbers) do row[field] = row[field] and tonumber(row[field]) end
  return row
end

local function sessionEnd(row)
  return math.min(row.expires or never, row.idle and row.used + row.idle or never)
end

local function isEnded(row) return row.created <= watermark('all') end

local function isLive(row) return now < sessionEnd(row) and not isEnded(row) end

local function answer(row)
  local values = { row.sid }
  for index, field in ipairs(fields) do values[index + 1] = text(row[field]) end
  return values
end

local function expire(key, over)
  local ms = over - now + spare
  if ms < 1e15 then redis.call('PEXPIRE', key, math.ceil(ms)) else redis.call('PERSIST', key) end
end

local function expireIndex(index)
  local last = redis.call('ZREVRANGE', index, 0, 0, 'WITHSCORES')
  if last[2] then expire(index, last[2] == 'inf' and never or tonumber(last[2])) end
end

local function save(row)
  local key, index, values = base .. 's:' .. row.sid, base .. 'u:' .. row.sub, {}
  for _, field in ipairs(fields) do
    if row[field] then
      values[#values + 1] = field
      values[#values + 1] = row[field]
    end
  end
  redis.call('HSET', key, unpack(values))
  expire(key, sessionEnd(row))
  redis.call('ZADD', index, sessionEnd(row), row.sid)
  expireIndex(index)
end

local function pruneIndex(index)
  for _, sid in ipairs(redis.call('ZRANGEBYSCORE', index, '-inf', now - spare, 'LIMIT', 0, atOnce)) do
    redis.call('ZREM', index, sid)
  end
end

local function endSession(sid, sub, keepMs)
  addEntry('sid:' .. sid, nil, keepMs)
  redis.call('DEL', base .. 's:' .. sid)
  redis.call('ZREM', base .. 'u:' .. sub, sid)
end
`

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
redis.call('DEL', base .. 's:' .. row.sid)
save(row)
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
  if row.jti == session.jti then return false end
  return row.previous ~= session.jti or now - row.rotated > session.graceMs
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

export const redisScripts = {
  createSession: withPrelude(createSession),
  rotateSession: withPrelude(rotateSession),
  getSession: withPrelude(getSession),
  listSessions: withPrelude(listSessions),
  revokeSession: withPrelude(revokeSession),
  revokeSessions: withPrelude(revokeSessions),
  revoke: withPrelude(revoke),
  isRevoked: withPrelude(isRevoked),
  prune: withPrelude(pruneSome),
} satisfies Record<string, RedisScript>

function withPrelude(body: string): RedisScript {
  return redisScript(prelude + body)
}
