package app

import (
	"context"
	"log/slog"
	"testing"

	"github.com/redis/go-redis/v9"

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
	if err := PurgeKept(t.Context(), rdb, input, "posts"); err != nil {
		t.Fatal(err)
	}
	if got := <-heard; got != "posts" {
		t.Errorf("%q was purged", got)
	}
	if p.of("posts") == posts || p.of("calls") != calls {
		t.Error("not only the texts of posts are others")
	}
	if err := PurgeKept(t.Context(), rdb, input, ""); err != nil {
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
