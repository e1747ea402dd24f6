package object_test

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/source"
	"github.com/go-dispatcher/dispatcher/internal/source/object"
	"github.com/go-dispatcher/dispatcher/internal/source/sourcetest"
)

func TestConformance(t *testing.T) {
	t.Parallel()
	everywhere(t, sourcetest.Run)
}

func TestRandomQuestions(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, open sourcetest.Open) { t.Helper(); sourcetest.Random(t, open, 500) })
}

// everywhere runs a suite over rows by month, as Parquet of which only parts are read, and as compressed JSON lines, on both stores.
func everywhere(t *testing.T, suite func(t *testing.T, open sourcetest.Open)) {
	t.Helper()
	for name, address := range servers() {
		for _, format := range []string{"parquet", "json"} {
			t.Run(name+"/"+format, func(t *testing.T) {
				t.Parallel()
				suite(t, func(t *testing.T, rows []sourcetest.Row) (source.Source, query.Relation) {
					t.Helper()
					return loaded(t, newBucket(t, address(t)), format, rows)
				})
			})
		}
	}
}

func loaded(t *testing.T, b *bucket, format string, rows []sourcetest.Row) (source.Source, query.Relation) {
	t.Helper()
	ending, options := "parquet", "FORMAT parquet, ROW_GROUP_SIZE 2048"
	if format == "json" {
		ending, options = "json.gz", "FORMAT json, COMPRESSION gzip"
	}
	for month, lines := range byMonth(t, rows) {
		path := filepath.Join(t.TempDir(), "rows.json")
		if err := os.WriteFile(path, lines, 0o600); err != nil {
			t.Fatal(err)
		}
		columns := `{tenant: 'VARCHAR', id: 'VARCHAR', "at": 'TIMESTAMP', channel: 'VARCHAR', text: 'VARCHAR', score: 'BIGINT', weight: 'DOUBLE', public: 'BOOLEAN', tags: 'VARCHAR[]'}`
		b.put("posts/"+strings.Replace(month, "-", "/", 1)+"/rows."+ending, export(t, "SELECT * FROM read_json('"+path+"', columns = "+columns+")", options))
	}
	return b.source(func(c *object.Config) { c.WholeBelow, c.ListFor = 1, time.Minute }), query.Relation{Files: []string{"posts/{yyyy}/{mm}/*." + ending}, Format: format}
}

func byMonth(t *testing.T, rows []sourcetest.Row) map[string][]byte {
	t.Helper()
	out := make(map[string][]byte)
	for _, r := range rows {
		at, ok := r["at"].(time.Time)
		if !ok {
			t.Fatal("a row without a time")
		}
		plain := maps.Clone(r)
		plain["at"] = at.Format("2006-01-02 15:04:05.000")
		line, err := json.Marshal(plain)
		if err != nil {
			t.Fatal(err)
		}
		month := at.Format("2006-01")
		out[month] = append(append(out[month], line...), '\n')
	}
	return out
}
