package duckdb_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/source/duckdb"
)

func csvQuery(files ...string) *query.Query {
	return &query.Query{
		Dataset: "days", Relation: query.Relation{Files: files, Format: "csv"}, MaxRows: 10,
		Measures: []query.Measure{{Name: "n", Agg: query.Count}},
	}
}

func count(t *testing.T, s *duckdb.Source, q *query.Query) int64 {
	t.Helper()
	r, err := s.Query(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	n, _ := r.Frame.At(0).Int(0)
	return n
}

func TestChangedFilesAreReadAgain(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	write := func(text string) {
		if err := os.WriteFile(filepath.Join(root, "days.csv"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	own := filepath.Join(root, "own.duckdb")
	for _, c := range []struct {
		name, path string
		readOnly   bool
	}{{"in memory", "", false}, {"beside a database file", own, false}, {"beside one that is only read", own, true}} {
		name := c.name
		write("day\n1\n2\n")
		s, err := duckdb.Open(t.Context(), duckdb.Config{DataRoot: root, Path: c.path, ReadOnly: c.readOnly})
		if err != nil {
			t.Fatal(err)
		}
		if n := count(t, s, csvQuery("days.csv")); n != 2 {
			t.Errorf("%s: %d rows, want 2", name, n)
		}
		write("day\n1\n2\n3\n")
		if n := count(t, s, csvQuery("days.csv")); n != 3 {
			t.Errorf("%s: %d rows after the change, want 3", name, n)
		}
		fields, err := s.Describe(t.Context(), query.Relation{Files: []string{"days.csv"}, Format: "csv"})
		if err != nil || len(fields) != 1 || fields[0].Type != query.Int {
			t.Errorf("%s: described as %v, %v", name, fields, err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestFilesStayBelowTheDataRoot(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	s, err := duckdb.Open(t.Context(), duckdb.Config{DataRoot: root})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	for _, path := range []string{"../x.csv", "/etc/passwd", "missing.csv"} {
		_, err := s.Query(t.Context(), csvQuery(path))
		if fault.ReasonOf(err) != "source_bad_data" {
			t.Errorf("%s: %v", path, err)
		}
	}
}

func TestDeadlineAndCancelAreToldApart(t *testing.T) {
	t.Parallel()
	s := open(t)
	q := built(t, "ResearchInsightsPage", "").Widgets[0].Steps[0].Query
	late, cancel := context.WithDeadline(t.Context(), time.Now().Add(-time.Second))
	defer cancel()
	if _, err := s.Query(late, q); fault.ClassOf(err) != fault.Timeout {
		t.Errorf("after the deadline: %v", err)
	}
	gone, stop := context.WithCancel(t.Context())
	stop()
	if _, err := s.Query(gone, q); fault.ClassOf(err) != fault.Canceled {
		t.Errorf("after a cancel: %v", err)
	}
}

// What is known of an import holds for its rows alone: who is at it while the files are read anew asks again.
func TestFilesThatChangeWhileTheyAreAsked(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	write := func(text string) {
		if err := os.WriteFile(filepath.Join(root, "days.csv"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s, err := duckdb.Open(t.Context(), duckdb.Config{DataRoot: root})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	write("day\n1\n2\n")
	asked, failed := 0, errors.New("the table is gone")
	err = s.Over(t.Context(), csvQuery("days.csv"), func() error {
		if asked++; asked > 1 {
			return nil
		}
		write("day\n1\n2\n3\n")
		if n := count(t, s, csvQuery("days.csv")); n != 3 {
			t.Errorf("%d rows after the change", n)
		}
		return failed
	})
	if err != nil || asked != 2 {
		t.Errorf("asked %d times: %v", asked, err)
	}
	if err := s.Over(t.Context(), csvQuery("days.csv"), func() error { asked++; return failed }); !errors.Is(err, failed) || asked != 3 {
		t.Errorf("with no change: asked %d times: %v", asked-2, err)
	}
}
