package lease

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/source"
	"github.com/go-dispatcher/dispatcher/internal/source/singleflight"
	"github.com/go-dispatcher/dispatcher/internal/testenv"
)

// holding is a question of a tenant's whose answer holds.
func holding(tenant string, fresh, stale time.Duration) singleflight.Question {
	q := query.Query{
		Dataset: "posts", Tenant: &query.Compare{Values: []any{tenant}}, Share: &query.Share{FreshFor: fresh, StaleFor: stale, Tenant: tenant},
	}
	return singleflight.Question{Key: q.Key(), Dataset: q.Dataset, Share: q.Share}
}

// keeper is a process with answers of so many bytes.
func (s site) keeper(budget int64) *Leases {
	return New(s.rdb, s.prefix, "s", NewAnswers(s.rdb, s.prefix+"answers:", budget))
}

// put asks a question whose computation says text, and returns what was answered once nothing is left to be done.
func (l *Leases) put(t *testing.T, of singleflight.Question, text string) (r *source.Result, computed bool) {
	t.Helper()
	l.Do(t.Context(), of, func(context.Context) (*source.Result, error) { computed = true; return rows(t, text), nil }, func(got *source.Result, err error) {
		if err != nil {
			t.Error(err)
		}
		r = got
	})
	return r, computed
}

func said(r *source.Result) string {
	return fmt.Sprint(r.Frame.At(0).Value(0), " ", r.Stats.Reused)
}

// An answer is handed to every process that asks the same while it is fresh, and to no other tenant.
func TestAnswersHoldBeyondTheirComputation(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, s site) {
		acme, other := holding("acme", time.Hour, 0), holding("other", time.Hour, 0)
		if r, computed := s.keeper(1<<20).put(t, acme, "first"); !computed || said(r) != "first " {
			t.Errorf("the first: %s", said(r))
		}
		for range 3 {
			r, computed := s.keeper(1<<20).put(t, acme, "again")
			if computed || said(r) != "first fresh" || r.Stats.Scanned != 0 || r.Stats.Rows != 1 || !r.AsOf.Equal(rows(t, "").AsOf) || !r.Truncated {
				t.Errorf("asked again: %s, %+v", said(r), r)
			}
		}
		if r, computed := s.keeper(1<<20).put(t, other, "of another"); !computed || said(r) != "of another " {
			t.Errorf("another tenant: %s", said(r))
		}
		if r, ok := s.keeper(1<<20).Known(t.Context(), acme); !ok || said(r) != "first fresh" {
			t.Error("what is there is not known")
		}
		if _, ok := s.keeper(1<<20).Known(t.Context(), holding("nobody", time.Hour, 0)); ok {
			t.Error("what is not there is known")
		}
		if !s.keeper(1<<20).Fresh(t.Context(), acme) || s.keeper(1<<20).Fresh(t.Context(), holding("nobody", time.Hour, 0)) {
			t.Error("what is there is not fresh, or what is not is")
		}
	})
}

// A stale answer is handed out at once, and computed anew by one of those who ask; beyond its bound it is gone.
func TestStaleAnswersAreComputedAnewByOne(t *testing.T) {
	t.Parallel()
	on(t, func(t *testing.T, s site) { // not on the embedded server, whose clock stands still
		of := holding("acme", time.Hour, time.Hour)
		name := s.keeper(1 << 20).keys(of).name
		s.keeper(1<<20).put(t, of, "first")
		key := s.keeper(1 << 20).answers.key(name)
		if left := s.rdb.PTTL(t.Context(), key).Val(); left <= time.Hour || left > 2*time.Hour {
			t.Fatalf("it holds for %v", left)
		}
		s.rdb.PExpire(t.Context(), key, 30*time.Minute) // as if an hour and a half had passed
		if s.keeper(1<<20).Fresh(t.Context(), of) {
			t.Error("a stale answer is fresh")
		}
		computing, release := make(chan struct{}), make(chan struct{})
		var first sync.WaitGroup
		var landed atomic.Value
		first.Go(func() {
			s.keeper(1<<20).Do(t.Context(), of, func(context.Context) (*source.Result, error) {
				close(computing)
				<-release
				return rows(t, "second"), nil
			}, func(r *source.Result, _ error) { landed.Store(said(r)) })
		})
		<-computing
		if landed.Load() != "first stale" {
			t.Errorf("who computes it anew has %v", landed.Load())
		}
		for range 3 {
			if r, computed := s.keeper(1<<20).put(t, of, "too much"); computed || said(r) != "first stale" {
				t.Errorf("beside it: %s", said(r))
			}
		}
		close(release)
		first.Wait()
		if r, computed := s.keeper(1<<20).put(t, of, "third"); computed || said(r) != "second fresh" {
			t.Errorf("afterwards: %s", said(r))
		}
		s.rdb.PExpire(t.Context(), key, time.Millisecond)
		testenv.Eventually(t, time.Minute, "the answer is gone", func() (bool, string) { return s.rdb.Exists(t.Context(), key).Val() == 0, "" })
		if r, computed := s.keeper(1<<20).put(t, of, "fourth"); !computed || said(r) != "fourth " {
			t.Errorf("beyond its bound: %s", said(r))
		}
	}, "redis", "cluster")
}

// A failure is not kept, nor is what took longer to compute than it holds, nor what there is no room for, nor what cannot be read; nothing is left of a lease then.
func TestWhatIsNotKept(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, s site) {
		failing := holding("failing", time.Hour, 0)
		var failed error
		s.keeper(1<<20).Do(t.Context(), failing, func(context.Context) (*source.Result, error) { return nil, errors.New("refused") }, func(_ *source.Result, err error) { failed = err })
		if _, computed := s.keeper(1<<20).put(t, failing, "well"); !computed || failed == nil {
			t.Errorf("a failure (%v) was kept", failed)
		}
		brief := holding("brief", time.Nanosecond, 0)
		s.keeper(1<<20).put(t, brief, "first")
		if _, computed := s.keeper(1<<20).put(t, brief, "second"); !computed {
			t.Error("what was over before it was there was kept")
		}
		large := holding("large", time.Hour, 0)
		s.keeper(4000).put(t, large, random(8000))
		if _, computed := s.keeper(1<<20).put(t, large, "small"); !computed {
			t.Error("what there was no room for was kept")
		}
		broken := holding("broken", time.Hour, 0)
		l := s.keeper(1 << 20)
		l.put(t, broken, "first")
		if err := s.rdb.SetRange(t.Context(), l.answers.key(l.keys(broken).name), 40, "damaged").Err(); err != nil {
			t.Fatal(err)
		}
		if _, ok := l.Known(t.Context(), broken); ok {
			t.Error("what is damaged is known")
		}
		if r, computed := l.put(t, broken, "anew"); !computed || said(r) != "anew " {
			t.Errorf("of what was damaged: %s", said(r))
		}
		if r, computed := l.put(t, broken, "too much"); computed || said(r) != "anew fresh" {
			t.Errorf("after it was damaged: %s", said(r))
		}
		if left := s.rdb.Keys(t.Context(), s.prefix+"s:*").Val(); len(left) != 0 {
			t.Errorf("left: %v", left)
		}
	})
}

// All answers together take no more than their bytes; what was forgotten makes room, and is computed again.
func TestAnswersAreCountedAndForgotten(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, s site) {
		l := s.keeper(6000) // an answer takes about 1,400
		var kept []string
		for _, tenant := range []string{"a", "b", "c", "d", "e", "f", "g", "h"} {
			l.put(t, holding(tenant, time.Hour, 0), tenant)
			if _, computed := l.put(t, holding(tenant, time.Hour, 0), tenant); !computed {
				kept = append(kept, tenant)
			}
		}
		if len(kept) < 2 || len(kept) > 5 {
			t.Fatalf("%d answers have room", len(kept))
		}
		stats, err := l.answers.Stats(t.Context())
		if err != nil || len(stats) != 1 || stats[0].Dataset != "posts" || stats[0].Answers != len(kept) || stats[0].Tenants != len(kept) || stats[0].Bytes > 6000 || stats[0].Longest <= 0 {
			t.Errorf("%+v, %v", stats, err)
		}
		for which, n := range map[Which]int{
			{}: len(kept), {Dataset: "posts"}: len(kept), {Dataset: "post"}: 0, {Tenant: kept[0]}: 1, {Dataset: "posts", Tenant: kept[1]}: 1, {Tenant: "nobody"}: 0,
		} {
			if names, err := l.answers.Find(t.Context(), which); err != nil || len(names) != n {
				t.Errorf("%+v are %v, %v", which, names, err)
			}
		}
		names, err := l.answers.Find(t.Context(), Which{Tenant: kept[0]})
		if err != nil {
			t.Fatal(err)
		}
		if n, err := l.answers.Forget(t.Context(), names); err != nil || n != 1 {
			t.Errorf("%d forgotten, %v", n, err)
		}
		if _, computed := l.put(t, holding(kept[0], time.Hour, 0), "anew"); !computed {
			t.Error("what was forgotten is there")
		}
		if _, computed := l.put(t, holding(kept[0], time.Hour, 0), "anew"); computed {
			t.Error("what was forgotten has no room")
		}
		if _, computed := l.put(t, holding(kept[1], time.Hour, 0), "anew"); computed {
			t.Error("what was not meant is forgotten")
		}
	})
}
