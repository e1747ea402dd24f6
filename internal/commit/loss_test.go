package commit_test

import (
	"context"
	"fmt"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/go-dispatcher/dispatcher/internal/commit"
	"github.com/go-dispatcher/dispatcher/internal/testenv"
)

// lossy drops the connection in place of the first reply after cut was called: the server has done what it was asked, and
// nobody hears of it. A fake: a network that fails at this very moment can't be had.
type lossy struct {
	net.Conn
	cut *atomic.Bool
}

func (l lossy) Read(b []byte) (int, error) {
	n, err := l.Conn.Read(b)
	if n > 0 && l.cut.CompareAndSwap(true, false) {
		_ = l.Close()
		return 0, net.ErrClosed
	}
	return n, err
}

func TestLostReplyDoublesNothing(t *testing.T) {
	t.Parallel()
	var cut atomic.Bool
	s := newSite(t, testenv.Redis(t), func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := (&net.Dialer{}).DialContext(ctx, network, addr)
		return lossy{conn, &cut}, err
	})
	warm := s.pending("me")
	s.wants(commit.Submission{Entry: warm, Request: warm, Final: true, Fresh: true, Outputs: []commit.Output{s.output("warm")}}, commit.Done)
	id := s.pending("me")
	cut.Store(true)
	s.wants(commit.Submission{Entry: id, Request: id, Outputs: []commit.Output{s.output("a")}}, commit.Done)
	if cut.Load() {
		t.Fatal("no reply was lost")
	}
	cut.Store(true)
	// The first try did it all; the second finds the entry gone.
	s.wants(commit.Submission{Entry: id, Request: id, Final: true, Outputs: []commit.Output{s.output("b")}}, commit.Fenced)
	s.count("a", 1)
	s.count("b", 1)
	s.nothingPending()
}

func TestEverySubmissionIsAnsweredWhenTheCommitterEnds(t *testing.T) {
	t.Parallel()
	c := commit.New(commit.Options{Redis: redis.NewClient(&redis.Options{Addr: "127.0.0.1:1", MaxRetries: -1}), Names: commit.NamesOf("s"), Window: time.Hour, LedgerTTL: time.Hour})
	const n = 200
	answers := make(waiter, n)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ended := make(chan struct{})
	go func() { c.Run(ctx); close(ended) }()
	want := 0
	for i := range n {
		if i == n/2 {
			cancel()
		}
		if err := c.Submit(t.Context(), commit.Submission{Entry: "1-1", Request: fmt.Sprint(i), Final: true}, answers); err == nil {
			want++
		}
	}
	<-ended
	for i := range want {
		select {
		case a := <-answers:
			if a.err == nil {
				t.Errorf("answered %q by a server that is not there", a.status)
			}
		case <-time.After(time.Minute):
			t.Fatalf("%d of %d submissions were answered", i, want)
		}
	}
}
