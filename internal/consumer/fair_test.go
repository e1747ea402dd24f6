package consumer_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/go-dispatcher/dispatcher/internal/commit"
	"github.com/go-dispatcher/dispatcher/internal/consumer"
)

// by says whose an entry is: the payload's part before the slash.
func by(e *consumer.Entry) (tenant string, cost int) {
	payload, _ := e.Field("payload")
	tenant, _, _ = strings.Cut(payload, "/")
	return tenant, 1
}

// fill adds n entries of a tenant.
func (s *site) fill(tenant string, n int) {
	s.t.Helper()
	pipe := s.rdb.Pipeline()
	for range n {
		pipe.XAdd(s.t.Context(), &redis.XAddArgs{Stream: s.stream, Values: []string{"payload", tenant + "/x"}})
	}
	if _, err := pipe.Exec(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
}

// A tenant with hundreds of entries holds every place that it may. None of them ends before the other tenant's only one was served: without turns that
// one would wait for all of them.
func TestOneTenantDoesNotKeepOthersWaiting(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, s *site) {
		served := make(chan struct{})
		var once sync.Once
		s.h.handle = func(ctx context.Context, e *consumer.Entry, _ consumer.Emitter) consumer.Outcome {
			if tenant, _ := by(e); tenant == "few" {
				once.Do(func() { close(served) })
			} else {
				select {
				case <-served:
				case <-ctx.Done():
				}
			}
			return s.h.answer(e, "done")
		}
		s.fill("many", 300)
		o := s.options("c1")
		o.Fair.Tenant = by
		s.start(o)
		s.until("the stream is being read", func() bool {
			p, err := s.rdb.XPending(s.t.Context(), s.stream, "g").Result()
			return err == nil && p.Count >= int64(o.Slots)
		})
		s.fill("few", 1)
		select {
		case <-served:
		case <-time.After(2 * time.Minute):
			t.Fatal("the other tenant's entry waits behind all others")
		}
		s.settled()
		if n := s.len(s.h.out); n != 301 {
			t.Errorf("%d answers, want 301", n)
		}
		s.until("nothing of the turns is left", func() bool {
			names := commit.NamesOf(s.stream)
			n := s.rdb.Exists(t.Context(), names.Tenants, names.Credit, names.TenantPrefix+"many", names.TenantPrefix+"few").Val()
			groups := s.rdb.XInfoConsumers(t.Context(), s.stream, "g").Val()
			return n == 0 && len(groups) == 1
		})
	})
}

// At no time does a tenant hold more places than it may.
func TestATenantHoldsNoMoreThanItMay(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, s *site) {
		var mu sync.Mutex
		now, most := map[string]int{}, map[string]int{}
		s.h.handle = func(_ context.Context, e *consumer.Entry, _ consumer.Emitter) consumer.Outcome {
			tenant, _ := by(e)
			mu.Lock()
			now[tenant]++
			most[tenant] = max(most[tenant], now[tenant])
			mu.Unlock()
			time.Sleep(20 * time.Millisecond) // the work itself
			mu.Lock()
			now[tenant]--
			mu.Unlock()
			return s.h.answer(e, "done")
		}
		s.fill("a", 60)
		s.fill("b", 60)
		o := s.options("c1")
		o.Fair = consumer.Fair{Tenant: by, Most: 2}
		s.start(o)
		s.settled()
		mu.Lock()
		defer mu.Unlock()
		if most["a"] != 2 || most["b"] != 2 {
			t.Errorf("at the same time %v ran, want 2 of each", most)
		}
	})
}

// What a consumer has parked is served by its peers when it is gone, and served once.
func TestParkedEntriesOutliveWhoParkedThem(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, s *site) {
		o := s.options("c1")
		o.Fair.Tenant = by
		o.DrainTimeout = 10 * time.Millisecond
		first := true
		var mu sync.Mutex
		s.h.handle = func(ctx context.Context, e *consumer.Entry, _ consumer.Emitter) consumer.Outcome {
			mu.Lock()
			waits := first
			mu.Unlock()
			if waits {
				<-ctx.Done()
				return consumer.Outcome{Err: ctx.Err()}
			}
			return s.h.answer(e, "done")
		}
		s.fill("many", 300)
		stop := s.start(o)
		s.until("entries are parked", func() bool {
			p, err := s.rdb.XPending(t.Context(), s.stream, "g").Result()
			return err == nil && p.Consumers[commit.Parked] >= 250
		})
		stop()
		mu.Lock()
		first = false
		mu.Unlock()
		o.Name = "c2"
		s.start(o)
		s.settled()
		if n := s.len(s.h.out); n != 300 {
			t.Errorf("%d answers, want 300", n)
		}
	})
}
