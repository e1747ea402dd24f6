package rollup_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/frame"
	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/rollup"
	"github.com/go-dispatcher/dispatcher/internal/source/sourcetest"
)

// What is left of days without the first ones is what the rows of the others answer: no group and no sum that had none but those of the first.
func TestWhatIsLeftWithoutTheFirstDays(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	day := func(n int) time.Time { return time.Date(2001, 3, n, 0, 0, 0, 0, time.UTC) }
	number := query.Field{Column: "number", Type: query.Int}
	parts, _ := rollup.PartsOf([]query.Measure{
		{Name: "rows", Agg: query.Count}, {Name: "average", Agg: query.Avg, Field: number},
		{Name: "some", Agg: query.Avg, Field: number, Where: query.Compare{Field: number, Op: query.Gt, Values: []any{int64(1)}}},
	})
	byChannel := []query.Group{{Name: "channel", Field: query.Field{Column: "channel", Type: query.String}}}
	for n := range 300 {
		var rows []sourcetest.Row
		for range random.IntN(20) {
			row := sourcetest.Row{"at": day(1 + random.IntN(8)).Add(time.Hour)}
			if random.IntN(3) > 0 {
				row["channel"] = string(rune('a' + random.IntN(4)))
			}
			if random.IntN(2) > 0 {
				row["number"] = []int64{-3, 0, 2, 5, math.MinInt64, math.MaxInt64}[random.IntN(4+n%2*2)]
			}
			rows = append(rows, row)
		}
		ask := func(q *query.Query) (*frame.Frame, error) {
			r, err := sourcetest.NewPlain(rows).Query(t.Context(), q)
			if err != nil {
				return nil, err
			}
			return r.Frame, nil
		}
		all := &query.Query{
			Relation: query.Relation{Table: "rows"}, MaxRows: 100, Time: &query.TimeField{Column: "at", Storage: query.StorageTimestamp},
			Range: query.Range{From: day(1), To: day(9)}, Groups: byChannel, Measures: parts.Measures,
		}
		if n%5 == 0 {
			all.Groups = nil
		}
		first, rest := *all, *all
		first.Range.To, rest.Range.From = day(4), day(4)
		first.Groups = append(slices.Clone(all.Groups), query.Group{
			Name: "stretch", Field: query.Field{Column: "at", Type: query.Time}, Storage: query.StorageTimestamp, Buckets: &query.Buckets{Edges: []time.Time{day(1), day(2), day(3), day(4)}},
		})
		a, errAll := ask(all)
		b, errFirst := ask(&first)
		want, errRest := ask(&rest)
		if errAll != nil || errFirst != nil || errRest != nil {
			continue // a sum is beyond what a number holds
		}
		got, err := rollup.Without(all, a, &first, b)
		if err != nil {
			t.Fatal(err)
		}
		if g, w := lines(got), lines(want); !slices.Equal(g, w) {
			t.Fatalf("of %v is left\n%v\nwant\n%v", rows, g, w)
		}
	}
}

// lines are a frame's rows as texts, in order.
func lines(f *frame.Frame) []string {
	out := make([]string, f.Rows())
	for row := range out {
		for i := range f.Fields() {
			out[row] += fmt.Sprintf("%v ", f.At(i).Value(row))
		}
	}
	slices.Sort(out)
	return out
}

// Rows that are no part of the others are refused, and so is what can not be taken out again.
func TestWhatIsNoPart(t *testing.T) {
	t.Parallel()
	number, fraction := query.Field{Column: "n", Type: query.Int}, query.Field{Column: "f", Type: query.Float}
	for name, c := range map[string]struct {
		of   []query.Measure
		want bool
	}{
		"rows":             {[]query.Measure{{Agg: query.Count}}, true},
		"rows and a sum":   {[]query.Measure{{Agg: query.Count}, {Agg: query.Avg, Field: number}}, true},
		"a percentile":     {[]query.Measure{{Agg: query.Percentile, Field: number, Fraction: .5}}, true},
		"a sum alone":      {[]query.Measure{{Agg: query.Avg, Field: number}}, false},
		"values uncounted": {[]query.Measure{{Agg: query.Count}, {Agg: query.Sum, Field: number}}, false},
		"fractions":        {[]query.Measure{{Agg: query.Count}, {Agg: query.Avg, Field: fraction}}, false},
		"an extreme":       {[]query.Measure{{Agg: query.Count}, {Agg: query.Max, Field: number}}, false},
	} {
		parts, _ := rollup.PartsOf(c.of)
		if got := rollup.Subtracts(parts.Measures); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
	parts, _ := rollup.PartsOf([]query.Measure{{Agg: query.Count}})
	q := &query.Query{Relation: query.Relation{Table: "rows"}, MaxRows: 100, Measures: parts.Measures}
	count := func(n int64) *frame.Frame {
		f, err := frame.NewBuilder(frame.Field{Name: parts.Measures[0].Name, Kind: frame.Int})
		if err != nil {
			t.Fatal(err)
		}
		if err := f.Append(n); err != nil {
			t.Fatal(err)
		}
		return f.Frame()
	}
	if rest, err := rollup.Without(q, count(3), q, count(4)); err == nil {
		t.Errorf("four rows were taken out of three: %v", lines(rest))
	}
}
