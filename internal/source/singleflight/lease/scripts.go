package lease

import "github.com/redis/go-redis/v9"

// A question has three keys: the lease, whose value is the computation that holds it; a mark that others wait for it; and the answer, whose key has the
// computation's name, so that an answer is that of the computation which was waited for, and of no other.

// take takes the lease for a computation (ARGV[1]) and returns nothing, or returns the computation that holds it, which learns that somebody waits.
//
//nolint:gochecknoglobals // a compiled script is a constant
var take = redis.NewScript(`
local held = redis.call('GET', KEYS[1])
if held then
  redis.call('SET', KEYS[2], 1, 'PX', ARGV[2])
  return held
end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return false`)

// renew keeps the lease of a computation, as long as it has it.
//
//nolint:gochecknoglobals // a compiled script is a constant
var renew = redis.NewScript(`
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1`)

// end gives a lease back, unless somebody waits: then 1 says so, and the lease stays until there is an answer.
//
//nolint:gochecknoglobals // a compiled script is a constant
var end = redis.NewScript(`
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
if redis.call('EXISTS', KEYS[2]) == 1 then return 1 end
redis.call('DEL', KEYS[1])
return 0`)

// drop gives a lease back whose answer is there, with the mark.
//
//nolint:gochecknoglobals // a compiled script is a constant
var drop = redis.NewScript(`
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1], KEYS[2]) end
return 0`)

// look returns the answer of a computation (ARGV[1], under KEYS[3]), or nothing while it holds its lease, or an empty text when it is gone.
//
//nolint:gochecknoglobals // a compiled script is a constant
var look = redis.NewScript(`
local answer = redis.call('GET', KEYS[3])
if answer then return answer end
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return '' end
redis.call('SET', KEYS[2], 1, 'PX', ARGV[2])
return false`)

// find returns an answer that is kept (KEYS[3]), who computes it, and for how many ms it holds. An answer that is as good as new, which is one that holds for longer than it may be handed out stale
// (ARGV[3]), is computed by nobody. Else the lease is taken for a computation (ARGV[1]), where nobody has it; who has no answer waits.
//
//nolint:gochecknoglobals // a compiled script is a constant
var find = redis.NewScript(`
local answer, left = redis.call('GET', KEYS[3]), 0
if answer then
  left = redis.call('PTTL', KEYS[3])
  if left > tonumber(ARGV[3]) then return {answer, '', left} end
end
local held = redis.call('GET', KEYS[1])
if not held then
  held = ARGV[1]
  redis.call('SET', KEYS[1], held, 'PX', ARGV[2])
elseif not answer and held ~= ARGV[1] then
  redis.call('SET', KEYS[2], 1, 'PX', ARGV[2])
end
return {answer, held, left}`)

// put keeps an answer (ARGV[1]) for ARGV[2] ms under its key and, by its name (ARGV[4]), in the index, unless all of them would take more than ARGV[3] bytes. What has ended is taken out of the index first. It
// returns whether the answer is kept.
//
//nolint:gochecknoglobals // a compiled script is a constant
var put = redis.NewScript(`
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local total = tonumber(redis.call('HGET', KEYS[3], '') or 0)
for _, name in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', now, 'LIMIT', 0, 1000)) do
  total = total - tonumber(redis.call('HGET', KEYS[3], name) or 0)
  redis.call('HDEL', KEYS[3], name)
  redis.call('ZREM', KEYS[2], name)
end
local size = #ARGV[1] + 512
local before = tonumber(redis.call('HGET', KEYS[3], ARGV[4]) or 0)
local kept = 0
if total - before + size <= tonumber(ARGV[3]) then
  redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
  redis.call('ZADD', KEYS[2], now + ARGV[2], ARGV[4])
  redis.call('HSET', KEYS[3], ARGV[4], size)
  total, kept = total - before + size, 1
end
redis.call('HSET', KEYS[3], '', total)
redis.call('PEXPIRE', KEYS[2], 172800000)
redis.call('PEXPIRE', KEYS[3], 172800000)
return kept`)

// forget takes answers out: their keys follow the index and the sizes, their names are the arguments. It returns how many of them there were.
//
//nolint:gochecknoglobals // a compiled script is a constant
var forget = redis.NewScript(`
local total, n = tonumber(redis.call('HGET', KEYS[2], '') or 0), 0
for i, name in ipairs(ARGV) do
  n = n + redis.call('DEL', KEYS[i + 2])
  total = total - tonumber(redis.call('HGET', KEYS[2], name) or 0)
  redis.call('HDEL', KEYS[2], name)
  redis.call('ZREM', KEYS[1], name)
end
redis.call('HSET', KEYS[2], '', total)
redis.call('PEXPIRE', KEYS[2], 172800000)
return n`)
