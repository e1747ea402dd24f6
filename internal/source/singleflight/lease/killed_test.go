package lease

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// errKilled is all that a process hears of Redis once it is dead.
var errKilled = errors.New("killed")

// mortal is the client of a process that is killed after so many steps: before the next one is sent, or after it is done and before it is heard.
type mortal struct {
	redis.Cmdable
	left  *atomic.Int64
	heard bool
}

// step does a step, as far as the process lives.
func (m mortal) step(ctx context.Context, do func() *redis.Cmd) *redis.Cmd {
	left := m.left.Add(-1)
	if left > 0 || left == 0 && m.heard {
		return do()
	}
	if left == 0 {
		do()
	}
	dead := redis.NewCmd(ctx)
	dead.SetErr(errKilled)
	return dead
}

func (m mortal) EvalSha(ctx context.Context, sha string, keys []string, args ...any) *redis.Cmd {
	return m.step(ctx, func() *redis.Cmd { return m.Cmdable.EvalSha(ctx, sha, keys, args...) })
}

func (m mortal) Eval(ctx context.Context, script string, keys []string, args ...any) *redis.Cmd {
	return m.step(ctx, func() *redis.Cmd { return m.Cmdable.Eval(ctx, script, keys, args...) })
}

// A process that computes an answer is killed between any two steps: whoever asks next has that answer whole, or computes another one, and another tenant never has it.
func TestAKilledWriterLeavesNoWrongAnswer(t *testing.T) {
	t.Parallel()
	on(t, func(t *testing.T, s site) { // not on the embedded server, whose clock stands still: the lease of the dead runs out
		handed := 0
		for steps := range int64(7) {
			for _, heard := range []bool{false, true} {
				acme, other := holding(fmt.Sprint("acme", steps, heard), time.Hour, 0), holding(fmt.Sprint("other", steps, heard), time.Hour, 0)
				left := new(atomic.Int64)
				left.Store(steps)
				client := mortal{s.rdb, left, heard}
				dying := New(client, s.prefix, "s", NewAnswers(client, s.prefix+"answers:", 1<<20))
				dying.lasts = 100 * time.Millisecond
				dying.put(t, acme, "of the dead")
				next := s.keeper(1 << 20)
				switch r, computed := next.put(t, acme, "computed"); {
				case !computed && said(r) == "of the dead fresh" && r.AsOf.Equal(rows(t, "").AsOf) && r.Truncated:
					handed++
				case !computed || said(r) != "computed ":
					t.Errorf("killed after %d steps, heard %t: %s", steps, heard, said(r))
				}
				if r, computed := next.put(t, other, "of another"); !computed || said(r) != "of another " {
					t.Errorf("killed after %d steps, heard %t: another tenant has %s", steps, heard, said(r))
				}
				if r, ok := next.Known(t.Context(), acme); !ok {
					t.Errorf("killed after %d steps, heard %t: afterwards there is %+v", steps, heard, r)
				}
			}
		}
		if handed == 0 || handed == 14 {
			t.Errorf("%d answers of the dead were handed out", handed)
		}
	}, "redis", "cluster")
}
