package e2e

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/load"
	"github.com/go-dispatcher/dispatcher/internal/sample"
	"github.com/go-dispatcher/dispatcher/internal/testenv"
	"github.com/go-dispatcher/dispatcher/internal/testenv/client"
)

// row is one row of a table of the model by column; what it does not say is null, but for the tenant, an id and a time in September 2002.
type row map[string]any

// tenantRows are a tenant's rows by table.
type tenantRows map[string][]row

// of is n rows, each with the same values.
func (r row) of(n int) []row {
	out := make([]row, n)
	for i := range out {
		out[i] = r
	}
	return out
}

// kinds are the stores that hold the rows of vectors and anchors.
func kinds() []string { return []string{"duckdb", "mongodb", "cassandra", "minio"} }

// inEveryStore puts rows into tables of the model in each store, and returns what a process needs to be told of it: a catalog where a dataset
// is like the built-in one, once a store, with further datasets and a page over them.
func inEveryStore(t *testing.T, tenants map[string]tenantRows, more func(store string) (datasets, page string)) (env []string) {
	t.Helper()
	place := fmt.Sprintf("dispatcher_rows_%d", time.Now().UnixNano())
	bucket := strings.ReplaceAll(place, "_", "-")
	dir := t.TempDir()
	urls := map[string]string{"mongodb": testenv.MongoDB(t), "cassandra": testenv.Cassandra(t), "minio": testenv.MinIO(t)}
	t.Cleanup(func() { dropPlace(t, urls, place) })
	file := filepath.Join(dir, "rows.duckdb")
	open := map[string]func() (load.Target, error){
		"duckdb":    func() (load.Target, error) { return load.OpenDuckDB(t.Context(), file) },
		"mongodb":   func() (load.Target, error) { return load.OpenMongoDB(urls["mongodb"], place) },
		"cassandra": func() (load.Target, error) { return load.OpenCassandra(urls["cassandra"], place) },
		"minio":     func() (load.Target, error) { return load.OpenObjects(urls["minio"], bucket, "") },
	}
	sources := map[string]string{
		"duckdb": "kind: duckdb, path: " + file, "mongodb": "kind: mongodb, url_env: ROWS_MONGODB, database: " + place,
		"cassandra": "kind: cassandra, url_env: ROWS_CASSANDRA, keyspace: " + place, "minio": "kind: s3, url_env: ROWS_MINIO, bucket: " + bucket,
	}
	var catalog strings.Builder
	catalog.WriteString("version: 1\nextends: builtin\nsources:\n")
	for _, store := range kinds() {
		fmt.Fprintf(&catalog, "  rows_%s: {%s}\n", store, sources[store])
	}
	catalog.WriteString("datasets:\n")
	for _, store := range kinds() {
		to, err := open[store]()
		if err != nil {
			t.Fatal(err)
		}
		for _, table := range modelTables(t, tenants) {
			if store == "minio" && table.Time == "" {
				continue // objects are cut by time
			}
			if err := to.Load(t.Context(), table, false, func(string, int, int) {}); err != nil {
				t.Fatalf("%s: %v", store, err)
			}
			catalog.WriteString(likeBuiltin(table, store))
		}
		datasets, _ := more(store)
		catalog.WriteString(datasets)
		if err := to.Close(); err != nil {
			t.Fatal(err)
		}
	}
	catalog.WriteString("pages:\n")
	for _, store := range kinds() {
		_, page := more(store)
		catalog.WriteString(page)
	}
	path := filepath.Join(dir, "catalog.yaml")
	if err := os.WriteFile(path, []byte(catalog.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return []string{"APP_DISPATCHER_CATALOG=" + path, "ROWS_MONGODB=" + urls["mongodb"], "ROWS_CASSANDRA=" + urls["cassandra"], "ROWS_MINIO=" + urls["minio"]}
}

// likeBuiltin is a dataset of a catalog: the built-in one of a table, in a store.
func likeBuiltin(table *load.Table, store string) string {
	name := table.Name
	if name == "authors" {
		name = "people"
	}
	relation := "table: " + table.Name
	switch {
	case store == "cassandra" && table.Time == "":
		relation += ", partition: {keys: [{field: company_id}]}"
	case store == "cassandra":
		relation += ", partition: {keys: [{field: company_id}, {field: month, bucket: month, layout: 2006-01}], clustered: true}"
	case store == "minio":
		relation = fmt.Sprintf("files: [%q]", table.Name+"/{tenant}/{yyyy}/{mm}/*.parquet")
	}
	return fmt.Sprintf("  %s_%s: {like: %s, source: rows_%s, %s}\n", name, store, name, store, relation)
}

// modelTables are the tables of the model with the tenants' rows in place of their own.
func modelTables(t *testing.T, tenants map[string]tenantRows) (out []*load.Table) {
	t.Helper()
	model, err := sample.Open(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = model.Close() }()
	rows := make(map[string][]row)
	for tenant, tables := range tenants {
		for name, list := range tables {
			for i, r := range list {
				full := row{"company_id": tenant, "id": fmt.Sprintf("%s-%d", tenant, i)}
				maps.Copy(full, r)
				rows[name] = append(rows[name], full)
			}
		}
	}
	for name, list := range rows {
		table, err := model.Table(t.Context(), name, 1)
		if err != nil {
			t.Fatal(err)
		}
		known := make(map[string]bool)
		for _, c := range table.Columns {
			known[c.Name] = true
		}
		table.Count = len(list)
		table.Rows = func(yield func([]any, error) bool) {
			for _, r := range list {
				values := make([]any, len(table.Columns))
				for i, c := range table.Columns {
					if values[i] = r[c.Name]; values[i] == nil && c.Name == table.Time {
						values[i] = day(10)
					}
				}
				for column := range r {
					if !known[column] && column != "id" {
						yield(nil, fmt.Errorf("table %s has no column %s", name, column))
						return
					}
				}
				if !yield(values, nil) {
					return
				}
			}
		}
		out = append(out, table)
	}
	return out
}

// day is noon of a day, counted from the last of August 2002.
func day(n int) time.Time { return time.Date(2002, time.September, n, 12, 0, 0, 0, time.UTC) }

// dropPlace removes what a test has put into the shared stores.
func dropPlace(t *testing.T, urls map[string]string, place string) {
	t.Helper()
	ctx := context.WithoutCancel(t.Context())
	for what, err := range map[string]error{
		"MongoDB":   dropDatabase(ctx, urls["mongodb"], place),
		"Cassandra": client.DropKeyspace(ctx, urls["cassandra"], place),
		"MinIO":     dropBucket(ctx, urls["minio"], strings.ReplaceAll(place, "_", "-")),
	} {
		if err != nil {
			t.Errorf("clean up %s: %v", what, err)
		}
	}
}
