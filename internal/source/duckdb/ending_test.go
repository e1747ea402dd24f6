package duckdb_test

import (
	"context"
	"database/sql"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/source/duckdb"
)

// computing says that a statement runs.
func computing() bool {
	buffer := make([]byte, 4<<20)
	return strings.Contains(string(buffer[:runtime.Stack(buffer, true)]), ".ExecutePending(")
}

// A computation ends with its request: the only connection answers the next at once.
func TestTheEndOfARequestEndsItsComputation(t *testing.T) { //nolint:paralleltest // it looks at all statements that run
	path := filepath.Join(t.TempDir(), "own.duckdb")
	db, err := sql.Open("duckdb", path)
	if err != nil {
		t.Fatal(err)
	}
	for name, rows := range map[string]string{"brief": "3", "endless": "1000000000000"} {
		if _, err := db.ExecContext(t.Context(), "CREATE VIEW "+name+" AS SELECT range AS n FROM range("+rows+")"); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	s, err := duckdb.Open(t.Context(), duckdb.Config{Path: path, ReadOnly: true, Connections: 1})
	if err != nil {
		t.Fatal(err)
	}
	sum := func(ctx context.Context, view string) error {
		_, err := s.Query(ctx, &query.Query{
			Dataset: "d", Relation: query.Relation{Table: view}, MaxRows: 10,
			Measures: []query.Measure{{Name: "n", Agg: query.Sum, Field: query.Field{Column: "n", Type: query.Int}}},
		})
		return err
	}
	for _, class := range []fault.Class{fault.Timeout, fault.Canceled} {
		limit := time.Minute
		if class == fault.Timeout {
			limit = 300 * time.Millisecond
		}
		ctx, cancel := context.WithTimeout(t.Context(), limit)
		ended := make(chan error, 1)
		go func() { ended <- sum(ctx, "endless") }()
		if class == fault.Canceled {
			for !computing() && ctx.Err() == nil {
				runtime.Gosched()
			}
			cancel()
		}
		select {
		case err := <-ended:
			if fault.ClassOf(err) != class {
				t.Errorf("%v: %v", class, err)
			}
		case <-time.After(time.Minute):
			t.Fatalf("%v: the computation goes on", class)
		}
		cancel()
		next, stop := context.WithTimeout(t.Context(), time.Minute)
		if err := sum(next, "brief"); err != nil {
			t.Errorf("after it: %v", err)
		}
		stop()
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}
