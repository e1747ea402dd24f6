package consumer_test

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/go-dispatcher/dispatcher/internal/testenv"
)

// lateReplies holds the reply to each command that names a stream until two more that name an entry were answered: the second of them began after it.
type lateReplies struct {
	stream, entry string
	answered      chan struct{}
	held          atomic.Int32
}

func (l *lateReplies) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		err := next(ctx, cmd)
		switch said := fmt.Sprint(cmd.Args()...); {
		case err != nil:
		case strings.Contains(said, l.stream):
			l.held.Add(1)
			for range 2 {
				select {
				case <-l.answered:
				case <-ctx.Done():
				}
			}
		case strings.Contains(said, l.entry):
			select {
			case l.answered <- struct{}{}:
			default: // nobody waits
			}
		}
		return err
	}
}

func (l *lateReplies) DialHook(next redis.DialHook) redis.DialHook { return next }

func (l *lateReplies) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}

// TestARenewalBeforeTheReplyToACommit: an entry that is committed is pending for nobody. A renewal that finds it so must not take it for one that others have.
func TestARenewalBeforeTheReplyToACommit(t *testing.T) {
	t.Parallel()
	rdb := redis.NewClient(&redis.Options{Addr: testenv.Redis(t), MaxRetries: -1, Protocol: 2})
	t.Cleanup(func() { _ = rdb.Close() })
	stream := fmt.Sprintf("t:%s:%d", t.Name(), time.Now().UnixNano())
	s := &site{t: t, rdb: rdb, stream: stream, h: &handler{out: stream + ":out"}}
	late := &lateReplies{stream: s.h.out, entry: s.add(1)[0], answered: make(chan struct{})}
	rdb.AddHook(late)

	o := s.options("a")
	var lost, committed atomic.Int32
	o.Hooks.Lost = func(n int) { lost.Add(int32(n)) } //nolint:gosec // one
	o.Hooks.Committed = func(status string) {
		if status == "done" {
			committed.Add(1)
		}
	}
	stop := s.start(o)
	s.until("the entry is committed", func() bool { return committed.Load() == 1 })
	stop()
	if late.held.Load() == 0 {
		t.Error("no reply was held")
	}
	if n := lost.Load(); n != 0 {
		t.Errorf("%d leases are said to be lost, of an entry that was committed", n)
	}
}
