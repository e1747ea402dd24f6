package duckdb_test

import (
	"database/sql"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/source/duckdb"
)

// TestMemoryLimit: a query of several times the limit is spilled and answers; where nothing may be spilled it fails, and the error says what to do. The
// next query is answered either way.
func TestMemoryLimit(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "own.duckdb")
	db, err := sql.Open("duckdb", path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.ExecContext(t.Context(), `CREATE TABLE posts AS SELECT i AS id, md5(i::VARCHAR) || repeat(md5((i * 7)::VARCHAR), 8) AS text FROM range(600000) AS r(i)`); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	rows := func(s *duckdb.Source, limit int) error {
		column := func(name string, of query.Type) query.Column {
			return query.Column{Name: name, Field: query.Field{Column: name, Type: of}}
		}
		r, err := s.Query(t.Context(), &query.Query{
			Dataset: "d", Relation: query.Relation{Table: "posts"}, Rows: true, Select: []query.Column{column("id", query.Int), column("text", query.String)},
			Order: []query.Order{{Name: "text"}}, Limit: limit, MaxRows: limit,
		})
		if err == nil && r.Frame.Rows() != limit {
			t.Errorf("%d rows, not %d", r.Frame.Rows(), limit)
		}
		return err
	}
	for name, c := range map[string]struct{ spill, reason string }{"spilled": {spill: t.TempDir()}, "not spilled": {reason: "source_limit"}} {
		s, err := duckdb.Open(t.Context(), duckdb.Config{Path: path, ReadOnly: true, Connections: 1, MemoryLimit: 48 << 20, SpillDir: c.spill})
		if err != nil {
			t.Fatal(err)
		}
		err = rows(s, 20_000)
		if fault.ReasonOf(err) != c.reason && (err != nil || c.reason != "") {
			t.Errorf("%s: %v", name, err)
		}
		if err != nil && !strings.Contains(fault.SafeText(err), "memory_limit") {
			t.Errorf("%s: it does not say what to do: %s", name, fault.SafeText(err))
		}
		if err := rows(s, 10); err != nil {
			t.Errorf("%s, the next: %v", name, err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}
