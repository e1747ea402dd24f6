package duckdb_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/source/duckdb"
)

// TestWhatIsNoNumberTakesNoPlace orders groups by measures that are no number in some of them: those are null, and so come last
// whichever way the order goes. They would take the places of a cut otherwise, since DuckDB has them beyond all numbers.
func TestWhatIsNoNumberTakesNoPlace(t *testing.T) {
	t.Parallel()
	s := opened(t, duckdb.Config{Connections: 2})
	name, x := query.Field{Column: "name", Type: query.String}, query.Field{Column: "x", Type: query.Float}
	rows := func(yield func([]any, error) bool) {
		for _, r := range [][]any{
			{"infinite", math.Inf(1)}, {"infinite", 1.0}, {"none", math.NaN()}, {"negative", math.Inf(-1)}, {"null", nil},
			{"three", 2.0}, {"three", 4.0}, {"one", 1.0},
		} {
			if !yield(r, nil) {
				return
			}
		}
	}
	sum := query.Measure{Name: "sum", Agg: query.Sum, Field: x}
	measures := map[string]query.Measure{
		"avg":     {Agg: query.Avg, Field: x},
		"sum":     {Agg: query.Sum, Field: x},
		"doubled": {Formula: query.Binary{Op: "*", Left: query.Number(2), Right: query.Ref("sum")}, Inputs: []query.Measure{sum}},
		"divided": {Formula: query.Binary{Op: "/", Left: query.Ref("sum"), Right: query.Number(2)}, Inputs: []query.Measure{sum}},
	}
	for of, m := range measures {
		m.Name = "m"
		for _, others := range []bool{false, true} {
			for desc, want := range map[bool][]any{true: {"three", "one"}, false: {"one", "three"}} {
				t.Run(fmt.Sprintf("%s, others %t, descending %t", of, others, desc), func(t *testing.T) {
					t.Parallel()
					r, err := s.Compute(t.Context(), &query.Query{
						Dataset: "d", Groups: []query.Group{{Name: "name", Field: name}}, Measures: []query.Measure{m},
						Order: []query.Order{{Name: "m", Desc: desc}}, Limit: 2, Others: others, MaxRows: 10,
					}, []query.Field{name, x}, rows)
					if err != nil {
						t.Fatal(err)
					}
					var got []any
					for i := range min(2, r.Frame.Rows()) {
						got = append(got, r.Frame.At(0).Value(i))
					}
					if !slices.Equal(got, want) {
						t.Errorf("first are %v, want %v", got, want)
					}
				})
			}
		}
	}
}
