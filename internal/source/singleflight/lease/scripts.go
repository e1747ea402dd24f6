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
