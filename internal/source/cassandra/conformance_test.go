package cassandra_test

import (
	"hash/fnv"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	gocql "github.com/apache/cassandra-gocql-driver/v2"

	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/source"
	"github.com/go-dispatcher/dispatcher/internal/source/cassandra"
	"github.com/go-dispatcher/dispatcher/internal/source/sourcetest"
)

func TestConformance(t *testing.T) {
	t.Parallel()
	sourcetest.Run(t, byMonth)
}

func TestRandomQuestions(t *testing.T) {
	t.Parallel()
	sourcetest.Random(t, byMonth, 500)
}

// byMonth has partitions by tenant and month, in the order of time.
func byMonth(t *testing.T, rows []sourcetest.Row) (source.Source, query.Relation) {
	t.Helper()
	name := table(t, `tenant text, month text, at timestamp, id text, channel text, "text" text, score bigint, weight double, public boolean,
		tags list<text>, PRIMARY KEY ((tenant, month), at, id)`)
	load(t, name, rows, func(r sourcetest.Row) { r["month"] = r["at"].(time.Time).Format("2006-01") })
	return opened(t, cassandra.Config{}), query.Relation{Table: name, Partition: &query.Partition{
		Clustered: true,
		Keys: []query.PartitionKey{
			{Column: "tenant", Type: query.String}, {Column: "month", Type: query.String, Bucket: "month", Layout: "2006-01"},
		},
	}}
}

// Partitions spread over shards, the time anywhere in them, and narrower types.
func TestConformanceOfShards(t *testing.T) {
	t.Parallel()
	sourcetest.Run(t, func(t *testing.T, rows []sourcetest.Row) (source.Source, query.Relation) {
		t.Helper()
		score := "smallint"
		if slices.ContainsFunc(rows, func(r sourcetest.Row) bool { n, ok := r["score"].(int64); return ok && n != int64(int16(n)) }) {
			score = "varint"
		}
		name := table(t, `tenant text, year int, shard tinyint, at timestamp, id ascii, channel varchar, "text" text, score `+score+`, weight float,
			public boolean, tags set<text>, PRIMARY KEY ((year, tenant, shard), id)`)
		load(t, name, rows, func(r sourcetest.Row) {
			h := fnv.New32()
			_, _ = h.Write([]byte(r["id"].(string)))
			r["year"], r["shard"] = int64(r["at"].(time.Time).Year()), int64(h.Sum32()%3)
			if n, ok := r["weight"].(float64); ok {
				r["weight"] = float32(n)
			}
		})
		_, ks := keyspace(t)
		return opened(t, cassandra.Config{Parallel: 2, PageSize: 2}), query.Relation{Table: ks + "." + name, Partition: &query.Partition{
			Keys: []query.PartitionKey{
				{Column: "year", Type: query.Int, Bucket: "year"}, {Column: "tenant", Type: query.String},
				{Column: "shard", Type: query.Int, Values: []any{0, int64(1), 2.0}},
			},
		}}
	})
}

// load writes rows in small batches, with the columns that more adds.
func load(t *testing.T, table string, rows []sourcetest.Row, more func(sourcetest.Row)) {
	t.Helper()
	s, ks := keyspace(t)
	b := s.Batch(gocql.LoggedBatch)
	for i, r := range rows {
		if i%20 == 19 {
			if err := b.Exec(); err != nil {
				t.Fatal(err)
			}
			b = s.Batch(gocql.LoggedBatch)
		}
		r = maps.Clone(r)
		more(r)
		columns := slices.Sorted(maps.Keys(r))
		values := make([]any, len(columns))
		for i, c := range columns {
			values[i] = r[c]
		}
		b.Query("INSERT INTO "+ks+"."+table+` ("`+strings.Join(columns, `", "`)+`") VALUES (`+
			strings.TrimSuffix(strings.Repeat("?, ", len(columns)), ", ")+")", values...)
	}
	if err := b.Exec(); err != nil {
		t.Fatal(err, strconv.Itoa(len(rows)), "rows")
	}
}
