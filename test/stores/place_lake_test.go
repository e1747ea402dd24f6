package stores

import (
	"fmt"
	"strings"
	"testing"

	"github.com/go-dispatcher/dispatcher/internal/testenv"
)

// inTrinosLake puts the rows into a bucket, and a table of Trino's over the Parquet object of them all. Such tables keep times without a
// zone: a set with others is for asTable.
func inTrinosLake(t *testing.T, s *set) placed {
	t.Helper()
	address, _, exec := trinoSession(t)
	at := asObjects(t, testenv.MinIO(t), "parquet", s)
	bucket := strings.TrimSuffix(strings.Fields(strings.SplitN(at.source, "bucket: ", 2)[1])[0], ",")
	schema := "lake." + testenv.Name("same")
	table := schema + "." + s.name
	exec("CREATE SCHEMA " + schema)
	exec("CREATE TABLE " + table + " (" + trinoColumnsOf(s) + ") WITH (format = 'PARQUET', external_location = 's3://" + bucket + "/all')")
	t.Cleanup(func() {
		exec("DROP TABLE " + table)
		exec("DROP SCHEMA " + schema)
	})
	return placed{
		source:   fmt.Sprintf("{kind: trino, url_file: %q}", urlFile(t, address)),
		relation: func(string) string { return "table: " + table },
		holds:    at.holds,
	}
}
