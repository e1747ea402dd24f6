package draw_test

import (
	"strings"
	"testing"

	"github.com/go-dispatcher/dispatcher/internal/cli/draw"
)

// TestSources: where numbers came from is a line a source, with its kind where that is known, and amounts that a person can read.
func TestSources(t *testing.T) {
	t.Parallel()
	const data = `{"stats":{"sources":[{"source":"documents","role":"main","rows":1,"elapsed_ms":2.84},{"source":"wide_rows","role":"input","rows":900,"scanned":900,"bytes":8100,"elapsed_ms":190.12},` +
		`{"source":"objects","role":"input","rows":2,"bytes":681972,"elapsed_ms":3},{"source":"objects","role":"input","rows":0,"bytes":12500000,"elapsed_ms":3}]}}`
	const want = `  main       documents (MongoDB)      1 row, 2.8 ms
  input      wide_rows                900 rows, of 900 read, 8.1 kB, 190.1 ms
  input      objects                  2 rows, 681 kB, 3.0 ms
  input      objects                  0 rows, 12.5 MB, 3.0 ms
`
	var out strings.Builder
	if err := draw.Sources(&out, draw.Options{Width: 100}, map[string]string{"documents": "MongoDB"}, []byte(data)); err != nil {
		t.Fatal(err)
	}
	if got := strings.TrimSuffix(out.String(), "\n"); got != want {
		t.Errorf("drawn:\n%s\nwant\n%s", got, want)
	}
}
