package format_test

import (
	"testing"

	"github.com/go-dispatcher/dispatcher/internal/format"
	"github.com/go-dispatcher/dispatcher/internal/frame"
)

// exact checks that each value is one of its column's exact type: whole numbers are not in columns of others, but for the zeros that fill them.
func exact(t *testing.T, d *format.Data) {
	t.Helper()
	for i, f := range d.Schema.Fields {
		for _, v := range d.Data.Values[i] {
			fits := v == nil
			switch v := v.(type) {
			case int64:
				fits = f.Exact() == frame.Int || f.Exact() == frame.Time || f.Exact() == frame.Float && v == 0
			case float64:
				fits = f.Exact() == frame.Float
			case bool:
				fits = f.Exact() == frame.Bool
			case string:
				fits = f.Exact() == frame.String
			case format.List:
				fits = f.Exact() == frame.Strings
			}
			if !fits {
				t.Errorf("column %s of %s holds %v (%T)", f.Name, f.Exact(), v, v)
			}
		}
	}
}
