package duckdb_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"testing"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/source"
	"github.com/go-dispatcher/dispatcher/internal/source/duckdb"
	"github.com/go-dispatcher/dispatcher/internal/source/sourcetest"
)

// handing is a source that can only read its rows, and has everything else computed.
type handing struct {
	source.Source // DuckDB's own Explain, Ping and Close
	local         source.Local
	rows          []sourcetest.Row
}

func (h *handing) Query(ctx context.Context, q *query.Query) (*source.Result, error) {
	fields := sourcetest.Fields()
	return h.local.Compute(ctx, q, fields, func(yield func([]any, error) bool) {
		for _, r := range h.rows {
			values := make([]any, len(fields))
			for i, f := range fields {
				values[i] = r[f.Column]
			}
			if !yield(values, nil) {
				return
			}
		}
	})
}

func TestComputedConformance(t *testing.T) {
	t.Parallel()
	sourcetest.Run(t, handed)
}

func TestComputedRandomQuestions(t *testing.T) {
	t.Parallel()
	sourcetest.Random(t, handed, 500)
}

func handed(t *testing.T, rows []sourcetest.Row) (source.Source, query.Relation) {
	t.Helper()
	s := opened(t, duckdb.Config{Connections: 2})
	return &handing{Source: s, local: s, rows: rows}, query.Relation{Table: "rows"}
}

func opened(t *testing.T, cfg duckdb.Config) *duckdb.Source {
	t.Helper()
	s, err := duckdb.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func counting() *query.Query {
	return &query.Query{Dataset: "d", Measures: []query.Measure{{Name: "n", Agg: query.Count}}, MaxRows: 10}
}

func TestComputeEndsWithItsRows(t *testing.T) {
	t.Parallel()
	s := opened(t, duckdb.Config{Connections: 1})
	numbers := func(n int, end error) iter.Seq2[[]any, error] {
		return func(yield func([]any, error) bool) {
			for i := range n {
				if !yield([]any{int64(i)}, nil) {
					return
				}
			}
			if end != nil {
				yield(nil, end)
			}
		}
	}
	fields := []query.Field{{Column: "n", Type: query.Int}}
	cut := fault.New(fault.Transient, "source_unavailable", "", errors.New("cut off"))
	if _, err := s.Compute(t.Context(), counting(), fields, numbers(5000, cut)); !errors.Is(err, cut) {
		t.Errorf("an error of the rows: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	if _, err := s.Compute(ctx, counting(), fields, func(yield func([]any, error) bool) {
		for i := range 5000 {
			if i == 100 {
				cancel()
			}
			if !yield([]any{int64(i)}, nil) {
				return
			}
		}
	}); fault.ClassOf(err) != fault.Canceled {
		t.Errorf("a cancel: %v", err)
	}
	// The only connection is free again, its table gone.
	r, err := s.Compute(t.Context(), counting(), fields, numbers(4321, nil))
	if err != nil {
		t.Fatal(err)
	}
	if n, _ := r.Frame.At(0).Int(0); n != 4321 || r.Stats.Scanned != 4321 {
		t.Errorf("%d rows, %d scanned, want 4321", n, r.Stats.Scanned)
	}
	if _, err := s.Compute(t.Context(), counting(), nil, numbers(0, nil)); err != nil {
		t.Errorf("no fields, no rows: %v", err)
	}
}

// A moment within a day compares with a column of dates as that day, as it does where the store compares.
func TestComputeComparesDaysWithDays(t *testing.T) {
	t.Parallel()
	s := opened(t, duckdb.Config{Connections: 1})
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	at := query.Field{Column: "at", Type: query.Time}
	for op, want := range map[query.Op]int64{query.Gte: 2, query.Gt: 1, query.Eq: 1, query.Lt: 1, query.Lte: 2} {
		q := counting()
		q.Where = query.And{query.Compare{Field: at, Op: op, Storage: "date", Zone: "Europe/Berlin", Values: []any{time.Date(2002, 7, 2, 12, 0, 0, 0, berlin)}}}
		r, err := s.Compute(t.Context(), q, []query.Field{at}, func(yield func([]any, error) bool) {
			for day := 1; day <= 3; day++ {
				if !yield([]any{time.Date(2002, 7, day, 0, 0, 0, 0, berlin)}, nil) {
					return
				}
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		if n, _ := r.Frame.At(0).Int(0); n != want {
			t.Errorf("%s keeps %d days, want %d", op, n, want)
		}
	}
}

// Rows of many times the memory limit are spilled, not held.
func TestComputeStaysWithinItsMemory(t *testing.T) {
	t.Parallel()
	s := opened(t, duckdb.Config{Connections: 1, MemoryLimit: 64 << 20, SpillDir: t.TempDir()})
	const n = 600_000
	q := counting()
	q.Groups = []query.Group{{Name: "k", Field: query.Field{Column: "k", Type: query.Int}}}
	q.MaxRows = 100
	r, err := s.Compute(t.Context(), q, []query.Field{{Column: "k", Type: query.Int}, {Column: "s", Type: query.String}, {Column: "t", Type: query.Time}},
		func(yield func([]any, error) bool) {
			for i := range n {
				// Hard to compress, about 300 bytes a row: 180 MB.
				text := ""
				for j := range 10 {
					text += fmt.Sprintf("%030x", uint64(i*7919+j)*0x9e3779b97f4a7c15)
				}
				if !yield([]any{int64(i % 10), text, time.UnixMicro(int64(i))}, nil) {
					return
				}
			}
		})
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := r.Frame.At(1).Int(0); r.Frame.Rows() != 10 || got != n/10 {
		t.Errorf("%d groups, %d in the first", r.Frame.Rows(), got)
	}
}
