package cassandra_test

import (
	"context"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	gocql "github.com/apache/cassandra-gocql-driver/v2"

	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/source"
	"github.com/go-dispatcher/dispatcher/internal/source/cassandra"
)

// numbers is a table of every type of number, in two partitions and an empty one, of which one has nulls only.
func numbers(t *testing.T) query.Relation {
	t.Helper()
	name := table(t, "tenant text, shard int, at timestamp, i int, b bigint, v varint, f float, d double, day date, none int, PRIMARY KEY ((tenant, shard), at)")
	columns := []string{"tenant", "shard", "at", "i", "b", "v", "f", "d", "day"}
	for n, when := range []string{"2002-01-01 00:00:00", "2002-01-02 12:00:00.001", "2002-01-03 23:59:59.999"} {
		insert(t, name, columns, "1", 0, utc(when), math.MaxInt32-n, int64(math.MaxInt64/4-n), n, float32(0.5), 0.25*float64(n), utc(when))
	}
	insert(t, name, columns, "1", 0, utc("2002-01-04 00:00:00"), 7, int64(7), 7, float32(7), 7.0, utc("2002-01-04 00:00:00"))
	insert(t, name, columns, "1", 1, utc("2002-01-02 00:00:00"), -5, int64(-5), -5, float32(-5), -5.5, utc("1969-12-31 00:00:00"))
	insert(t, name, columns[:3], "1", 2, utc("2002-01-02 00:00:00"))
	insert(t, name, columns, "2", 0, utc("2002-01-02 00:00:00"), 1000, int64(1000), 1000, float32(1000), 1000.0, utc("2020-01-01 00:00:00"))
	return query.Relation{Table: name, Partition: &query.Partition{Clustered: true, Keys: []query.PartitionKey{
		{Column: "tenant", Type: query.String}, {Column: "shard", Type: query.Int, Values: []any{0, 1, 2, 3}},
	}}}
}

// totals returns every aggregate that the server can compute of the numbers.
func totals(r query.Relation) *query.Query {
	q := asked("2002-01-01 00:00:00", "2002-01-04 00:00:00")
	q.Relation, q.Total = r, true
	q.Measures = nil
	for column, of := range map[string]query.Type{"i": query.Int, "b": query.Int, "v": query.Int, "none": query.Int, "f": query.Float, "d": query.Float} {
		for _, agg := range []query.Agg{query.Count, query.Sum, query.Avg, query.Min, query.Max} {
			if agg == query.Count && of == query.Float {
				continue // the server would count what is no number: these are read, as TestCountsOfFloatsAreRead says
			}
			q.Measures = append(q.Measures, query.Measure{Name: string(agg) + column, Agg: agg, Field: query.Field{Column: column, Type: of}})
		}
	}
	for column, storage := range map[string]string{"at": "timestamp", "day": "date"} {
		for _, agg := range []query.Agg{query.Min, query.Max} {
			q.Measures = append(q.Measures, query.Measure{Name: string(agg) + column, Agg: agg, Field: query.Field{Column: column, Type: query.Time}, Storage: storage})
		}
	}
	q.Measures = append(q.Measures, query.Measure{Name: "rows", Agg: query.Count})
	return q
}

func values(r *source.Result) map[string]any {
	out := make(map[string]any)
	for i, f := range r.Frame.Fields() {
		out[f.Name] = r.Frame.At(i).Value(0)
	}
	return out
}

// A count of floating-point values leaves out what is no number, which the server would count: the rows are read.
func TestCountsOfFloatsAreRead(t *testing.T) {
	t.Parallel()
	q := totals(numbers(t))
	q.Measures = []query.Measure{{Name: "n", Agg: query.Count, Field: query.Field{Column: "d", Type: query.Float}}}
	if cassandra.Merged(q) {
		t.Fatal("the server counts them")
	}
	r, err := opened(t, cassandra.Config{}).Query(t.Context(), q)
	if err != nil || values(r)["n"] != int64(4) {
		t.Error(r, err)
	}
}

// What the server computes is what is computed over rows.
func TestServerAggregates(t *testing.T) {
	t.Parallel()
	s, relation := opened(t, cassandra.Config{}), numbers(t)
	both := func(name string, q *query.Query) map[string]any {
		t.Helper()
		rows := *q
		rows.Where = query.And{q.Where, query.And{}, query.Not{Of: query.Or{}}} // settles nothing, and has no effect
		if q.Where == nil {
			rows.Where = query.Not{Of: query.Or{}}
		}
		if !cassandra.Merged(q) || cassandra.Merged(&rows) {
			t.Fatalf("%s: one query is computed by the server, the other read", name)
		}
		got, err := s.Query(t.Context(), q)
		if err != nil {
			t.Fatal(name, err)
		}
		want, err := s.Query(t.Context(), &rows)
		if err != nil {
			t.Fatal(name, err)
		}
		if !reflect.DeepEqual(values(got), values(want)) || got.Stats.Scanned != want.Stats.Scanned || got.Stats.Rows != 1 {
			t.Errorf("%s:\n%v %+v\n%v %+v", name, values(got), got.Stats, values(want), want.Stats)
		}
		return values(got)
	}
	all := both("all", totals(relation))
	if all["sumi"] != int64(3*math.MaxInt32-3-5) || all["minday"] != utc("1969-12-31 00:00:00") || all["rows"] != int64(5) || all["sumnone"] != nil || all["countnone"] != int64(0) {
		t.Errorf("%v", all)
	}
	q := totals(relation)
	q.Where = query.And{query.Compare{Field: query.Field{Column: "shard", Type: query.Int}, Op: query.In, Values: []any{int64(1), int64(9)}}}
	if one := both("one partition", q); one["rows"] != int64(1) || one["sumd"] != -5.5 {
		t.Errorf("%v", one)
	}
	q = totals(relation)
	q.Tenant.Values = []any{"nobody"}
	both("no rows", q)
	q = totals(relation)
	q.Where = query.Compare{Field: query.Field{Column: "shard", Type: query.Int}, Op: query.Eq, Values: []any{int64(9)}}
	both("no partition", q)
	q = totals(relation)
	q.Measures = []query.Measure{{Name: "x", Agg: query.Sum, Field: query.Field{Column: "d", Type: query.Int}}}
	if r, err := s.Query(t.Context(), q); fault.ReasonOf(err) != "source_schema" {
		t.Errorf("a sum of fractions as integers: %v, %v", r, err)
	}
	insert(t, relation.Table, []string{"tenant", "shard", "at", "b"}, "1", 3, utc("2002-01-02 00:00:00"), int64(math.MaxInt64))
	q.Measures[0].Field = query.Field{Column: "b", Type: query.Int}
	if r, err := s.Query(t.Context(), q); fault.ClassOf(err) != fault.Permanent || err == nil {
		t.Errorf("a sum beyond 64 bits: %v, %v", r, err)
	}
}

func TestWhatIsReadInstead(t *testing.T) {
	t.Parallel()
	field := query.Field{Column: "i", Type: query.Int}
	for name, change := range map[string]func(q *query.Query){
		"groups": func(q *query.Query) { q.Groups = []query.Group{{Name: "i", Field: field}} },
		"rows": func(q *query.Query) {
			q.Rows, q.Measures, q.Select = true, nil, []query.Column{{Name: "i", Field: field}}
		},
		"an offset":         func(q *query.Query) { q.Offset = 1 },
		"a filter":          func(q *query.Query) { q.Where = on("i", query.Eq, int64(1)) },
		"a choice":          func(q *query.Query) { q.Where = query.Or{on("b", query.Eq, "2002-01")} },
		"a range on a key":  func(q *query.Query) { q.Where = on("b", query.Gt, "2002-01") },
		"a measure's where": func(q *query.Query) { q.Measures[0].Where = on("b", query.Eq, "2002-01") },
		"a formula":         func(q *query.Query) { q.Measures[0].Formula = query.Number(1) },
		"distinct":          func(q *query.Query) { q.Measures[0] = query.Measure{Name: "x", Agg: query.CountDistinct, Field: field} },
		"text": func(q *query.Query) {
			q.Measures[0] = query.Measure{Name: "x", Agg: query.Max, Field: query.Field{Column: "s", Type: query.String}}
		},
		"a list":         func(q *query.Query) { q.Measures[0].Field = query.Field{Column: "l", Type: query.String, Multi: true} },
		"no clustering":  func(q *query.Query) { q.Relation.Partition.Clustered = false },
		"a zone's clock": func(q *query.Query) { q.Time.Zone = "Europe/Berlin" },
		"a tenant aside": func(q *query.Query) { q.Tenant.Field.Column = "other" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			q := asked("2002-01-01 00:00:00", "2002-02-01 00:00:00", tenantKey(), bucket("month", query.String, ""))
			q.Relation.Partition.Clustered = true
			if !cassandra.Merged(q) {
				t.Fatal("the query without a change is not computed by the server")
			}
			change(q)
			if name == "a tenant aside" {
				q.Where = on("tenant", query.Eq, "1")
			}
			if cassandra.Merged(q) {
				t.Error("computed by the server")
			}
		})
	}
}

func TestAsOf(t *testing.T) {
	t.Parallel()
	now := time.Date(2002, 1, 1, 0, 0, 0, 0, time.UTC)
	s := opened(t, cassandra.Config{Now: func() time.Time { now = now.Add(time.Second); return now }})
	r, err := s.Query(t.Context(), totals(numbers(t)))
	if err != nil || r.AsOf.Second() != 1 || r.Stats.Elapsed != time.Second {
		t.Errorf("%v, %v", r, err)
	}
}

// Where the server runs out of time for an aggregate, the rows are read instead.
func TestRowsAreReadWhereAnAggregateTakesTooLong(t *testing.T) {
	t.Parallel()
	for err, want := range map[error]bool{
		answer(gocql.ErrCodeReadTimeout): true, gocql.ErrTimeoutNoResponse: true,
		answer(gocql.ErrCodeOverloaded): false, gocql.ErrNoConnections: false, context.DeadlineExceeded: false,
	} {
		if got := cassandra.TookTooLong(cassandra.Classify(fmt.Errorf("cassandra: query: %w", err))); got != want {
			t.Errorf("%v: %t", err, got)
		}
	}
	q := summed(wide(t, 1))
	q.Groups = nil
	if !cassandra.Merged(q) {
		t.Fatal("the server is not asked to aggregate")
	}
	text, err := cassandra.Reading(q)
	if err != nil || strings.Contains(text, "sum(") || strings.Contains(text, "count(") {
		t.Errorf("%v %s", err, text)
	}
}
