package sourcetest

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/source"
)

// extremes asks for sums and comparisons of whole numbers that need all of 64 bits, and for sums that need more: those are refused,
// and never another number.
func extremes(t *testing.T, open Open) {
	t.Helper()
	var rows []Row
	for channel, list := range map[string][]int64{
		"over":  {math.MaxInt64, 1, 2},
		"back":  {math.MaxInt64, 1, 5, -math.MaxInt64}, // beyond 64 bits on the way, in some orders
		"under": {math.MinInt64, -1},
		"holes": {1<<53 + 1, 1 << 53, 1<<53 - 1, -1<<53 - 1},
		"edge":  {math.MaxInt64 - 7, 7}, "small": {1, 2, 3},
	} {
		for i, n := range list {
			rows = append(rows, Row{
				"tenant": "1", "id": fmt.Sprint(channel, i), "at": newYear(2002).Add(time.Duration(len(rows)) * 24 * 20 * time.Hour),
				"channel": channel, "text": "", "score": n, "weight": 0.0, "public": true, "tags": []string{},
			})
		}
	}
	s, relation := open(t, rows)
	score := fields()["score"]
	sum := query.Measure{Name: "sum", Agg: query.Sum, Field: score}
	of := func(channel string) query.Filter { return is("channel", query.Eq, channel) }
	all := []query.Measure{
		sum, {Name: "low", Agg: query.Min, Field: score}, {Name: "high", Agg: query.Max, Field: score}, {Name: "different", Agg: query.CountDistinct, Field: score},
		{Name: "share", Inputs: []query.Measure{sum}, Formula: query.Binary{Op: "/", Left: query.Ref("sum"), Right: query.Number(4)}},
	}
	for _, channel := range []string{"over", "back", "under", "holes", "edge", "small"} {
		q := base(relation)
		q.Measures, q.Where = all, of(channel)
		exact(t, s, "sum of "+channel, q, rows)
		q = base(relation)
		q.Measures = []query.Measure{{Name: "sum", Agg: query.Sum, Field: score, Where: of(channel)}}
		q.Groups = []query.Group{{Name: "public", Field: fields()["public"]}}
		exact(t, s, "grouped sum of "+channel, q, rows)
	}
	for name, where := range map[string]query.Filter{
		"all": nil, "others of sums that fit": query.Not{Of: is("channel", query.In, "over", "under")},
	} {
		q := base(relation)
		q.Groups, q.Measures, q.Where = []query.Group{{Name: "channel", Field: fields()["channel"]}}, []query.Measure{sum, {Name: "rows", Agg: query.Count}}, where
		exact(t, s, "sums by channel of "+name, q, rows)
		q = base(relation)
		q.Groups, q.Measures, q.Where = []query.Group{{Name: "channel", Field: fields()["channel"]}}, []query.Measure{sum, {Name: "rows", Agg: query.Count}}, where
		q.Order, q.Limit, q.Others = []query.Order{{Name: "rows", Desc: true}}, 1, true
		exact(t, s, "sums of the others of "+name, q, rows)
	}
	for _, op := range []query.Op{query.Eq, query.Gt, query.Lte, query.Ne} {
		for _, n := range []int64{1 << 53, 1<<53 + 1, math.MaxInt64, math.MinInt64} {
			q := raw(relation, "score", "id")
			q.Where = is("score", op, n)
			exact(t, s, fmt.Sprint("score ", op, " ", n), q, rows)
		}
	}
}

// exact compares an answer, or the reason why there is none.
func exact(t *testing.T, s source.Source, name string, q *query.Query, rows []Row) {
	t.Helper()
	want, wrong := answer(q, rows)
	r, err := s.Query(t.Context(), q)
	if fault.ReasonOf(err) != fault.ReasonOf(wrong) {
		t.Errorf("%s: %v, want %v", name, err, wrong)
		return
	}
	if err == nil && !same(valuesOf(r), want) {
		t.Errorf("%s: got %v\nwant %v", name, valuesOf(r), want)
	}
}
