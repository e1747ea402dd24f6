package rollup

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/frame"
	"github.com/go-dispatcher/dispatcher/internal/query"
)

// BenchmarkRoutes merges what two stretches of time have of 3,200 pairs of texts, and makes a table and two tops of it.
func BenchmarkRoutes(b *testing.B) {
	field := func(c string) query.Field { return query.Field{Column: c, Type: query.String} }
	delay := query.Field{Column: "delay", Type: query.Int}
	late := query.Compare{Field: delay, Op: ">=", Values: []any{int64(15)}}
	flights, lates := query.Measure{Name: "flights", Agg: query.Count}, query.Measure{Name: "late", Agg: query.Count, Where: late}
	average := query.Measure{Name: "average", Agg: query.Avg, Field: delay}
	group := func(c string) query.Group { return query.Group{Name: c, Field: field(c)} }
	day := func(d int) time.Time { return time.Date(2001, 3, d, 0, 0, 0, 0, time.UTC) }
	over := query.Range{From: day(1), To: day(31)}
	at := &query.TimeField{Column: "date", Storage: query.StorageTimestamp}
	table := &query.Query{Time: at, Range: over, Groups: []query.Group{group("origin"), group("destination")}, Measures: []query.Measure{lates, flights, average}, Order: []query.Order{{Name: "late", Desc: true}}, Limit: 50}
	origins := &query.Query{Time: at, Range: over, Groups: []query.Group{group("origin")}, Measures: []query.Measure{flights, average}, Order: []query.Order{{Name: "flights", Desc: true}}, Limit: 10}
	destinations := &query.Query{Time: at, Range: over, Groups: []query.Group{group("destination")}, Measures: []query.Measure{lates, flights}, Order: []query.Order{{Name: "late", Desc: true}}, Limit: 10}
	base, _ := Uncut(table)
	answer := func() *frame.Frame {
		var fields []frame.Field
		for _, c := range base.Columns() {
			fields = append(fields, frame.Field{Name: c.Name, Kind: frame.Kind(c.Type)})
		}
		to, err := frame.NewBuilder(fields...)
		if err != nil {
			b.Fatal(err)
		}
		for i := range 230 {
			for j := range 230 {
				if (i*j)%16 != 3 {
					continue
				}
				row := []any{fmt.Sprintf("O%02d", i), fmt.Sprintf("D%02d", j)}
				for range base.Measures {
					row = append(row, rand.Int64N(3000))
				}
				if err := to.Append(row...); err != nil {
					b.Fatal(err)
				}
			}
		}
		return to.Frame()
	}
	parts := []*frame.Frame{answer(), answer()}
	b.ReportMetric(float64(parts[0].Rows()), "rows")
	roll := func(q, from *query.Query, answers ...*frame.Frame) *frame.Frame {
		r, ok := From(q, from)
		m, _ := NewMerge(q)
		if !ok {
			b.Fatal("not finer")
		}
		for _, a := range answers {
			if err := m.Add(r, a); err != nil {
				b.Fatal(err)
			}
		}
		out, _, err := m.Answer()
		if err != nil {
			b.Fatal(err)
		}
		return out
	}
	for name, do := range map[string]func(all *frame.Frame){
		"merge": func(*frame.Frame) { roll(base, base, parts...) },
		"table": func(all *frame.Frame) { roll(table, base, all) },
		"tops":  func(all *frame.Frame) { roll(origins, base, all); roll(destinations, base, all) },
	} {
		b.Run(name, func(b *testing.B) {
			all := roll(base, base, parts...)
			b.ReportAllocs()
			for b.Loop() {
				do(all)
			}
		})
	}
}
