package main

import (
	"io"
	"os"
	"testing"
	"time"
)

// TestMain lets this test's own program be the worker processes.
func TestMain(m *testing.M) {
	if os.Getenv(envWorker) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// BenchmarkPeers runs every peer once over a few requests, so that none can rot: figures are what `make bench-peers` is for.
func BenchmarkPeers(b *testing.B) {
	for b.Loop() {
		r, err := measure(b.Context(), io.Discard, options{
			requests: 4_000, rounds: 1, rate: 200, during: time.Second, few: 1_000, many: 20_000,
			only: "dispatcher,bare,watermill-10,asynq",
		})
		if err != nil {
			b.Fatal(err)
		}
		if len(r.Verdicts) != 6 {
			b.Fatalf("%d figures were compared, not 6", len(r.Verdicts))
		}
	}
}
