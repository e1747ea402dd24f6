package stores

import (
	"context"
	"database/sql"
	"fmt"
	"net/http"
	"strings"
	"testing"

	driver "github.com/trinodb/trino-go-client/trino"

	"github.com/go-dispatcher/dispatcher/internal/testenv"
)

// inTrinosLake puts the rows into a bucket, and a table of Trino's over the Parquet object of them all. Such tables keep times without a
// zone: a set with others is for asTable.
func inTrinosLake(t *testing.T, s *set) placed {
	t.Helper()
	address := testenv.Trino(t)
	at := asObjects(t, testenv.MinIO(t), "parquet", s)
	bucket := strings.TrimSuffix(strings.Fields(strings.SplitN(at.source, "bucket: ", 2)[1])[0], ",")
	transport := &http.Transport{}
	connector, err := driver.NewConnector(&driver.Config{ServerURI: address, TimeZone: "UTC", HTTPClient: &http.Client{Transport: transport}})
	if err != nil {
		t.Fatal(err)
	}
	db := sql.OpenDB(connector)
	exec := func(statement string) {
		t.Helper()
		if _, err := db.ExecContext(context.WithoutCancel(t.Context()), statement); err != nil {
			t.Fatalf("%.300s: %v", statement, err)
		}
	}
	var columns []string
	for i := range s.columns {
		columns = append(columns, fmt.Sprintf("%q %s", s.columns[i].name, s.columns[i].trinoType()))
	}
	schema := "lake." + unique("same")
	table := schema + "." + s.name
	exec("CREATE SCHEMA " + schema)
	exec("CREATE TABLE " + table + " (" + strings.Join(columns, ", ") + ") WITH (format = 'PARQUET', external_location = 's3://" + bucket + "/all')")
	t.Cleanup(func() {
		exec("DROP TABLE " + table)
		exec("DROP SCHEMA " + schema)
		_ = db.Close()
		transport.CloseIdleConnections()
	})
	return placed{
		source:   fmt.Sprintf("{kind: trino, url_file: %q}", urlFile(t, address)),
		relation: func(string) string { return "table: " + table },
		holds:    at.holds,
	}
}
