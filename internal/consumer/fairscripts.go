package consumer

import "github.com/redis/go-redis/v9"

// parkScript has entries that were just read wait for their tenant's turn: they become pending for nobody, and their ids are appended to a list of
// their tenant's. What is not ours any more stays as it is.
//
// KEYS: stream, list of the tenants in turn, hash of what each may still spend, a key that never is
// ARGV: group, consumer, who parked entries are pending for, prefix of the tenants' lists, lowest, highest, then for each entry: id, tenant, cost
//
//nolint:gochecknoglobals // a compiled script is a constant
var parkScript = redis.NewScript(`
local stream, turns, credit = KEYS[1], KEYS[2], KEYS[3]
local group, me, parked, prefix = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local ours, here = {}, {}
for _, p in ipairs(redis.call('XPENDING', stream, group, ARGV[5], ARGV[6], 100000, me)) do ours[p[1]] = p[4] end
for _, entry in ipairs(redis.call('XRANGE', stream, ARGV[5], ARGV[6])) do here[entry[1]] = true end
for i = 7, #ARGV, 3 do
  local id, tenant, cost = ARGV[i], ARGV[i + 1], ARGV[i + 2]
  if ours[id] and here[id] then
    -- A server out of memory ends a script in its middle: an entry is parked last, when its tenant has a turn and the list has its id.
    if redis.call('HEXISTS', credit, tenant) == 0 then
      redis.call('RPUSH', turns, tenant)
      redis.call('HSET', credit, tenant, 0)
    end
    redis.call('RPUSH', prefix .. tenant, cost .. ' ' .. id)
    redis.call('XCLAIM', stream, group, parked, 0, id, 'IDLE', 0, 'RETRYCOUNT', ours[id], 'JUSTID')
  end
end
return 1`)

// turnScript takes entries that wait, tenant after tenant: at each turn a tenant gets so much to spend, and what it does not spend is kept while it has
// entries waiting (deficit round robin). A tenant that has as many entries running here as it may is passed over. The last one to leave removes the consumer that
// parked entries are pending for.
//
// KEYS: stream, list of the tenants in turn, hash of what each may still spend, a key that never is
// ARGV: group, consumer, who parked entries are pending for, prefix of the tenants' lists, how many at most, most of a tenant, what a turn
//
//	gives, then for each tenant with entries running here: tenant, how many
//
// Returns how many are parked still (of a hundred tenants), then for each entry what claimScript returns.
//
//nolint:gochecknoglobals // a compiled script is a constant
var turnScript = redis.NewScript(`
local stream, turns, credit = KEYS[1], KEYS[2], KEYS[3]
local group, me, parked, prefix = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local want, most, gives = tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7])
local running, found = {}, {}
for i = 8, #ARGV, 2 do running[ARGV[i]] = tonumber(ARGV[i + 1]) end
-- idle counts the tenants in a row that had nothing to give: after all of them it is over.
local idle, steps = 0, 0
while #found < want and steps < 5000 do
  local tenant = redis.call('LINDEX', turns, 0)
  if not tenant or idle >= redis.call('LLEN', turns) then break end
  steps = steps + 1
  local list, has, spends = prefix .. tenant, running[tenant] or 0, nil
  local head = redis.call('LINDEX', list, 0)
  if head and has < most then
    local purse = tonumber(redis.call('HGET', credit, tenant) or '0')
    if purse < tonumber(string.match(head, '^%d+')) then purse = purse + gives end
    idle = 0
    while head and has < most and #found < want do
      local cost, id = string.match(head, '^(%d+) (.+)$')
      if tonumber(cost) > purse then break end
      redis.call('LPOP', list)
      local p = redis.call('XPENDING', stream, group, id, id, 1, parked)
      if #p > 0 then -- nobody else has taken it over meanwhile
        local entry = redis.call('XRANGE', stream, id, id)
        if #entry == 0 then found[#found + 1] = {id, p[1][4]}
        else
          redis.call('XCLAIM', stream, group, me, 0, id, 'IDLE', 0, 'RETRYCOUNT', p[1][4], 'JUSTID')
          found[#found + 1] = {id, p[1][4], entry[1][2]}
        end
        purse, has = purse - tonumber(cost), has + 1
      end
      head = redis.call('LINDEX', list, 0)
    end
    running[tenant] = has
    redis.call('HSET', credit, tenant, purse)
    spends = head and #found >= want and has < most and tonumber(string.match(head, '^%d+')) <= purse
  else
    idle = idle + 1
  end
  if not head then
    redis.call('LPOP', turns)
    redis.call('HDEL', credit, tenant)
  elseif not spends then -- its turn is over; whatever ends the script here leaves it one
    redis.call('RPUSH', turns, tenant)
    redis.call('LPOP', turns)
  end
end
local left = 0
for _, tenant in ipairs(redis.call('LRANGE', turns, 0, 99)) do left = left + redis.call('LLEN', prefix .. tenant) end
if left == 0 and #redis.call('XPENDING', stream, group, '-', '+', 1, parked) == 0 then redis.call('XGROUP', 'DELCONSUMER', stream, group, parked) end
return {left, found}`)
