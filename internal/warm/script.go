package warm

import (
	"math"
	"time"

	"github.com/redis/go-redis/v9"
)

// add counts pages of a tenant (KEYS[2]; pairs of page and weight from ARGV[5] on), and the tenant among all (KEYS[1], ARGV[1]): at most ARGV[2] tenants, of each at most ARGV[3] pages, for ARGV[4] ms. Where there is no place for one, it takes that of the
// least, and its weight with it (Metwally 2005, "Space-Saving"): whatever is asked for more often than one in so many times has its place, whoever came first.
//
//nolint:gochecknoglobals // a compiled script is a constant
var add = redis.NewScript(`
local function count(key, most, member, weight)
  if not redis.call('ZADD', key, 'XX', 'INCR', weight, member) then
    while redis.call('ZCARD', key) >= most do
      local least = redis.call('ZRANGEBYSCORE', key, '-inf', '+inf', 'WITHSCORES', 'LIMIT', 0, 1)
      redis.call('ZREM', key, least[1])
      weight = weight + least[2]
    end
    redis.call('ZADD', key, weight, member)
  end
  redis.call('PEXPIRE', key, ARGV[4])
end
local total = 0
for i = 5, #ARGV, 2 do
  count(KEYS[2], tonumber(ARGV[3]), ARGV[i], ARGV[i + 1])
  total = total + ARGV[i + 1]
end
count(KEYS[1], tonumber(ARGV[2]), ARGV[1], total)
return redis.status_reply('OK')`)

// halves is after how long a question counts half as much as one that is asked now. Instead of all weights getting less, those of new questions get more (forward decay); they fit into a number of 64 bits for two decades.
const halves = 7 * 24 * time.Hour

// epoch is when a question weighs 1.
//
//nolint:gochecknoglobals // a constant
var epoch = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// weight is what a question weighs that is asked at a time.
func weight(at time.Time) float64 { return math.Exp2(float64(at.Sub(epoch)) / float64(halves)) }
