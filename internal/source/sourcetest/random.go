package sourcetest

import (
	"cmp"
	"context"
	"flag"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/go-dispatcher/dispatcher/internal/query"
)

// envCases says how many questions Random asks, instead of what a test says.
const envCases = "DISPATCHER_RANDOM_CASES"

// checks is held from when rapid is told how many questions there are until it has read that: it knows no other way than a flag of the process.
//
//nolint:gochecknoglobals // a flag of the process
var checks sync.Mutex

// Random asks a source so many random questions over rows of every kind of trouble, and compares its answers with those of plain Go.
// The questions are others each time; a seed is printed with what fails.
func Random(t *testing.T, open Open, many int) {
	t.Helper()
	rows := randomRows()
	s, relation := open(t, rows)
	checks.Lock()
	told := sync.OnceFunc(checks.Unlock)
	defer told()
	if err := flag.Set("rapid.checks", cmp.Or(os.Getenv(envCases), strconv.Itoa(many))); err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(rt *rapid.T) {
		told()
		q := randomQuery(rt, relation)
		r, err := s.Query(context.WithoutCancel(t.Context()), q)
		if err != nil {
			native, _ := s.Explain(t.Context(), q)
			rt.Fatalf("%v\n%s %v", err, native.Text, native.Args)
		}
		got := valuesOf(r)
		want, err := answer(q, rows)
		if err != nil {
			rt.Fatal(err)
		}
		if !same(got, want) {
			native, _ := s.Explain(t.Context(), q)
			rt.Fatalf("got  %v\nwant %v\n%s %v", got, want, native.Text, native.Args)
		}
	})
}

// randomQuery draws a question.
func randomQuery(t *rapid.T, relation query.Relation) *query.Query {
	q := base(relation)
	from := rapid.Int64Range(0, 365*24).Draw(t, "from")
	hours := rapid.Int64Range(1, 365*24).Draw(t, "hours")
	start := newYear(2002).Add(time.Duration(from) * time.Hour)
	q.Range = query.Range{From: start, To: start.Add(time.Duration(hours) * time.Hour)}
	q.Tenant.Values = []any{rapid.SampledFrom([]string{"1", "1", "1", "2", "3"}).Draw(t, "tenant")}
	q.MaxRows = 10_000
	if rapid.Bool().Draw(t, "filtered") {
		q.Where = randomFilter(t, 3)
	}
	switch rapid.SampledFrom([]string{"rows", "totals", "groups", "groups", "others"}).Draw(t, "kind") {
	case "rows":
		q.Rows = true
		for _, name := range rapid.Permutation([]string{"channel", "score", "public", "at", "text"}).Draw(t, "columns")[:rapid.IntRange(1, 5).Draw(t, "n")] {
			q.Select = append(q.Select, query.Column{Name: name, Field: fields()[name], Storage: "timestamp"})
		}
		q.Select = append(q.Select, query.Column{Name: "id", Field: fields()["id"]})
		randomOrder(t, q, q.Select[0].Name)
		if rapid.IntRange(0, 2).Draw(t, "distinct") == 0 {
			q.Distinct = []string{q.Select[0].Name}
		}
		q.Total = rapid.Bool().Draw(t, "total")
	case "totals":
		q.Measures = randomMeasures(t)
	case "groups":
		q.Groups = []query.Group{randomGroup(t, q.Range, "g0")}
		if rapid.Bool().Draw(t, "two") {
			second := randomGroup(t, q.Range, "g1")
			if !second.Field.Multi || !q.Groups[0].Field.Multi {
				q.Groups = append(q.Groups, second)
			}
		}
		q.Measures = randomMeasures(t)
		randomOrder(t, q, "g0")
		q.Total = rapid.Bool().Draw(t, "total")
	case "others":
		g := query.Group{Name: "g0", Field: fields()[rapid.SampledFrom([]string{"channel", "public", "score", "text"}).Draw(t, "of")]}
		q.Groups, q.Measures = []query.Group{g}, randomMeasures(t)
		q.Measures = append(q.Measures, query.Measure{Name: "rows", Agg: query.Count})
		q.Order, q.Limit, q.Others = []query.Order{{Name: "rows", Desc: true}}, rapid.IntRange(1, 6).Draw(t, "top"), true
		q.Total = rapid.Bool().Draw(t, "total")
	}
	return q
}

func randomOrder(t *rapid.T, q *query.Query, name string) {
	if rapid.Bool().Draw(t, "ordered") {
		q.Order = []query.Order{{Name: name, Desc: rapid.Bool().Draw(t, "desc")}}
	}
	if rapid.Bool().Draw(t, "cut") {
		q.Limit, q.Offset = rapid.IntRange(1, 20).Draw(t, "limit"), rapid.IntRange(0, 10).Draw(t, "offset")
	}
}

func randomMeasures(t *rapid.T) []query.Measure {
	all := append(undividable(), query.Measure{Name: "texts", Agg: query.CountDistinct, Field: fields()["text"]},
		query.Measure{Name: "latest", Agg: query.Max, Field: fields()["at"], Storage: "timestamp"},
		query.Measure{Name: "broken", Agg: query.NonFinite, Field: fields()["weight"]})
	picked := rapid.Permutation(all).Draw(t, "measures")[:rapid.IntRange(1, 4).Draw(t, "many")]
	out := make([]query.Measure, 0, len(picked))
	for _, m := range picked {
		if m.Name == "rows" {
			continue // others orders by a measure of this name
		}
		if m.Formula == nil && m.Where == nil && rapid.IntRange(0, 3).Draw(t, "where") == 0 {
			m.Where = randomFilter(t, 1)
		}
		out = append(out, m)
	}
	if len(out) == 0 {
		out = append(out, query.Measure{Name: "n", Agg: query.Count})
	}
	return out
}

func randomGroup(t *rapid.T, rng query.Range, name string) query.Group {
	zone, _ := time.LoadLocation(rapid.SampledFrom([]string{"UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"}).Draw(t, "zone"))
	switch rapid.SampledFrom([]string{"field", "buckets", "part", "bins"}).Draw(t, "key") {
	case "buckets":
		return query.Group{Name: name, Field: fields()["at"], Storage: "timestamp", Buckets: &query.Buckets{Edges: edges(rng, zone, rapid.SampledFrom([]string{"day", "month", "week"}).Draw(t, "grain"))}}
	case "part":
		return query.Group{
			Name: name, Field: fields()["at"], Storage: "timestamp", Offsets: offsets(rng, zone),
			Part: rapid.SampledFrom([]query.Part{query.Hour, query.Weekday, query.Monthday, query.Month}).Draw(t, "part"),
		}
	case "bins":
		return query.Group{Name: name, Field: fields()["weight"], Bins: &query.Bins{Start: -10, Width: 2.5, Count: 8}}
	}
	field := rapid.SampledFrom([]string{"channel", "public", "score", "text", "tags"}).Draw(t, "field")
	return query.Group{Name: name, Field: fields()[field]}
}

// edges cover a range with the days, weeks or months of a zone.
func edges(rng query.Range, zone *time.Location, grain string) []time.Time {
	at := rng.From.In(zone)
	at = time.Date(at.Year(), at.Month(), at.Day(), 0, 0, 0, 0, zone)
	if grain == "month" {
		at = time.Date(at.Year(), at.Month(), 1, 0, 0, 0, 0, zone)
	}
	var out []time.Time
	for i := 0; ; i++ {
		edge := at.AddDate(0, 0, i)
		switch grain {
		case "week":
			edge = at.AddDate(0, 0, 7*i)
		case "month":
			edge = at.AddDate(0, i, 0)
		}
		out = append(out, edge.UTC())
		if !edge.Before(rng.To) {
			return out
		}
	}
}

// offsets are those that a zone has during a range.
func offsets(rng query.Range, zone *time.Location) []query.Offset {
	var out []query.Offset
	for at := rng.From.In(zone); ; {
		_, seconds := at.Zone()
		_, end := at.ZoneBounds()
		if end.IsZero() || !end.Before(rng.To) {
			return append(out, query.Offset{Seconds: seconds})
		}
		out = append(out, query.Offset{Until: end.UTC(), Seconds: seconds})
		at = end
	}
}

func randomFilter(t *rapid.T, depth int) query.Filter {
	if depth > 0 && rapid.Bool().Draw(t, "junction") {
		var of []query.Filter
		for range rapid.IntRange(0, 3).Draw(t, "of") {
			of = append(of, randomFilter(t, depth-1))
		}
		switch rapid.SampledFrom([]string{"and", "or", "not"}).Draw(t, "word") {
		case "and":
			return query.And(of)
		case "or":
			return query.Or(of)
		}
		return query.Not{Of: randomFilter(t, depth-1)}
	}
	field := rapid.SampledFrom([]string{"channel", "text", "score", "weight", "public", "tags", "at"}).Draw(t, "member")
	equal := []query.Op{query.Eq, query.Ne, query.In, query.NotIn, query.Exists, query.NotExists}
	ranges := []query.Op{query.Gt, query.Gte, query.Lt, query.Lte}
	var value func() any
	ops := equal
	switch field {
	case "channel", "text", "tags":
		ops = append(ops, query.Contains, query.Prefix)
		if field != "tags" {
			ops = append(ops, ranges...)
		}
		value = func() any { return rapid.SampledFrom(texts()).Draw(t, "text") }
	case "score":
		ops = append(ops, ranges...)
		value = func() any { return rapid.Int64Range(-12, 12).Draw(t, "int") }
	case "weight":
		ops = append(ops, ranges...)
		value = func() any { return float64(rapid.Int64Range(-200, 200).Draw(t, "quarters")) / 4 }
	case "public":
		value = func() any { return rapid.Bool().Draw(t, "bool") }
	case "at":
		ops = []query.Op{query.Eq, query.Gt, query.Gte, query.Lt, query.Lte}
		value = func() any {
			return newYear(2002).Add(time.Duration(rapid.Int64Range(0, 365*48).Draw(t, "halves")) * 30 * time.Minute)
		}
	}
	op := rapid.SampledFrom(ops).Draw(t, "op")
	c := is(field, op)
	switch op {
	case query.Exists, query.NotExists:
	case query.In, query.NotIn, query.Contains, query.Prefix:
		for range rapid.IntRange(1, 3).Draw(t, "values") {
			c.Values = append(c.Values, value())
		}
	default:
		c.Values = []any{value()}
	}
	return c
}
