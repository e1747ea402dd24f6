package sourcetest

import (
	"fmt"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/query"
)

type testCase struct {
	name  string
	query *query.Query
}

func cases(relation query.Relation) []testCase {
	var out []testCase
	add := func(name string, q *query.Query) { out = append(out, testCase{name, q}) }
	for i, f := range filters() {
		q := raw(relation, "id")
		q.Where = f
		add(fmt.Sprintf("filter %d %v", i, f), q)
		q = raw(relation, "id")
		q.Where = query.Not{Of: f}
		add(fmt.Sprintf("filter %d negated", i), q)
	}
	for name, where := range map[string]query.Filter{"all": nil, "none": query.Or{}} {
		q := base(relation)
		q.Measures, q.Where = measures(), where
		add("aggregates of "+name, q)
		q = base(relation)
		q.Measures, q.Where = constants(), where
		add("constants over "+name, q)
		q = base(relation)
		q.Groups = []query.Group{{Name: "bin", Field: fields()["score"], Bins: &query.Bins{Start: -10, Width: 5, Count: 4}}}
		q.Measures, q.Where = constants(), where
		add("constants by bins of "+name, q)
	}
	for _, g := range groups() {
		for _, where := range []query.Filter{nil, query.Or{}} {
			q := base(relation)
			q.Groups, q.Measures, q.Total, q.Where = []query.Group{g}, measures(), true, where
			add(fmt.Sprintf("group %s where %v", g.Name, where), q)
		}
		q := base(relation)
		q.Groups, q.Measures = []query.Group{g, {Name: "second", Field: fields()["public"]}}, measures()
		q.Order = []query.Order{{Name: "rows", Desc: true}}
		add("group "+g.Name+" and another", q)
	}
	return append(append(out, cuts(relation)...), withOthers(relation)...)
}

// base is a query without measures over all rows of tenant 1.
func base(relation query.Relation) *query.Query {
	return &query.Query{
		Dataset: "posts", Relation: relation, MaxRows: 1000,
		Tenant: &query.Compare{Field: fields()["tenant"], Op: query.Eq, Values: []any{"1"}},
		Time:   &query.TimeField{Column: "at", Storage: "timestamp"},
		Range:  query.Range{From: newYear(2002), To: newYear(2003)},
	}
}

// newYear is the first moment of a year.
func newYear(year int) time.Time { return time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC) }

func raw(relation query.Relation, names ...string) *query.Query {
	q := base(relation)
	q.Rows = true
	for _, n := range names {
		q.Select = append(q.Select, query.Column{Name: n, Field: fields()[n], Storage: "timestamp"})
	}
	return q
}

func is(field string, op query.Op, values ...any) query.Compare {
	return query.Compare{Field: fields()[field], Op: op, Values: values, Storage: "timestamp"}
}

func filters() []query.Filter {
	out := []query.Filter{
		is("channel", query.Eq, "mail"), is("channel", query.Ne, "mail"), is("channel", query.In, "mail", "chat"),
		is("channel", query.NotIn, "mail", "chat"), is("channel", query.Exists), is("channel", query.NotExists),
		is("channel", query.Eq, "secret"), is("text", query.Eq, "; DROP TABLE posts; --"), is("text", query.Eq, ""),
		is("channel", query.Gt, "chat"), is("channel", query.Lte, "chat"),
		is("text", query.Contains, "100%"), is("text", query.Contains, "snake_c"), is("text", query.Contains, `k\s`),
		is("text", query.Contains, "ärger", "QUOTED'"), is("text", query.Prefix, "SNAKE_"), is("text", query.Prefix, "ärg"),
		is("text", query.Contains, "' OR '1'='1"), is("text", query.Contains, ""),
		is("public", query.Eq, true), is("public", query.Ne, true),
		is("tags", query.Eq, "x"), is("tags", query.Ne, "x"), is("tags", query.In, "y", "日本"), is("tags", query.NotIn, "y", "z"),
		is("tags", query.Exists), is("tags", query.NotExists), is("tags", query.Contains, "本"), is("tags", query.Prefix, "X"),
		query.And{}, query.Or{},
		query.And{is("channel", query.Ne, "mail"), query.Or{is("score", query.Gt, int64(2)), query.Not{Of: is("public", query.Eq, true)}}},
	}
	for _, op := range []query.Op{query.Eq, query.Ne, query.Gt, query.Gte, query.Lt, query.Lte} {
		out = append(out,
			is("score", op, int64(3)), is("weight", op, 2.5), is("weight", op, int64(10)),
			is("at", op, time.Date(2002, 3, 31, 1, 0, 0, 0, time.UTC)))
	}
	return out
}

func measures() []query.Measure {
	all := fields()
	out := []query.Measure{
		{Name: "rows", Agg: query.Count}, {Name: "scored", Agg: query.Count, Field: all["score"]},
		{Name: "sum", Agg: query.Sum, Field: all["score"]}, {Name: "heavy", Agg: query.Sum, Field: all["weight"]},
		{Name: "avg", Agg: query.Avg, Field: all["score"], Where: is("public", query.Eq, true)},
		{Name: "avg_sum", Agg: query.Sum, Field: all["score"]}, // beside avg: names of partial values must not meet
		{Name: "first", Agg: query.Min, Field: all["at"]}, {Name: "last", Agg: query.Max, Field: all["channel"]},
		{Name: "low", Agg: query.Min, Field: all["score"]},
		{Name: "mails", Agg: query.Count, Where: is("channel", query.Eq, "mail")},
	}
	in := []query.Measure{{Name: "a", Agg: query.Sum, Field: all["score"]}, {Name: "b", Agg: query.Count, Field: all["weight"], Where: is("public", query.Eq, true)}}
	return append(out, query.Measure{Name: "ratio", Inputs: in, Formula: query.Binary{
		Op: "/", Left: query.Binary{Op: "-", Left: query.Ref("a"), Right: query.Number(1)}, Right: query.Ref("b"),
	}})
}

// constants are formulas that no row has a part in.
func constants() []query.Measure {
	none := query.Binary{Op: "-", Left: query.Number(2), Right: query.Number(2)}
	return []query.Measure{
		{Name: "seven", Formula: query.Binary{Op: "+", Left: query.Number(3), Right: query.Number(4)}},
		{Name: "nothing", Formula: query.Binary{Op: "/", Left: query.Number(1), Right: none}},
	}
}

// undividable are measures that cannot be made of partial values.
func undividable() []query.Measure {
	all := fields()
	return append(measures(),
		query.Measure{Name: "channels", Agg: query.CountDistinct, Field: all["channel"]},
		query.Measure{Name: "median", Agg: query.Percentile, Field: all["score"], Fraction: 0.5},
		query.Measure{Name: "p90", Agg: query.Percentile, Field: all["weight"], Fraction: 0.9})
}

func groups() []query.Group {
	all := fields()
	berlin, _ := time.LoadLocation("Europe/Berlin")
	var days, months []time.Time
	for d := range 370 {
		days = append(days, time.Date(2002, 1, 1+d, 0, 0, 0, 0, berlin).UTC())
	}
	for m := range 14 {
		months = append(months, time.Date(2002, time.Month(1+m), 1, 0, 0, 0, 0, berlin).UTC())
	}
	out := []query.Group{
		{Name: "channel", Field: all["channel"]}, {Name: "public", Field: all["public"]}, {Name: "score", Field: all["score"]},
		{Name: "tag", Field: all["tags"]}, {Name: "time", Field: all["at"], Storage: "timestamp"},
		{Name: "day", Field: all["at"], Storage: "timestamp", Buckets: &query.Buckets{Edges: days}},
		{Name: "month", Field: all["at"], Storage: "timestamp", Buckets: &query.Buckets{Edges: months}},
		{Name: "bin", Field: all["weight"], Bins: &query.Bins{Start: 0, Width: 2.5, Count: 4}},
		{Name: "bin_of_ints", Field: all["score"], Bins: &query.Bins{Start: -3, Width: 2, Count: 5}},
	}
	for _, p := range []query.Part{query.Hour, query.Weekday, query.Monthday, query.Month} {
		out = append(out, query.Group{Name: "part_" + string(p), Field: all["at"], Storage: "timestamp", Part: p, Offsets: []query.Offset{
			{Until: time.Date(2002, 3, 31, 1, 0, 0, 0, time.UTC), Seconds: 3600},
			{Until: time.Date(2002, 10, 27, 1, 0, 0, 0, time.UTC), Seconds: 7200},
			{Seconds: 3600},
		}})
	}
	return out
}

// cuts are orders with ties and nulls, limits, offsets, ranges and tenants.
func cuts(relation query.Relation) []testCase {
	var out []testCase
	for _, name := range []string{"channel", "score", "public", "weight", "at"} {
		for _, desc := range []bool{false, true} {
			for _, cut := range [][2]int{{0, 0}, {5, 0}, {4, 3}, {5, 100}} {
				q := raw(relation, "channel", "score", "public", "weight", "at", "text", "id")
				q.Order, q.Limit, q.Offset, q.Total = []query.Order{{Name: name, Desc: desc}}, cut[0], cut[1], true
				out = append(out, testCase{fmt.Sprintf("rows by %s desc %t cut %v", name, desc, cut), q})
			}
		}
	}
	for _, by := range [][]string{{"channel"}, {"public", "score"}, {"text", "id"}} {
		for _, order := range [][]query.Order{nil, {{Name: "at", Desc: true}}, {{Name: "score"}, {Name: "at", Desc: true}}} {
			for _, cut := range [][2]int{{0, 0}, {3, 0}, {2, 3}} {
				q := raw(relation, "channel", "score", "public", "weight", "at", "text", "id")
				q.Distinct, q.Order, q.Limit, q.Offset, q.Total = by, order, cut[0], cut[1], cut[1] == 0
				q.Where = query.Not{Of: is("score", query.Eq, int64(12))}
				out = append(out, testCase{fmt.Sprintf("distinct by %v, ordered by %v, cut %v", by, order, cut), q})
			}
		}
	}
	q := raw(relation, "id")
	q.Range = query.Range{From: time.Date(2002, 3, 30, 23, 0, 0, 0, time.UTC), To: time.Date(2002, 3, 31, 22, 0, 0, 0, time.UTC)}
	out = append(out, testCase{"half-open range", q})
	for _, tenant := range []string{"2", "3", "1' OR '1'='1", "%"} {
		q := raw(relation, "id")
		q.Tenant.Values, q.Where = []any{tenant}, query.Or{query.And{}, is("tenant", query.Eq, "1")}
		out = append(out, testCase{"tenant " + tenant, q})
	}
	return out
}

func withOthers(relation query.Relation) []testCase {
	var out []testCase
	for _, field := range []string{"channel", "public", "score"} {
		for limit := 1; limit <= 9; limit += 2 {
			for kind, m := range map[string][]query.Measure{"of groups": measures(), "of rows": undividable()} {
				q := base(relation)
				q.Groups, q.Measures = []query.Group{{Name: field, Field: fields()[field]}}, m
				q.Order, q.Limit, q.Others = []query.Order{{Name: "rows", Desc: true}}, limit, true
				q.Total = limit%4 == 1
				out = append(out, testCase{fmt.Sprintf("others %s past %d by %s", kind, limit, field), q})
			}
		}
	}
	return out
}
