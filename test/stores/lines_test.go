package stores

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/source/sourcetest"
)

// lines writes the rows as compressed JSON lines, as files does. No value is a null in one row and a missing key in the next.
func (s *set) lines(t *testing.T, dir string) []string {
	t.Helper()
	parts := make(map[string]*bytes.Buffer)
	add := func(path string, line []byte) {
		if parts[path] == nil {
			parts[path] = &bytes.Buffer{}
		}
		parts[path].Write(line)
		parts[path].WriteByte('\n')
	}
	for i, r := range s.rows {
		line, err := json.Marshal(s.object(r, i%2 == 0))
		if err != nil {
			t.Fatal(err)
		}
		add(filepath.Join("all", s.name+".jsonl.gz"), line)
		add(filepath.Join("by", strings.ReplaceAll(s.month(r), "-", "/"), s.name+".jsonl.gz"), line)
	}
	paths := make([]string, 0, len(parts))
	for path, plain := range parts {
		var packed bytes.Buffer
		z := gzip.NewWriter(&packed)
		if _, err := z.Write(plain.Bytes()); err != nil {
			t.Fatal(err)
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		full := filepath.Join(dir, path)
		if err := os.MkdirAll(filepath.Dir(full), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(full, packed.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		paths = append(paths, path)
	}
	return paths
}

// object is a row as JSON has it, which holds no number that is none.
func (s *set) object(r sourcetest.Row, nulls bool) map[string]any {
	out := make(map[string]any, len(s.columns))
	for i := range s.columns {
		c := &s.columns[i]
		v := r[c.name]
		if !finite(v) {
			v = nil
		}
		if at, ok := v.(time.Time); ok {
			switch c.storage {
			case query.StorageDate:
				v = at.Format(time.DateOnly)
			case query.StorageTimestampTZ:
				v = at.UTC().Format("2006-01-02T15:04:05.000Z")
			default:
				v = at.Format("2006-01-02 15:04:05.000")
			}
		}
		if v != nil || nulls {
			out[c.name] = v
		}
	}
	return out
}
