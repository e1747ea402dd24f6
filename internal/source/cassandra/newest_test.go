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
		"the newest":          {feed(true, 7, 0), 130},
		"the oldest":          {feed(false, 7, 0), 130},
		"a later page":        {feed(true, 20, 200), 1200},
		"the newest of some":  {func() *query.Query { q := feed(true, 1, 0); q.Where = rare; return q }(), 1500},
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

func ids(r *source.Result) []string {
	out := make([]string, r.Frame.Rows())
	for i := range out {
		out[i] = fmt.Sprint(r.Frame.At(0).Value(i), r.Frame.At(1).Value(i))
	}
	return out
}
