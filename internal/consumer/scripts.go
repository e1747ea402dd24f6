package consumer

import "github.com/redis/go-redis/v9"

// The scripts run on Redis 7, Valkey and miniredis alike. They name the retry count whenever they claim, because servers
// differ in whether JUSTID counts a delivery. They never claim what was removed from the stream: the server would forget that it
// is pending, and with it the request. It stays pending until the commit that writes its dead letter.

// renewScript makes the leases of what is still ours start anew, and records the heartbeat. It returns the ids
// that are no longer ours.
//
// KEYS: stream, heartbeats · ARGV: group, consumer, lowest, highest, ids…
//
//nolint:gochecknoglobals // a compiled script is a constant
var renewScript = redis.NewScript(`
local t = redis.call('TIME')
redis.call('HSET', KEYS[2], ARGV[2], t[1] * 1000 + math.floor(t[2] / 1000))
local lost = {}
if #ARGV > 4 then
  local ours = {}
  for _, p in ipairs(redis.call('XPENDING', KEYS[1], ARGV[1], ARGV[3], ARGV[4], 100000, ARGV[2])) do ours[p[1]] = p[4] end
  for i = 5, #ARGV do
    if ours[ARGV[i]] then
      if #redis.call('XRANGE', KEYS[1], ARGV[i], ARGV[i]) > 0 then
        redis.call('XCLAIM', KEYS[1], ARGV[1], ARGV[2], 0, ARGV[i], 'IDLE', 0, 'RETRYCOUNT', ours[ARGV[i]], 'JUSTID')
      end
    else
      lost[#lost + 1] = ARGV[i]
    end
  end
end
return lost`)

// claimScript takes over what was left behind: entries that nobody renews, and our own that we do not hold. It
// scans from a cursor and returns the next cursor (” at the end), whether a suspect was left for later (0/1), for each entry its id, its deliveries and its
// fields (nothing where the entry was trimmed away), and whether tenants take turns (0/1): what is parked for them is left alone then. A suspect, which has been handed out so often that it may be what
// ends the workers, is taken when no other entry that was left behind is held, and none beside it.
//
// KEYS: stream, heartbeats, list of the tenants in turn
// ARGV: group, consumer, lease ms, idle ms for owners without a heartbeat, cursor, scan count, how many, only own
//
//	(0/1), deliveries that make a suspect, deliveries after which an entry is not run, an entry that was left behind is
//	held (0/1), one of them is a suspect (0/1), who parked entries are pending for, ids that we hold…
//
//nolint:gochecknoglobals // a compiled script is a constant
var claimScript = redis.NewScript(`
local stream, group, me = KEYS[1], ARGV[1], ARGV[2]
local suspect, limit, company, alone = tonumber(ARGV[9]), tonumber(ARGV[10]), ARGV[11] == '1', ARGV[12] == '1'
local lease, foreign, scan, want, own = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[6]), tonumber(ARGV[7]), ARGV[8] == '1'
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local held = {}
for i = 14, #ARGV do held[ARGV[i]] = true end
local turns = redis.call('EXISTS', KEYS[3])
-- others looks at what is pending for everybody but whom parked entries are pending for: those are many.
local function others()
  local list = {}
  for _, owner in ipairs(redis.call('XPENDING', stream, group)[4] or {}) do
    if owner[1] ~= ARGV[13] then
      for _, p in ipairs(redis.call('XPENDING', stream, group, ARGV[5], '+', scan, owner[1])) do
        local ms, seq = string.match(p[1], '^(%d+)-(%d+)$')
        list[#list + 1] = {tonumber(ms), tonumber(seq), p}
      end
    end
  end
  table.sort(list, function(a, b) return a[1] < b[1] or a[1] == b[1] and a[2] < b[2] end)
  local first = {}
  for i = 1, math.min(scan, #list) do first[i] = list[i][3] end
  return first
end
local pending
if own then pending = redis.call('XPENDING', stream, group, ARGV[5], '+', scan, me)
elseif turns == 1 then pending = others()
else pending = redis.call('XPENDING', stream, group, ARGV[5], '+', scan) end
local beats, cursor, found, later = {}, '', {}, 0
local function due(owner, idle)
  if owner == me then return own or idle >= lease end
  if idle >= foreign then return true end
  if idle < lease then return false end
  if beats[owner] == nil then beats[owner] = tonumber(redis.call('HGET', KEYS[2], owner) or '') or false end
  return beats[owner] and now - beats[owner] > lease
end
for _, p in ipairs(pending) do
  cursor = p[1]
  if not held[p[1]] and due(p[2], tonumber(p[3])) then
    local count = tonumber(p[4]) + 1
    if count <= limit then -- it will run
      local suspected = count >= suspect
      if alone or suspected and company then later = 1 break end
      company, alone = true, suspected
    end
    local entry = redis.call('XRANGE', stream, p[1], p[1])
    if #entry == 0 then found[#found + 1] = {p[1], count}
    else
      redis.call('XCLAIM', stream, group, me, 0, p[1], 'IDLE', 0, 'RETRYCOUNT', count, 'JUSTID')
      found[#found + 1] = {p[1], count, entry[1][2]}
    end
    if #found >= want then break end
  end
end
if later == 1 or #pending < scan and #found < want then cursor = '' end
return {cursor, later, found, turns}`)

// releaseScript hands entries back at once, without charging the attempt: they look as if they had been idle for
// very long, so that any peer takes them on its next look.
//
// KEYS: stream · ARGV: group, consumer, lowest, highest, ids…
//
//nolint:gochecknoglobals // a compiled script is a constant
var releaseScript = redis.NewScript(`
local ours, n = {}, 0
for _, p in ipairs(redis.call('XPENDING', KEYS[1], ARGV[1], ARGV[3], ARGV[4], 100000, ARGV[2])) do ours[p[1]] = tonumber(p[4]) end
for i = 5, #ARGV do
  if ours[ARGV[i]] and #redis.call('XRANGE', KEYS[1], ARGV[i], ARGV[i]) > 0 then
    redis.call('XCLAIM', KEYS[1], ARGV[1], ARGV[2], 0, ARGV[i], 'IDLE', 10000000000, 'RETRYCOUNT', math.max(0, ours[ARGV[i]] - 1), 'JUSTID')
    n = n + 1
  end
end
return n`)

// removeScript removes a consumer from the group, only when nothing is pending for it.
//
// KEYS: stream, heartbeats · ARGV: group, consumer, heartbeat's value that was seen (” removes regardless)
//
//nolint:gochecknoglobals // a compiled script is a constant
var removeScript = redis.NewScript(`
if ARGV[3] ~= '' and redis.call('HGET', KEYS[2], ARGV[2]) ~= ARGV[3] then return 0 end
if #redis.call('XPENDING', KEYS[1], ARGV[1], '-', '+', 1, ARGV[2]) > 0 then return 0 end
redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], ARGV[2])
redis.call('HDEL', KEYS[2], ARGV[2])
return 1`)

// moveScript puts a delayed request back on the stream, once.
//
// KEYS: delayed set, stream · ARGV: member, fields…
//
//nolint:gochecknoglobals // a compiled script is a constant
var moveScript = redis.NewScript(`
if redis.call('ZREM', KEYS[1], ARGV[1]) == 0 then return 0 end
redis.call('XADD', KEYS[2], '*', unpack(ARGV, 2))
return 1`)
