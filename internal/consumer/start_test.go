package consumer_test

import (
	"context"
	"io"
	"net"
	"sync/atomic"
	"testing"

	"github.com/redis/go-redis/v9"
)

// loseFirst loses the replies to the first commands of a name.
type loseFirst struct {
	name string
	left atomic.Int64
}

func (l *loseFirst) DialHook(next redis.DialHook) redis.DialHook {
	return func(ctx context.Context, network, addr string) (net.Conn, error) { return next(ctx, network, addr) }
}

func (l *loseFirst) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}

func (l *loseFirst) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		err := next(ctx, cmd)
		if cmd.Name() == l.name && l.left.Add(-1) >= 0 {
			cmd.SetErr(io.EOF)
			return io.EOF
		}
		return err
	}
}

// A consumer that did not learn at its start whether it is the stream's only group must not serve anything yet: what it finished would stay on the
// stream, where nobody comes for it any more.
func TestFinishedEntriesGoAlsoWhenTheFirstLookFailed(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, s *site) {
		t.Helper()
		look := &loseFirst{name: "xinfo"}
		look.left.Store(2) // that at the start, and that of the first tidying
		s.rdb.AddHook(look)
		s.add(3)
		s.start(s.options("a"))
		s.until("all are served", func() bool { return s.len(s.h.out) == 3 })
		if look.left.Load() > 0 {
			t.Error("the looks were not lost")
		}
		s.settled()
	})
}
