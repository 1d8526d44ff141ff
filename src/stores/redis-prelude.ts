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
export const redisPrelude = `
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
  if issuedBy == 'now' then issuedBy = newerThan(now, { id }) end
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
