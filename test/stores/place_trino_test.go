package stores

import (
	"context"
	"database/sql"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	driver "github.com/trinodb/trino-go-client/trino"

	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/testenv"
)

// trinoSession opens the server to a test's own statements, until it has cleaned up.
func trinoSession(t *testing.T) (address string, db *sql.DB, exec func(statement string)) {
	t.Helper()
	address = testenv.Trino(t)
	transport := &http.Transport{}
	connector, err := driver.NewConnector(&driver.Config{ServerURI: address, TimeZone: "UTC", HTTPClient: &http.Client{Transport: transport}})
	if err != nil {
		t.Fatal(err)
	}
	db = sql.OpenDB(connector)
	t.Cleanup(func() { _ = db.Close(); transport.CloseIdleConnections() })
	return address, db, func(statement string) {
		t.Helper()
		if _, err := db.ExecContext(context.WithoutCancel(t.Context()), statement); err != nil {
			t.Fatalf("%.300s: %v", statement, err)
		}
	}
}

// trinoColumnsOf declares a set's columns.
func trinoColumnsOf(s *set) string {
	columns := make([]string, len(s.columns))
	for i := range s.columns {
		columns[i] = fmt.Sprintf("%q %s", s.columns[i].name, s.columns[i].trinoType())
	}
	return strings.Join(columns, ", ")
}

// asTable puts the rows into a table of Trino's own memory, where columns have the types that the set says.
func asTable(t *testing.T, s *set) placed {
	t.Helper()
	address, db, exec := trinoSession(t)
	name := testenv.Name("memory.default.same")
	exec("CREATE TABLE " + name + " (" + trinoColumnsOf(s) + ")")
	t.Cleanup(func() { exec("DROP TABLE " + name) })
	const batch = 70
	for from := 0; from < len(s.rows); from += batch {
		var rows []string
		for _, r := range s.rows[from:min(from+batch, len(s.rows))] {
			values := make([]string, len(s.columns))
			for i := range s.columns {
				values[i] = s.columns[i].trinoLiteral(r[s.columns[i].name])
			}
			rows = append(rows, "("+strings.Join(values, ", ")+")")
		}
		exec("INSERT INTO " + name + " VALUES " + strings.Join(rows, ", "))
	}
	return placed{
		source:   fmt.Sprintf("{kind: trino, url_file: %q}", urlFile(t, address)),
		relation: func(string) string { return "table: " + name },
		holds:    func(t *testing.T) []string { t.Helper(); return trinoHolds(t, db, name) },
	}
}

// trinoHolds lists the tables beside the test's own, and what that one holds.
func trinoHolds(t *testing.T, db *sql.DB, name string) []string {
	t.Helper()
	var sum string
	text := "SELECT CAST(count(*) AS VARCHAR) || ' ' || to_hex(checksum(id)) || ' ' || to_hex(checksum(text)) FROM " + name
	if err := db.QueryRowContext(t.Context(), text).Scan(&sum); err != nil {
		t.Fatal(err)
	}
	return []string{name + " " + sum}
}

func (c *col) trinoType() string {
	kind := map[query.Type]string{query.String: "VARCHAR", query.Int: "BIGINT", query.Float: "DOUBLE", query.Bool: "BOOLEAN", query.Time: "TIMESTAMP(6)"}[c.kind]
	switch {
	case c.epoch():
		return "BIGINT"
	case c.storage == query.StorageTimestampTZ:
		return "TIMESTAMP(6) WITH TIME ZONE"
	case c.storage == query.StorageDate:
		return "DATE"
	case c.multi:
		return "ARRAY(VARCHAR)"
	}
	return kind
}

// trinoLiteral writes a value of the column.
func (c *col) trinoLiteral(v any) string {
	quote := func(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }
	switch v := v.(type) {
	case nil:
		return "CAST(NULL AS " + c.trinoType() + ")"
	case string:
		return "CAST(" + quote(v) + " AS VARCHAR)"
	case int64:
		if v == math.MinInt64 {
			return "(-9223372036854775807 - 1)"
		}
		return strconv.FormatInt(v, 10)
	case float64:
		switch {
		case math.IsNaN(v):
			return "nan()"
		case math.IsInf(v, 0):
			return map[bool]string{true: "infinity()", false: "-infinity()"}[v > 0]
		}
		return "DOUBLE " + quote(strconv.FormatFloat(v, 'e', -1, 64))
	case bool:
		return strconv.FormatBool(v)
	case time.Time:
		switch c.storage {
		case query.StorageDate:
			return "DATE " + quote(v.Format(time.DateOnly))
		case query.StorageTimestampTZ:
			return "CAST(TIMESTAMP " + quote(v.UTC().Format("2006-01-02 15:04:05.000000 UTC")) + " AS TIMESTAMP(6) WITH TIME ZONE)"
		}
		return "CAST(TIMESTAMP " + quote(v.Format("2006-01-02 15:04:05.000000")) + " AS TIMESTAMP(6))"
	case []string:
		items := make([]any, len(v))
		for i := range v {
			items[i] = v[i]
		}
		return c.trinoLiteral(items)
	case []any:
		items := make([]string, len(v))
		for i := range v {
			items[i] = (&col{kind: query.String}).trinoLiteral(v[i])
		}
		return "CAST(ARRAY[" + strings.Join(items, ", ") + "] AS ARRAY(VARCHAR))"
	}
	return fmt.Sprint(v)
}
