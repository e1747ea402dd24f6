package stores

import (
	"context"
	"database/sql"
	sqldriver "database/sql/driver"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	driver "github.com/duckdb/duckdb-go/v2"

	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/source/sourcetest"
)

// set is rows that every store is given: what its columns are, and which of them a query is restricted by.
type set struct {
	name    string
	columns []col
	rows    []sourcetest.Row
	tenant  string
	// time is the column by which partitions and objects are cut; id tells rows of one time apart.
	time, id string
	// alone says that no dataset has another time: stores that keep the rows once more for those need not.
	alone bool
}

// col is a column as stores keep it.
type col struct {
	name    string
	kind    query.Type
	multi   bool
	storage string // of a time
	zone    string
}

func (c *col) epoch() bool {
	return c.storage == query.StorageEpochS || c.storage == query.StorageEpochMS
}

// duckType is the column's type in DuckDB, and so in Parquet.
func (c *col) duckType() string {
	kind := map[query.Type]string{query.String: "VARCHAR", query.Int: "BIGINT", query.Float: "DOUBLE", query.Bool: "BOOLEAN", query.Time: "TIMESTAMP"}[c.kind]
	switch {
	case c.epoch():
		kind = "BIGINT"
	case c.storage == query.StorageTimestampTZ:
		kind = "TIMESTAMPTZ"
	case c.storage == query.StorageDate:
		kind = "DATE"
	case c.multi:
		kind += "[]"
	}
	return kind
}

// month is the partition of a row.
func (s *set) month(r sourcetest.Row) string {
	at, _ := r[s.time].(time.Time)
	return at.UTC().Format("2006-01")
}

// duck puts the rows into a table of a database in memory.
func (s *set) duck(t *testing.T) *sql.Conn {
	t.Helper()
	connector, err := driver.NewConnector("", nil)
	if err != nil {
		t.Fatal(err)
	}
	db := sql.OpenDB(connector)
	conn, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(); _ = db.Close() })
	parts := make([]string, len(s.columns))
	for i := range s.columns {
		parts[i] = `"` + s.columns[i].name + `" ` + s.columns[i].duckType()
	}
	if _, err := conn.ExecContext(t.Context(), `CREATE TABLE rows (`+strings.Join(parts, ", ")+`, __month VARCHAR)`); err != nil {
		t.Fatal(err)
	}
	if err := conn.Raw(func(raw any) error {
		c, ok := raw.(sqldriver.Conn)
		if !ok {
			return fmt.Errorf("unexpected connection %T", raw)
		}
		a, err := driver.NewAppenderFromConn(c, "", "rows")
		if err != nil {
			return err
		}
		for _, r := range s.rows {
			values := make([]sqldriver.Value, 0, len(s.columns)+1)
			for i := range s.columns {
				values = append(values, r[s.columns[i].name])
			}
			if err := a.AppendRow(append(values, s.month(r))...); err != nil {
				return err
			}
		}
		return a.Close()
	}); err != nil {
		t.Fatal(err)
	}
	return conn
}

// files writes the rows to a folder: by month below by/yyyy/mm, and all of them once more below all. It returns their paths.
func (s *set) files(t *testing.T, dir, format string) []string {
	t.Helper()
	if format == "json" {
		return s.lines(t, dir)
	}
	conn := s.duck(t)
	paths := []string{filepath.Join("all", s.name+".parquet")}
	export(t, conn, dir, paths[0], "TRUE")
	for _, month := range s.months() {
		path := filepath.Join("by", strings.ReplaceAll(month, "-", "/"), s.name+".parquet")
		export(t, conn, dir, path, "__month = '"+month+"'")
		paths = append(paths, path)
	}
	return paths
}

func export(t *testing.T, conn *sql.Conn, dir, path, where string) {
	t.Helper()
	full := filepath.Join(dir, path)
	if err := os.MkdirAll(filepath.Dir(full), 0o700); err != nil {
		t.Fatal(err)
	}
	// Small row groups, so that some are left out by their statistics.
	text := "COPY (SELECT * EXCLUDE (__month) FROM rows WHERE " + where + ") TO '" + full + "' (FORMAT parquet, ROW_GROUP_SIZE 2048)"
	if _, err := conn.ExecContext(t.Context(), text); err != nil {
		t.Fatal(err)
	}
}

// months are the partitions that have rows.
func (s *set) months() []string {
	var out []string
	seen := make(map[string]bool)
	for _, r := range s.rows {
		if m := s.month(r); !seen[m] {
			seen[m] = true
			out = append(out, m)
		}
	}
	return out
}

// clean is a context that a test's end has not ended.
func clean(t *testing.T) context.Context { t.Helper(); return context.WithoutCancel(t.Context()) }

func finite(v any) bool {
	f, ok := v.(float64)
	return !ok || !math.IsNaN(f) && !math.IsInf(f, 0)
}
