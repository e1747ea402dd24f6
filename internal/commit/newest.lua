-- Makes a request the newest of its key, unless a later one is. The one that was the newest is withdrawn.
--
-- KEYS: 1 who is the newest of the key · 2 marks of withdrawn requests · 3 the stream of withdrawals · 4 a key that never is
-- ARGV: the entry in which the request first came, the request, seconds that marks and KEYS[1] last, most marks, prefix of done marks, seconds that those last
-- Returns as what the request is withdrawn, or '' where it is not.
local first, request, age, bucket = ARGV[1], ARGV[2], tonumber(ARGV[3]), math.floor(tonumber(redis.call('TIME')[1]) / tonumber(ARGV[6]))
local function isDone(of)
  return redis.call('SISMEMBER', ARGV[5] .. bucket, of) == 1 or redis.call('SISMEMBER', ARGV[5] .. (bucket - 1), of) == 1
end
local status = redis.call('HGET', KEYS[2], request)
if status then return status end
if isDone(request) then return '' end -- it was sent again, and is newer than nothing
local now = redis.call('GET', KEYS[1])
if now then
  local holder, its = string.match(now, '^(%S+) (.*)$')
  if its == request then return '' end
  if later(holder, first) then return 'superseded' end
  if not isDone(its) then
    local err = withdraw(KEYS[2], KEYS[3], its, 'superseded', age, tonumber(ARGV[4]))
    if err then return redis.error_reply(err) end
  end
end
redis.call('SET', KEYS[1], first .. ' ' .. request, 'EX', age)
return ''
