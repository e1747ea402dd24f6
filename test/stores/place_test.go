package stores

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-dispatcher/dispatcher/internal/testenv"
)

// place is a store that sets are put into. Another store is another entry of places.
type place struct {
	name string
	// put loads a set and says how a catalog finds it.
	put func(t *testing.T, s *set) placed
	// slow stores are asked for each third random page only, unless a number of cases is asked for; their own packages ask them
	// 500 random questions.
	slow bool
	// named stores are opened only by their names: they are for one of the sets.
	named bool
}

// placed is a set in a store, as a catalog says it.
type placed struct {
	// source is the definition of the source, relation what a dataset says of its place, by the column that is its time. Both are YAML
	// in one line.
	source   string
	relation func(time string) string
	// root is the data root; empty where the store needs none.
	root string
	// holds lists all that the store holds of this set's place, with its content: what must not change while it is attacked.
	holds func(t *testing.T) []string
}

// places are all stores. The first answers for itself: the others are compared with plain Go as it is.
func places() []place {
	return []place{
		{name: "duckdb", put: inDuckDB},
		{name: "mongodb", put: asDocuments},
		{name: "cassandra", put: asPartitions},
		{name: "minio/parquet", put: func(t *testing.T, s *set) placed { t.Helper(); return asObjects(t, testenv.MinIO(t), "parquet", s) }},
		{name: "minio/json", put: func(t *testing.T, s *set) placed { t.Helper(); return asObjects(t, testenv.MinIO(t), "json", s) }},
		{name: "versitygw/parquet", put: func(t *testing.T, s *set) placed { t.Helper(); return asObjects(t, testenv.SecondS3(t), "parquet", s) }},
		{name: "versitygw/json", put: func(t *testing.T, s *set) placed { t.Helper(); return asObjects(t, testenv.SecondS3(t), "json", s) }},
		{name: "trino", put: asTable, slow: true},
		{name: "trino/lake", put: inTrinosLake, slow: true, named: true},
		{name: "http", put: overHTTP, slow: true},
	}
}

// urlFile keeps a server's URL in a file for a source's url_file.
func urlFile(t *testing.T, url string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "url")
	if err := os.WriteFile(path, []byte(url), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// inDuckDB reads Parquet files of the data root.
func inDuckDB(t *testing.T, s *set) placed {
	t.Helper()
	root := t.TempDir()
	s.files(t, root, "parquet")
	return placed{
		source: "{kind: duckdb}", root: root,
		relation: func(string) string { return "files: [all/" + s.name + ".parquet]" },
		holds:    func(t *testing.T) []string { t.Helper(); return filesBelow(t, root) },
	}
}

func filesBelow(t *testing.T, root string) (out []string) {
	t.Helper()
	err := filepath.WalkDir(root, func(path string, e os.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			var data []byte
			if data, err = os.ReadFile(path); err == nil {
				out = append(out, strings.TrimPrefix(path, root)+" "+digest(data))
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}
