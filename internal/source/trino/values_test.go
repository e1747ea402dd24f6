package trino_test

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/source"
	"github.com/go-dispatcher/dispatcher/internal/source/trino"
)

func told(t *testing.T, s source.Source, q *query.Query) [][]any {
	t.Helper()
	if q.MaxRows == 0 {
		q.MaxRows = 100
	}
	r, err := s.Query(t.Context(), q)
	if err != nil {
		n, _ := s.Explain(t.Context(), q)
		t.Fatalf("%v\n%s %v", err, n.Text, n.Args)
	}
	var out [][]any
	for i := range r.Frame.Rows() {
		var row []any
		for j := range r.Frame.Fields() {
			row = append(row, r.Frame.At(j).Value(i))
		}
		out = append(out, row)
	}
	return out
}

func of(name string, kind query.Type) query.Column {
	return query.Column{Name: name, Field: query.Field{Column: name, Type: kind}}
}

// Every type that a connector may have comes as the catalog says it is.
func TestTypes(t *testing.T) {
	t.Parallel()
	name, exec := table(t, `id BIGINT, tiny TINYINT, small SMALLINT, whole INTEGER, least BIGINT, real REAL, double DOUBLE, short DECIMAL(9, 2), long DECIMAL(38, 10), count DECIMAL(20, 0),
		fixed CHAR(4), some VARCHAR(8), day DATE, rough TIMESTAMP(3), fine TIMESTAMP(9), instant TIMESTAMP(3) WITH TIME ZONE, key UUID, raw VARBINARY, list ARRAY(VARCHAR)`)
	exec("INSERT INTO " + name + ` VALUES (1, 1, 2, 3, -9223372036854775808, REAL '1.1', 0.1, 1234567.89, 12345678901234567890.5, 42, 'ab', 'ÄÖ🙂', DATE '1969-12-31',
		TIMESTAMP '1969-12-31 23:59:59.999', TIMESTAMP '2002-03-31 02:30:00.123456789', TIMESTAMP '2002-03-31 03:30:00.250 Europe/Berlin', UUID '12151fd2-7586-11e9-8f9e-2a86e4085a59', X'6869', ARRAY['a', NULL, 'b']),
		(2, NULL, NULL, NULL, NULL, REAL 'NaN', DOUBLE 'Infinity', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)`)
	q := &query.Query{Relation: query.Relation{Table: name}, Rows: true, Order: []query.Order{{Name: "id"}}, Select: []query.Column{
		of("id", query.Int), of("tiny", query.Int), of("small", query.Int), of("whole", query.Int), of("least", query.Int), of("real", query.Float), of("double", query.Float),
		of("short", query.Float), of("long", query.Float), of("count", query.Int), of("fixed", query.String), of("some", query.String),
		{Name: "day", Field: query.Field{Column: "day", Type: query.Time}, Storage: query.StorageDate}, of("rough", query.Time), of("fine", query.Time),
		{Name: "instant", Field: query.Field{Column: "instant", Type: query.Time}, Storage: query.StorageTimestampTZ}, of("key", query.String), of("raw", query.String),
		{Name: "list", Field: query.Field{Column: "list", Type: query.String, Multi: true}},
	}}
	want := [][]any{
		{int64(1), int64(1), int64(2), int64(3), int64(math.MinInt64), float64(float32(1.1)), 0.1, 1234567.89, 12345678901234567890.5, int64(42), "ab  ", "ÄÖ🙂",
			time.Date(1969, 12, 31, 0, 0, 0, 0, time.UTC), time.Date(1969, 12, 31, 23, 59, 59, 999e6, time.UTC), time.Date(2002, 3, 31, 2, 30, 0, 123456000, time.UTC),
			time.Date(2002, 3, 31, 1, 30, 0, 250e6, time.UTC), "12151fd2-7586-11e9-8f9e-2a86e4085a59", "hi", "a\x1fb"},
		{int64(2), nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil},
	}
	s := opened(t, nil)
	if diff := cmp.Diff(want, told(t, s, q)); diff != "" {
		t.Error(diff)
	}

	// Sums and averages are in double precision, whatever the column is kept in; what is no number falls into no bin.
	q = &query.Query{Relation: query.Relation{Table: name}, Measures: []query.Measure{
		{Name: "real", Agg: query.Sum, Field: query.Field{Column: "real", Type: query.Float}, Where: query.Compare{Field: query.Field{Column: "id", Type: query.Int}, Op: query.Eq, Values: []any{int64(1)}}},
		{Name: "short", Agg: query.Avg, Field: query.Field{Column: "short", Type: query.Float}},
		{Name: "count", Agg: query.Sum, Field: query.Field{Column: "count", Type: query.Int}},
		{Name: "least", Agg: query.Sum, Field: query.Field{Column: "least", Type: query.Int}},
		{Name: "median", Agg: query.Percentile, Fraction: 0.25, Field: query.Field{Column: "short", Type: query.Float}},
		{Name: "high", Agg: query.Max, Field: query.Field{Column: "fine", Type: query.Time}},
	}}
	if diff := cmp.Diff([][]any{{float64(float32(1.1)), 1234567.89, int64(42), int64(math.MinInt64), 1234567.89, time.Date(2002, 3, 31, 2, 30, 0, 123456000, time.UTC)}}, told(t, s, q)); diff != "" {
		t.Error(diff)
	}
	q = &query.Query{Relation: query.Relation{Table: name}, Groups: []query.Group{{Name: "bin", Field: query.Field{Column: "real", Type: query.Float}, Bins: &query.Bins{Start: 0, Width: 1, Count: 3}}},
		Measures: []query.Measure{{Name: "n", Agg: query.Count}}}
	if diff := cmp.Diff([][]any{{int64(1), int64(1)}, {nil, int64(1)}}, told(t, s, q)); diff != "" {
		t.Error(diff)
	}
}

// An instant is the same however a column keeps it.
func TestStorages(t *testing.T) {
	t.Parallel()
	name, exec := table(t, "id BIGINT, wall TIMESTAMP(6), zoned TIMESTAMP(6) WITH TIME ZONE, berlin TIMESTAMP(3), seconds BIGINT, millis BIGINT, day DATE")
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	instants := []time.Time{
		time.Date(1969, 12, 31, 22, 59, 59, 0, time.UTC), time.Date(2002, 3, 30, 22, 59, 59, 0, time.UTC), time.Date(2002, 3, 30, 23, 0, 0, 0, time.UTC),
		time.Date(2002, 3, 31, 0, 59, 59, 0, time.UTC), time.Date(2002, 3, 31, 1, 0, 0, 0, time.UTC), time.Date(2002, 3, 31, 22, 0, 0, 0, time.UTC),
		time.Date(2002, 10, 27, 1, 0, 0, 0, time.UTC), time.Date(2002, 10, 27, 22, 59, 59, 0, time.UTC), time.Date(2002, 10, 27, 23, 0, 0, 0, time.UTC),
	}
	for i, at := range instants {
		local := query.Wall(at, "Europe/Berlin")
		exec("INSERT INTO "+name+" VALUES (?, CAST(? AS TIMESTAMP(6)), ?, CAST(? AS TIMESTAMP(3)), ?, ?, CAST(? AS DATE))", int64(i), at, at, local, at.Unix(), at.UnixMilli(), local.Format(time.DateOnly))
	}
	s := opened(t, nil)
	from, to := time.Date(2002, 3, 30, 0, 0, 0, 0, berlin), time.Date(2002, 10, 28, 0, 0, 0, 0, berlin)
	var edges []time.Time
	for at := from; !at.After(to); at = at.AddDate(0, 0, 1) {
		edges = append(edges, at.UTC())
	}
	offsets := []query.Offset{{Until: time.Date(2002, 3, 31, 1, 0, 0, 0, time.UTC), Seconds: 3600}, {Until: time.Date(2002, 10, 27, 1, 0, 0, 0, time.UTC), Seconds: 7200}, {Seconds: 3600}}
	for _, c := range []struct{ column, storage, zone string }{
		{"wall", query.StorageTimestamp, "UTC"}, {"zoned", query.StorageTimestampTZ, ""}, {"berlin", query.StorageTimestamp, "Europe/Berlin"},
		{"seconds", query.StorageEpochS, ""}, {"millis", query.StorageEpochMS, ""}, {"day", query.StorageDate, "Europe/Berlin"},
	} {
		field := query.Field{Column: c.column, Type: query.Time}
		kept := func(at time.Time) time.Time {
			if c.storage != query.StorageDate {
				return at.UTC()
			}
			year, month, day := at.In(berlin).Date()
			return time.Date(year, month, day, 0, 0, 0, 0, berlin).UTC()
		}
		var rows, days, hours [][]any
		byDay, byHour := map[int64]int64{}, map[int64]int64{}
		for i, at := range instants {
			if at.Before(from) || !at.Before(to) {
				continue
			}
			at = kept(at)
			rows = append(rows, []any{int64(i), at})
			for d := range len(edges) - 1 {
				if !at.Before(edges[d]) && at.Before(edges[d+1]) {
					byDay[int64(d)]++
				}
			}
			byHour[int64(at.In(berlin).Hour())]++
		}
		for d := range int64(len(edges)) {
			if byDay[d] > 0 {
				days = append(days, []any{d, byDay[d]})
			}
		}
		for h := range int64(24) {
			if byHour[h] > 0 {
				hours = append(hours, []any{h, byHour[h]})
			}
		}
		base := func() *query.Query {
			return &query.Query{
				Relation: query.Relation{Table: name}, Time: &query.TimeField{Column: c.column, Storage: c.storage, Zone: c.zone}, Range: query.Range{From: from, To: to},
				Measures: []query.Measure{{Name: "n", Agg: query.Count}},
			}
		}
		q := base()
		q.Measures, q.Rows, q.Order = nil, true, []query.Order{{Name: "id"}}
		q.Select = []query.Column{of("id", query.Int), {Name: "at", Field: field, Storage: c.storage, Zone: c.zone}}
		if diff := cmp.Diff(rows, told(t, s, q)); diff != "" {
			t.Errorf("%s, rows: %s", c.column, diff)
		}
		q = base()
		q.Groups = []query.Group{{Name: "day", Field: field, Storage: c.storage, Zone: c.zone, Buckets: &query.Buckets{Edges: edges}}}
		if diff := cmp.Diff(days, told(t, s, q)); diff != "" {
			t.Errorf("%s, days: %s", c.column, diff)
		}
		q = base()
		q.Groups = []query.Group{{Name: "hour", Field: field, Storage: c.storage, Zone: c.zone, Part: query.Hour, Offsets: offsets}}
		if diff := cmp.Diff(hours, told(t, s, q)); diff != "" {
			t.Errorf("%s, hours: %s", c.column, diff)
		}
	}
	// Before 1970 an index counts on, too.
	q := &query.Query{Relation: query.Relation{Table: name}, Time: &query.TimeField{Column: "wall", Storage: query.StorageTimestamp}, Measures: []query.Measure{{Name: "n", Agg: query.Count}},
		Range: query.Range{From: time.Date(1969, 12, 31, 0, 0, 0, 0, time.UTC), To: time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC)}}
	q.Groups = []query.Group{{Name: "hour", Field: query.Field{Column: "wall", Type: query.Time}, Buckets: &query.Buckets{}}}
	for h := range 25 {
		q.Groups[0].Buckets.Edges = append(q.Groups[0].Buckets.Edges, q.Range.From.Add(time.Duration(h)*time.Hour))
	}
	if diff := cmp.Diff([][]any{{int64(22), int64(1)}}, told(t, s, q)); diff != "" {
		t.Errorf("1969: %s", diff)
	}
}

// A query tells what it read.
func TestCost(t *testing.T) {
	t.Parallel()
	s := opened(t, func(c *trino.Config) { c.Catalog, c.Schema = "tpch", "tiny" })
	q := &query.Query{Relation: query.Relation{Table: "orders"}, MaxRows: 10, Measures: []query.Measure{{Name: "n", Agg: query.CountDistinct, Field: query.Field{Column: "custkey", Type: query.Int}}}}
	r, err := s.Query(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	if n, _ := r.Frame.At(0).Int(0); n != 1000 || r.Stats.Rows != 1 || r.Stats.Scanned != 15_000 || r.Stats.Elapsed <= 0 {
		t.Errorf("%d, %+v", n, r.Stats)
	}
	n, err := s.Explain(t.Context(), q)
	for range 20 { // a busy cluster may want longer than its planner is given
		if err == nil && strings.Contains(strings.Join(n.Notes, ""), "longer than") {
			n, err = s.Explain(t.Context(), q)
		}
	}
	if err != nil || n.Estimate == nil || n.Estimate.Rows != 15_000 || len(n.Notes) != 0 {
		t.Errorf("%v %+v", err, n)
	}
	// What an answer may weigh is bounded as it comes, however many rows it has.
	q = &query.Query{Relation: query.Relation{Table: "lineitem"}, MaxRows: 100_000, Rows: true, Select: []query.Column{of("comment", query.String)}}
	s = opened(t, func(c *trino.Config) { c.Catalog, c.Schema, c.MaxBytes = "tpch", "tiny", 500_000 })
	if _, err := s.Query(t.Context(), q); fault.ReasonOf(err) != "source_limit" {
		t.Errorf("more than 500 kB: %v", err)
	}
	q.Limit = 1000
	if got := told(t, s, q); len(got) != 1000 {
		t.Errorf("%d rows", len(got))
	}
	name, exec := table(t, "comment VARCHAR")
	exec("INSERT INTO " + name + " SELECT comment FROM tpch.tiny.orders")
	q.Relation.Table, q.MaxReadBytes = name, 100
	if _, err := s.Query(t.Context(), q); fault.ReasonOf(err) != "source_limit" {
		t.Errorf("more than 100 bytes read: %v", err)
	}
}

func TestDescribe(t *testing.T) {
	t.Parallel()
	name, _ := table(t, "a BIGINT, b DOUBLE, c DECIMAL(10, 2), d VARCHAR(10), e BOOLEAN, f TIMESTAMP(6) WITH TIME ZONE, g ARRAY(VARCHAR), h DATE, i ARRAY(BIGINT)")
	fields, err := opened(t, nil).Describe(t.Context(), query.Relation{Table: name})
	if err != nil {
		t.Fatal(err)
	}
	got := ""
	for _, f := range fields {
		got += fmt.Sprintf("%s %s %t; ", f.Column, f.Type, f.Multi)
	}
	if want := "a int false; b float false; c float false; d string false; e bool false; f time false; g string true; h time false; i int true; "; got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
}
