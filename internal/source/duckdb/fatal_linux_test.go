package duckdb_test

import (
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/source/duckdb"
)

// childOfFatal says that this process is the one whose files may not grow.
const childOfFatal = "DISPATCHER_TEST_FATAL"

// A fatal error of DuckDB is for real here: a checkpoint that cannot be written. What was under way ends with a transient error, the database is opened again for
// whoever asks next, as often as it takes. A limit on the size of files is the process's, so this is a process of its own.
func TestAFatalErrorIsNotForEver(t *testing.T) {
	t.Parallel()
	if os.Getenv(childOfFatal) == "" {
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestAFatalErrorIsNotForEver$", "-test.v")
		cmd.Env = append(os.Environ(), childOfFatal+"=1")
		out, err := cmd.CombinedOutput()
		if err != nil || !strings.Contains(string(out), "was lost and found") {
			t.Fatalf("%v\n%s", err, out)
		}
		return
	}
	signal.Ignore(syscall.SIGXFSZ)
	s, err := duckdb.Open(t.Context(), duckdb.Config{Path: filepath.Join(t.TempDir(), "own.duckdb"), Connections: 3})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Exec(t.Context(), "CREATE TABLE posts AS SELECT i AS id FROM range(1000) r(i)"); err != nil {
		t.Fatal(err)
	}
	if err := s.Exec(t.Context(), "CHECKPOINT"); err != nil {
		t.Fatal(err)
	}
	count := &query.Query{Dataset: "d", Relation: query.Relation{Table: "posts"}, MaxRows: 1, Measures: []query.Measure{{Name: "n", Agg: query.Count}}}
	for round := range 3 {
		underWay, goOn := begin(t, s, count)
		if err := s.Exec(t.Context(), "CREATE OR REPLACE TABLE more AS SELECT i AS id FROM range(1000) r(i)"); err != nil {
			t.Fatal(err)
		}
		err := limited(t, func() error { return s.Exec(t.Context(), "CHECKPOINT") })
		goOn()
		if fault.ClassOf(err) != fault.Permanent || fault.ReasonOf(err) != "source_error" {
			t.Errorf("round %d: whose statement broke the database is told: %v", round, err)
		}
		for range 2 {
			r, err := s.Query(t.Context(), count) // waits for what was under way
			if err != nil {
				t.Fatalf("round %d: %v", round, err)
			}
			if n, _ := r.Frame.At(0).Int(0); n != 1000 {
				t.Errorf("round %d: %d rows", round, n)
			}
		}
		if err := underWay(); fault.ClassOf(err) != fault.Transient || fault.ReasonOf(err) != "source_unavailable" {
			t.Errorf("round %d: what was under way ended with %v", round, err)
		}
		if err := s.Ping(t.Context()); err != nil {
			t.Errorf("round %d: %v", round, err)
		}
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if _, err := s.Query(t.Context(), count); fault.ReasonOf(err) != "source_error" {
		t.Errorf("after it was closed: %v", err)
	}
	t.Log("it was lost and found")
}

// begin starts a computation whose rows go on when it is let; it returns how the computation ends.
func begin(t *testing.T, s *duckdb.Source, q *query.Query) (end func() error, goOn func()) {
	t.Helper()
	begun, let := make(chan struct{}), make(chan struct{})
	var ended sync.WaitGroup
	var err error
	ended.Go(func() {
		_, err = s.Compute(t.Context(), q, []query.Field{{Column: "id", Type: query.Int}}, func(yield func([]any, error) bool) {
			close(begun)
			<-let
			for range 100_000 { // an end is looked for now and then
				if !yield([]any{int64(1)}, nil) {
					return
				}
			}
		})
	})
	<-begun
	return func() error { ended.Wait(); return err }, func() { close(let) }
}

// limited runs f while no file can be written.
func limited(t *testing.T, f func() error) error {
	t.Helper()
	var before syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &before); err != nil {
		t.Fatal(err)
	}
	small := before
	small.Cur = 1
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &small); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &before); err != nil {
			t.Fatal(err)
		}
	}()
	return f()
}
