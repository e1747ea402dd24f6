package broker

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/go-dispatcher/dispatcher/internal/commit"
)

// Group is a stream and one of its consumer groups at one moment.
type Group struct {
	// At is the server's time.
	At time.Time
	// Exists says that the group is there; Alone that the stream has no other.
	Exists, Alone bool
	// Length is the number of entries in the stream.
	Length int64
	// Pending are entries handed out and not acknowledged, Parked those that wait for their tenant's turn and are pending for nobody.
	Pending, Parked int64
	// Backlog is what waits or runs. The stream's length is that while ours is the only group, because finished entries are deleted; with
	// other groups it is what the server reckons, and -1 where it cannot.
	Backlog int64
	// Oldest is the age of the oldest entry that waits or runs, 0 where there is none.
	Oldest time.Duration
	// Delayed are requests that wait for their next attempt or round, Consumers the members of the group.
	Delayed, Consumers int64
}

// groupScript looks at everything in one moment, and hands out ids alone: entries may be large.
//
// KEYS: stream, delayed set · ARGV: group, who parked entries are pending for
// Returns the time in ms, the length, how many groups, 1 where ours is there, pending, consumers, lag or -1, the id of our oldest entry or ”, delayed, parked.
//
//nolint:gochecknoglobals // a compiled script is a constant
var groupScript = redis.NewScript(`
local t = redis.call('TIME')
local out = {t[1] * 1000 + math.floor(t[2] / 1000), redis.call('XLEN', KEYS[1]), 0, 0, 0, 0, -1, '', redis.call('ZCARD', KEYS[2]), 0}
local groups = redis.pcall('XINFO', 'GROUPS', KEYS[1])
if groups.err then return out end
out[3] = #groups
local from = '-'
for _, g in ipairs(groups) do
  local is = {}
  for i = 1, #g, 2 do is[g[i]] = g[i + 1] end
  if is['name'] == ARGV[1] then
    out[4], out[5], out[6], out[7] = 1, is['pending'], is['consumers'], is['lag'] or -1
    if is['pending'] > 0 then
      local summary = redis.call('XPENDING', KEYS[1], ARGV[1])
      out[8] = summary[2] or ''
      for _, owner in ipairs(summary[4] or {}) do
        if owner[1] == ARGV[2] then out[10] = tonumber(owner[2]) end
      end
    end
    from = '(' .. is['last-delivered-id']
  end
end
if out[8] == '' then
  local waiting = redis.call('XRANGE', KEYS[1], from, '+', 'COUNT', 1)
  if #waiting > 0 then out[8] = waiting[1][1] end
end
return out`)

// Look looks at a stream and its group; delayed is the set of requests that wait for their time.
func Look(ctx context.Context, rdb redis.Scripter, stream, delayed, group string) (*Group, error) {
	reply, err := readOnly(ctx, rdb, groupScript, []string{stream, delayed}, group, commit.Parked).Slice()
	if err != nil {
		return nil, fmt.Errorf("broker: look at %s: %w", stream, err)
	}
	if len(reply) != 10 {
		return nil, fmt.Errorf("broker: look at %s: an answer of %d parts", stream, len(reply))
	}
	number := func(i int) int64 { n, _ := reply[i].(int64); return n }
	g := &Group{
		At: time.UnixMilli(number(0)), Length: number(1), Alone: number(2) <= 1, Exists: number(3) == 1,
		Pending: number(4) - number(9), Parked: number(9), Consumers: number(5), Delayed: number(8),
	}
	switch lag := number(6); {
	case g.Alone:
		g.Backlog = g.Length
	case lag < 0:
		g.Backlog = -1
	default:
		g.Backlog = lag + g.Pending + g.Parked
	}
	if id, _ := reply[7].(string); id != "" {
		g.Oldest = max(0, g.At.Sub(TimeOf(id)))
	}
	return g, nil
}

// readOnly runs a script that writes nothing, as a user who may not write can. The demo's embedded server takes TIME and XINFO for commands that write, and
// refuses them there; it has no users, so that it may be asked by EVAL.
func readOnly(ctx context.Context, rdb redis.Scripter, script *redis.Script, keys []string, args ...any) *redis.Cmd {
	reply := script.RunRO(ctx, rdb, keys, args...)
	if err := reply.Err(); err != nil && strings.Contains(err.Error(), "Write commands are not allowed in read-only scripts") {
		return script.Run(ctx, rdb, keys, args...)
	}
	return reply
}
