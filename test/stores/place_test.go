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
		{"duckdb", inDuckDB},
		{"mongodb", asDocuments},
		{"cassandra", asPartitions},
		{"minio/parquet", func(t *testing.T, s *set) placed { t.Helper(); return asObjects(t, testenv.MinIO(t), "parquet", s) }},
		{"minio/json", func(t *testing.T, s *set) placed { t.Helper(); return asObjects(t, testenv.MinIO(t), "json", s) }},
		{"versitygw/parquet", func(t *testing.T, s *set) placed { t.Helper(); return asObjects(t, testenv.SecondS3(t), "parquet", s) }},
		{"versitygw/json", func(t *testing.T, s *set) placed { t.Helper(); return asObjects(t, testenv.SecondS3(t), "json", s) }},
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
