package strategies

import (
	"slices"
	"testing"

	"github.com/go-dispatcher/dispatcher/internal/format"
	"github.com/go-dispatcher/dispatcher/internal/query"
)

// TestDoublesOfSlices: what an earlier slice has had is taken out of a later one; rows without a value are never the same.
func TestDoublesOfSlices(t *testing.T) {
	t.Parallel()
	slice := func(authors, texts []any) *format.Data {
		return &format.Data{
			Schema: format.Schema{Fields: []format.Field{{Name: "author"}, {Name: "text"}}}, Data: format.Values{Values: [][]any{authors, texts}},
		}
	}
	q := &query.Query{Distinct: []string{"text", "author"}}
	d := newDoubles(q, slice([]any{"a", "b", nil}, []any{"x", "x", "x"}))
	second := slice([]any{"a", "c", nil, "a", "ab"}, []any{"x", "x", "x", "y", "x"})
	d.takeOut(second)
	third := slice([]any{"c", "a", "a"}, []any{"x", "y", "bx"})
	d.takeOut(third)
	if got := second.Data.Values; !slices.Equal(got[0], []any{"c", nil, "a", "ab"}) || !slices.Equal(got[1], []any{"x", "x", "y", "x"}) {
		t.Errorf("%v", got)
	}
	if got := third.Data.Values; !slices.Equal(got[0], []any{"a"}) || !slices.Equal(got[1], []any{"bx"}) {
		t.Errorf("%v", got)
	}
	none := newDoubles(&query.Query{}, second)
	none.takeOut(third)
	if none != nil || len(third.Data.Values[0]) != 1 {
		t.Error("rows that need not be distinct were taken out")
	}
}
