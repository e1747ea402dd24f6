// Package bench measures Dispatcher against other systems, side by side in one run: only ratios within a run count.
package bench

import (
	"fmt"
	"os"
	"slices"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/go-dispatcher/dispatcher/internal/app"
)

// TestMain runs all benchmarks, of either side, with the memory settings of the product's processes.
func TestMain(m *testing.M) {
	app.TuneMemory()
	os.Exit(m.Run())
}

// fill puts all requests on a stream before the clock starts.
func fill(b *testing.B, rdb *redis.Client, stream string, values func(i int) []any) {
	b.Helper()
	const batch = 1000
	for from := 0; from < requests; from += batch {
		pipe := rdb.Pipeline()
		for i := from; i < from+batch; i++ {
			pipe.XAdd(b.Context(), &redis.XAddArgs{Stream: stream, Values: values(i)})
		}
		if _, err := pipe.Exec(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}

// check counts what was written: exactly one output a request.
func check(b *testing.B, rdb *redis.Client, prefix string) {
	b.Helper()
	var n int64
	for i := range outputs {
		n += rdb.XLen(b.Context(), fmt.Sprintf("%sout-%d", prefix, i)).Val()
	}
	if n != requests {
		b.Fatalf("%d outputs for %d requests", n, requests)
	}
}

// clean removes a round's keys.
func clean(b *testing.B, rdb *redis.Client, prefix string) {
	b.Helper()
	ctx := b.Context()
	iter := rdb.Scan(ctx, 0, prefix+"*", 1000).Iterator()
	for iter.Next(ctx) {
		rdb.Unlink(ctx, iter.Val())
	}
}

func median(v []float64) float64 {
	v = slices.Clone(v)
	slices.Sort(v)
	return v[len(v)/2]
}

func best(v []float64) float64 { return slices.Max(append(v, 1)) }

// subscriberCounts are the two sizes at which Watermill is taken; ONLY=1 leaves it out, to profile our own side.
func subscriberCounts() []int {
	if os.Getenv("ONLY") != "" {
		return nil
	}
	return []int{10, 50}
}
