package app

import (
	"context"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/testenv"
)

// A purge is heard by each consumer, which forgets what it keeps; one that starts later finds nothing of before either.
func TestPurgesAreHeard(t *testing.T) {
	t.Parallel()
	rdb := redis.NewClient(&redis.Options{Addr: testenv.Redis(t)})
	t.Cleanup(func() { _ = rdb.Close() })
	const input = "purges:requests"
	t.Cleanup(func() { rdb.Del(context.WithoutCancel(t.Context()), "purges:requests") })
	heard := make(chan string, 10)
	follow := func() *purges {
		p := followPurges(rdb, input, func(_ context.Context, dataset string) (int, error) { heard <- dataset; return 1, nil }, slog.New(slog.DiscardHandler))
		t.Cleanup(func() { _ = p.Close() })
		return p
	}
	p := follow()
	posts, calls := p.of("posts"), p.of("calls")
	if err := PurgeKept(t.Context(), rdb, input, Purge{Dataset: "posts"}); err != nil {
		t.Fatal(err)
	}
	if got := <-heard; got != "posts" {
		t.Errorf("%q was purged", got)
	}
	if p.of("posts") == posts || p.of("calls") != calls {
		t.Error("not only the texts of posts are others")
	}
	if err := PurgeKept(t.Context(), rdb, input, Purge{}); err != nil {
		t.Fatal(err)
	}
	if got := <-heard; got != "" {
		t.Errorf("%q was purged, want all", got)
	}
	if p.of("calls") == calls {
		t.Error("the text of calls is the same")
	}
	if later := follow(); later.of("posts") != p.of("posts") || later.of("calls") != p.of("calls") {
		t.Error("who starts later knows other texts")
	}
	for range 2 {
		if err := p.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// A purge of some days, or of one tenant, changes the texts of what meets it alone; there are never more of them than can be read each second.
func TestPurgesOfParts(t *testing.T) {
	t.Parallel()
	rdb := redis.NewClient(&redis.Options{Addr: testenv.Redis(t)})
	t.Cleanup(func() { _ = rdb.Close() })
	const input = "purges-of-parts:requests"
	key := input + ":purges"
	t.Cleanup(func() { rdb.Del(context.WithoutCancel(t.Context()), key) })
	day := func(n int) time.Time { return time.Date(2026, 1, n, 0, 0, 0, 0, time.UTC) }
	p := &purges{broker: rdb, key: key, purge: func(context.Context, string) (int, error) { return 0, nil }, log: slog.New(slog.DiscardHandler)}
	asked := []struct {
		dataset, tenant string
		from, to        int
	}{{"posts", "7", 1, 5}, {"posts", "7", 5, 9}, {"posts", "8", 5, 9}, {"calls", "7", 5, 9}}
	texts := func() (out [4]string) {
		p.look(t.Context())
		for i, a := range asked {
			out[i] = p.of(a.dataset) + p.days(a.dataset, a.tenant, query.Range{From: day(a.from), To: day(a.to)})
		}
		return out
	}
	for _, c := range []struct {
		purge Purge
		meets [4]bool
	}{
		{Purge{Dataset: "posts", From: day(5), To: day(6)}, [4]bool{false, true, true, false}},
		{Purge{Dataset: "posts", Tenant: "7"}, [4]bool{true, true, false, false}},
		{Purge{Dataset: "posts", Tenant: "7", To: day(5)}, [4]bool{true, false, false, false}},
		{Purge{Tenant: "7", From: day(8)}, [4]bool{false, true, false, true}},
		{Purge{Dataset: "posts"}, [4]bool{true, true, true, false}},
		{Purge{}, [4]bool{true, true, true, true}},
	} {
		before := texts()
		if err := PurgeKept(t.Context(), rdb, input, c.purge); err != nil {
			t.Fatal(err)
		}
		after := texts()
		for i := range asked {
			if (before[i] != after[i]) != c.meets[i] {
				t.Errorf("%+v and %+v: from %q to %q", c.purge, asked[i], before[i], after[i])
			}
		}
	}
	for n := range mostParts + 5 {
		if err := PurgeKept(t.Context(), rdb, input, Purge{Dataset: "posts", Tenant: fmt.Sprint(n)}); err != nil {
			t.Fatal(err)
		}
	}
	if n := rdb.HLen(t.Context(), key).Val(); n > mostParts {
		t.Errorf("%d purges are remembered", n)
	}
}
