package cassandra_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	gocql "github.com/apache/cassandra-gocql-driver/v2"

	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/source"
	"github.com/go-dispatcher/dispatcher/internal/source/cassandra"
)

const newestDays = 300

// daily is a table of ten rows on each of 300 days, some of them at the same instant; the 150 in the middle have kind "rare" on one row only.
func daily(t *testing.T) query.Relation {
	t.Helper()
	name := table(t, "tenant text, day text, at timestamp, id int, kind text, PRIMARY KEY ((tenant, day), at, id)")
	s, ks := keyspace(t)
	start := time.Date(2002, 1, 1, 0, 0, 0, 0, time.UTC)
	for day := range newestDays {
		b := s.Batch(gocql.UnloggedBatch)
		for i := range 10 {
			at := start.AddDate(0, 0, day).Add(time.Duration(i/2) * 5 * time.Hour)
			kind := "common"
			if day%50 == 7 && i == 3 {
				kind = "rare"
			}
			b.Query("INSERT INTO "+ks+"."+name+" (tenant, day, at, id, kind) VALUES ('1', ?, ?, ?, ?)", at.Format(time.DateOnly), at, day*10+i, kind)
		}
		if err := b.Exec(); err != nil {
			t.Fatal(err)
		}
	}
	return query.Relation{Table: name, Partition: &query.Partition{Clustered: true, Keys: []query.PartitionKey{
		{Column: "tenant", Type: query.String}, {Column: "day", Type: query.String, Bucket: "day", Layout: time.DateOnly},
	}}}
}

// The newest rows are those of the whole range, and the partitions behind them are not read.
func TestNewestRows(t *testing.T) {
	t.Parallel()
	relation := daily(t)
	s := opened(t, cassandra.Config{})
	start := time.Date(2002, 1, 1, 0, 0, 0, 0, time.UTC)
	id, at, kind := query.Field{Column: "id", Type: query.Int}, query.Field{Column: "at", Type: query.Time}, query.Field{Column: "kind", Type: query.String}
	feed := func(desc bool, limit, offset int) *query.Query {
		return &query.Query{
			Dataset: "d", Relation: relation, Rows: true, MaxRows: 1000, Limit: limit, Offset: offset,
			Tenant: &query.Compare{Field: query.Field{Column: "tenant", Type: query.String}, Op: query.Eq, Values: []any{"1"}},
			Time:   &query.TimeField{Column: "at", Storage: query.StorageTimestampTZ},
			Range:  query.Range{From: start.Add(time.Hour), To: start.AddDate(0, 0, newestDays).Add(-7 * time.Hour)},
			Select: []query.Column{{Name: "at", Field: at, Storage: query.StorageTimestampTZ}, {Name: "id", Field: id}, {Name: "kind", Field: kind}},
			Order:  []query.Order{{Name: "at", Desc: desc}},
		}
	}
	rare := query.Compare{Field: kind, Op: query.Eq, Values: []any{"rare"}}
	for name, c := range map[string]struct {
		q    *query.Query
		most int64 // rows read
	}{
		"the newest":          {feed(true, 7, 0), 8},
		"the oldest":          {feed(false, 7, 0), 8},
		"a later page":        {feed(true, 20, 200), 1000},
		"the newest of some":  {func() *query.Query { q := feed(true, 1, 0); q.Where = rare; return q }(), 900},
		"more than there are": {func() *query.Query { q := feed(true, 50, 0); q.Where = rare; return q }(), 5000},
		"none":                {func() *query.Query { q := feed(true, 50, 0); q.Where = query.Or{}; return q }(), 5000},
		"by another column": {func() *query.Query {
			q := feed(true, 5, 0)
			q.Order = []query.Order{{Name: "id", Desc: true}}
			return q
		}(), 3000},
		"counted: all have to be read": {func() *query.Query { q := feed(true, 5, 0); q.Total = true; return q }(), 3000},
	} {
		got, err := s.Query(t.Context(), c.q)
		if err != nil {
			t.Fatal(name, err)
		}
		whole := *c.q
		whole.Total = true // which reads everything
		want, err := s.Query(t.Context(), &whole)
		if err != nil {
			t.Fatal(name, err)
		}
		if a, b := ids(got), ids(want); !slices.Equal(a, b) {
			t.Errorf("%s:\ngot  %v\nwant %v", name, a, b)
		}
		if got.Stats.Scanned > c.most || got.Stats.Scanned == 0 || int(got.Stats.Rows) != got.Frame.Rows() {
			t.Errorf("%s: %d rows were read of %d, at most %d are needed", name, got.Stats.Scanned, want.Stats.Scanned, c.most)
		}
	}
}

// dense is a table of 4,000 rows of a quarter of an hour in each of two partitions, four of them at each instant. The oldest hundred have kind "rare". The
// second partition ends 20 seconds before the first, of whose last 16 seconds all rows are "late".
func dense(t *testing.T) query.Relation {
	t.Helper()
	name := table(t, "tenant text, shard int, at timestamp, id int, kind text, PRIMARY KEY ((tenant, shard), at, id)")
	s, ks := keyspace(t)
	const rows = 4000
	for shard := range 2 {
		for from := 0; from < rows; from += 100 {
			b := s.Batch(gocql.UnloggedBatch)
			for i := from; i < from+100; i++ {
				kind := "common"
				if i < 100 {
					kind = "rare"
				} else if shard == 0 && i >= rows-64 {
					kind = "late"
				}
				at := time.Date(2002, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(i/4-20*shard) * time.Second)
				b.Query("INSERT INTO "+ks+"."+name+" (tenant, shard, at, id, kind) VALUES ('1', ?, ?, ?, ?)", shard, at, shard*rows+rows-i, kind)
			}
			if err := b.Exec(); err != nil {
				t.Fatal(err)
			}
		}
	}
	return query.Relation{Table: name, Partition: &query.Partition{Clustered: true, Keys: []query.PartitionKey{
		{Column: "tenant", Type: query.String}, {Column: "shard", Type: query.Int, Values: []any{0, 1}},
	}}}
}

// Of a large partition no more is read than the newest rows, whatever else is in it; filters have as much read as it takes.
func TestNewestRowsOfLargePartitions(t *testing.T) {
	t.Parallel()
	relation := dense(t)
	s := opened(t, cassandra.Config{})
	start := time.Date(2002, 1, 1, 0, 0, 0, 0, time.UTC)
	kind := query.Field{Column: "kind", Type: query.String}
	feed := func(change func(*query.Query)) *query.Query {
		q := &query.Query{
			Dataset: "d", Relation: relation, Rows: true, MaxRows: 1000, Limit: 6,
			Tenant: &query.Compare{Field: query.Field{Column: "tenant", Type: query.String}, Op: query.Eq, Values: []any{"1"}},
			Time:   &query.TimeField{Column: "at", Storage: query.StorageTimestampTZ},
			Range:  query.Range{From: start.Add(-time.Minute), To: start.AddDate(1, 0, 0)},
			Select: []query.Column{
				{Name: "at", Field: query.Field{Column: "at", Type: query.Time}, Storage: query.StorageTimestampTZ},
				{Name: "id", Field: query.Field{Column: "id", Type: query.Int}}, {Name: "kind", Field: kind},
			},
			Order: []query.Order{{Name: "at", Desc: true}},
		}
		change(q)
		return q
	}
	for name, c := range map[string]struct {
		change func(*query.Query)
		most   int64 // rows read
	}{
		"the newest":                  {func(*query.Query) {}, 140},
		"the oldest":                  {func(q *query.Query) { q.Order[0].Desc = false }, 140},
		"ties of which some are left": {func(q *query.Query) { q.Limit = 67 }, 150},
		"a later page":                {func(q *query.Query) { q.Offset = 500 }, 1100},
		"a filter that most rows pass": {func(q *query.Query) {
			q.Where = query.Not{Of: query.Compare{Field: kind, Op: query.Eq, Values: []any{"rare"}}}
		}, 140},
		"a filter that hides the end of a partition": {func(q *query.Query) { q.Where = query.Compare{Field: kind, Op: query.Eq, Values: []any{"common"}} }, 700},
		"a filter that few rows pass":                {func(q *query.Query) { q.Where = query.Compare{Field: kind, Op: query.Eq, Values: []any{"rare"}} }, 14_000},
		"fewer rows than are asked for": {func(q *query.Query) {
			q.Limit, q.Where = 300, query.Compare{Field: kind, Op: query.Eq, Values: []any{"rare"}}
		}, 18_000},
		"without doubles":          {func(q *query.Query) { q.Distinct = []string{"kind"} }, 22_000},
		"cut by the bound on rows": {func(q *query.Query) { q.MaxRows = 3 }, 140},
	} {
		got, err := s.Query(t.Context(), feed(c.change))
		if err != nil {
			t.Fatal(name, err)
		}
		whole := feed(c.change)
		whole.Total = true // which reads everything
		want, err := s.Query(t.Context(), whole)
		if err != nil {
			t.Fatal(name, err)
		}
		if a, b := ids(got), ids(want); !slices.Equal(a, b) || got.Truncated != want.Truncated {
			t.Errorf("%s:\ngot  %v\nwant %v", name, a, b)
		}
		if got.Stats.Scanned > c.most || got.Stats.Scanned == 0 || want.Stats.Scanned != 8000 {
			t.Errorf("%s: %d rows were read of %d, at most %d are needed", name, got.Stats.Scanned, want.Stats.Scanned, c.most)
		}
	}
}

func ids(r *source.Result) []string {
	out := make([]string, r.Frame.Rows())
	for i := range out {
		out[i] = fmt.Sprint(r.Frame.At(0).Value(i), r.Frame.At(1).Value(i))
	}
	return out
}
