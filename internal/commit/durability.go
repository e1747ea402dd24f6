package commit

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// Durability is what a commit waits for once the server has made it, before its waiters are told. It is made all the same where that does not come in time:
// nothing takes it back, and its readers may have seen it. What waiting gives is that a worker takes no more work while copies lag, and that
// how often they did is known.
type Durability struct {
	// Replicas must have the commit (WAIT).
	Replicas int
	// Fsync has the commit on the primary's disk, and on those of as many replicas (WAITAOF: Redis 7.2, Valkey).
	Fsync bool
	// Timeout bounds the wait of one commit. It must be shorter than the client's time limit of a reply.
	Timeout time.Duration
}

// On says that there is something to wait for.
func (d Durability) On() bool { return d.Replicas > 0 || d.Fsync }

// command is what waits, on the connection that has written.
func (d Durability) command() []any {
	if d.Fsync {
		return []any{"WAITAOF", 1, d.Replicas, d.Timeout.Milliseconds()}
	}
	return []any{"WAIT", d.Replicas, d.Timeout.Milliseconds()}
}

// reached reads the reply: the replicas that have it, for WAITAOF after the number of primaries that have.
func (d Durability) reached(reply any) bool {
	if d.Fsync {
		list, _ := reply.([]any)
		return len(list) == 2 && number(list[0]) >= 1 && number(list[1]) >= d.Replicas
	}
	return number(reply) >= d.Replicas
}

func number(v any) int {
	n, _ := v.(int64)
	return int(n)
}

// Check says whether the server can wait so, and with a reason that an operator can act on why not. It does not ask for the replicas that there are now.
func (d Durability) Check(ctx context.Context, rdb redis.Cmdable) error {
	if !d.On() {
		return nil
	}
	d.Timeout = time.Millisecond
	pipe := rdb.Pipeline()
	wait := pipe.Do(ctx, d.command()...)
	_, _ = pipe.Exec(ctx) // the command has its error
	err := wait.Err()
	switch {
	case err == nil:
		return nil
	case d.Fsync && strings.Contains(err.Error(), "unknown command"):
		return fmt.Errorf("the broker has no WAITAOF, which commits are to wait with: that takes Redis 7.2 or Valkey. Let them wait for replicas alone, or set appendfsync always: %w", err)
	case d.Fsync && strings.Contains(err.Error(), "appendonly is disabled"):
		return fmt.Errorf("commits are to wait for the broker's disk, and it keeps no append-only file: set appendonly yes: %w", err)
	case strings.HasPrefix(err.Error(), "NOPERM"):
		return fmt.Errorf("commits are to wait for replicas or the disk, and the broker's user may not: grant +wait, and +waitaof for the disk: %w", err)
	}
	return fmt.Errorf("commits cannot wait for replicas or the disk: %w", err)
}

// runDurably runs the script and waits, both in one go on one connection: the server waits for what that connection has written. A wait without an answer reached
// nothing; the commit's own answer stands.
func (c *Committer) runDurably(ctx context.Context, keys []string, args []any) *redis.Cmd {
	run := func(eval func(redis.Scripter) *redis.Cmd) (made, wait *redis.Cmd) {
		pipe := c.o.Redis.Pipeline()
		made = eval(pipe)
		wait = pipe.Do(ctx, c.o.Durability.command()...)
		_, _ = pipe.Exec(ctx) // each command has its error
		return made, wait
	}
	made, wait := run(func(s redis.Scripter) *redis.Cmd { return script.EvalSha(ctx, s, keys, args...) })
	if redis.HasErrorPrefix(made.Err(), "NOSCRIPT") {
		made, wait = run(func(s redis.Scripter) *redis.Cmd { return script.Eval(ctx, s, keys, args...) })
	}
	if made.Err() == nil && c.o.Waited != nil {
		c.o.Waited(wait.Err() == nil && c.o.Durability.reached(wait.Val()))
	}
	return made
}
