package guard

import (
	"context"
	"testing"

	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/source"
	"github.com/go-dispatcher/dispatcher/internal/telemetry"
)

// BenchmarkGuard is what a guard adds to one query.
func BenchmarkGuard(b *testing.B) {
	r := result(b, 10, "x")
	inner := &scripted{query: func(context.Context) (*source.Result, error) { return r, nil }}
	for name, s := range map[string]source.Source{
		"bare":    inner,
		"guarded": New(inner, Options{Metrics: telemetry.NewMetrics().Source("s")}),
	} {
		b.Run(name, func(b *testing.B) {
			q := &query.Query{}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := s.Query(b.Context(), q); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
