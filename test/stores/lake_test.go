package stores

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/testenv"
)

// overObjects makes a table of Trino's lake over the posts' objects, in a schema of the given name.
func overObjects(t *testing.T, schema, location string, columns []string, rows [][]any) (table string) {
	t.Helper()
	_, _, exec := trinoSession(t)
	table = "lake." + schema + ".posts"
	exec("CREATE SCHEMA lake." + schema)
	exec("CREATE TABLE " + table + " (" + trinoColumns(t, columns, rows) + ") WITH (format = 'PARQUET', external_location = '" + location + "')")
	t.Cleanup(func() {
		exec("DROP TABLE " + table)
		exec("DROP SCHEMA lake." + schema)
	})
	return table
}

// trinoColumns declares the columns as their first values are.
func trinoColumns(t *testing.T, columns []string, rows [][]any) string {
	t.Helper()
	parts := make([]string, len(columns))
	for i, c := range columns {
		kind := ""
		for r := 0; r < len(rows) && kind == ""; r++ {
			switch rows[r][i].(type) {
			case string:
				kind = "VARCHAR"
			case int64, int32, int16, int8:
				kind = "BIGINT"
			case float64:
				kind = "DOUBLE"
			case float32:
				kind = "REAL"
			case bool:
				kind = "BOOLEAN"
			case time.Time:
				kind = "TIMESTAMP(6)"
			case []string:
				kind = "ARRAY(VARCHAR)"
			}
		}
		if kind == "" {
			t.Fatalf("column %s has no value", c)
		}
		parts[i] = `"` + c + `" ` + kind
	}
	return strings.Join(parts, ", ")
}

// inLake puts the posts into a bucket, and a table of Trino's over them.
func inLake(t *testing.T, root string, columns []string, rows [][]any) store {
	t.Helper()
	s := inBucket(t, testenv.MinIO(t), root)
	bucket := strings.Fields(strings.SplitN(s.kind, "bucket: ", 2)[1])[0]
	return store{
		kind: "kind: trino", url: testenv.Trino(t),
		relation: "table: " + overObjects(t, testenv.Name("stores"), "s3://"+bucket+"/posts", columns, rows),
	}
}

// A dataset made by SQL gives the same answers where one line says another source: joined in DuckDB, from the answers of three stores,
// or in Trino, where their rows are.
//
//nolint:paralleltest // the sources read their URLs from the environment
func TestOneLineMovesAJoinIntoTrino(t *testing.T) {
	root, columns, rows := posts(t)
	place := fill(t, root)
	objects := overObjects(t, place, "s3://"+place+"/posts", columns, rows)
	_, trino, _ := trinoSession(t)
	testenv.Eventually(t, time.Minute, "Trino hears of Cassandra's new table", func() (bool, string) {
		var n int
		err := trino.QueryRowContext(t.Context(), "SELECT count(*) FROM cassandra."+place+".profiles").Scan(&n)
		return err == nil && n > 0, fmt.Sprint(n, " rows, ", err)
	})
	raw, err := os.ReadFile(filepath.Join("..", "..", "catalogs", "stores", "catalog.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	changed := func(text, from, to string) string {
		t.Helper()
		if strings.Count(text, from) != 1 {
			t.Fatalf("%q stands %d times in the catalog", from, strings.Count(text, from))
		}
		return strings.Replace(text, from, to, 1)
	}
	told := strings.NewReplacer("dispatcher_demo", place, "dispatcher-demo", place).Replace(string(raw))
	told = changed(told, "\n  local: {kind: duckdb}\n", "\n  local: {kind: duckdb}\n  lake: {kind: trino, url_env: STORES_TRINO}\n")
	told = changed(told, "    source: documents\n    table: posts\n", "    source: documents\n    table: posts\n    tables: {lake: "+objects+"}\n")
	told = changed(told, "    source: objects\n", "    source: objects\n    tables: {lake: "+objects+"}\n")
	told = changed(told, "    table: profiles\n", "    table: profiles\n    tables: {lake: cassandra."+place+".profiles}\n")
	// A busy machine takes its time for a join in Trino.
	told = strings.ReplaceAll(told, "    tenant: inputs\n", "    tenant: inputs\n    limits: {timeout: 10m}\n")
	t.Setenv("STORES_TRINO", testenv.Trino(t))
	here := over(t, root, told)
	there := over(t, root, changed(told, "    source: local\n    tenant: inputs\n", "    source: lake\n    tenant: inputs\n"))
	compared := 0
	for what, req := range requests() {
		req.CompanyID, req.SelectedWidgets, req.Filters = "1", []string{"standing", "top_authors"}, nil
		want, got := answers(t, here, "StoresPage", &req), answers(t, there, "StoresPage", &req)
		for id := range want {
			compared++
			if !alike(got[id], want[id]) {
				t.Errorf("%s, %s:\nin Trino  %s\nin DuckDB %s", id, what, text(got[id]), text(want[id]))
			}
		}
	}
	if compared != 2*len(requests()) {
		t.Errorf("%d widgets were compared", compared)
	}
}
