package duckdb_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/source"
	"github.com/go-dispatcher/dispatcher/internal/source/duckdb"
	"github.com/go-dispatcher/dispatcher/internal/source/sourcetest"
)

func TestConformance(t *testing.T) {
	t.Parallel()
	sourcetest.Run(t, loaded)
}

func TestRandomQuestions(t *testing.T) {
	t.Parallel()
	sourcetest.Random(t, loaded, 500)
}

// loaded writes rows as a JSON file.
func loaded(t *testing.T, rows []sourcetest.Row) (source.Source, query.Relation) {
	t.Helper()
	root := t.TempDir()
	var lines []byte
	for _, r := range rows {
		out := make(map[string]any, len(r))
		for k, v := range r {
			if at, ok := v.(time.Time); ok {
				v = at.Format("2006-01-02 15:04:05.000")
			}
			out[k] = v
		}
		line, err := json.Marshal(out)
		if err != nil {
			t.Fatal(err)
		}
		lines = append(append(lines, line...), '\n')
	}
	if err := os.WriteFile(filepath.Join(root, "posts.json"), lines, 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := duckdb.Open(t.Context(), duckdb.Config{DataRoot: root, Connections: 2})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s, query.Relation{Files: []string{"posts.json"}, Format: "json"}
}
