package cassandra_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	gocql "github.com/apache/cassandra-gocql-driver/v2"

	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/source"
	"github.com/go-dispatcher/dispatcher/internal/source/cassandra"
	"github.com/go-dispatcher/dispatcher/internal/testenv"
)

// taking takes rows until its function wants no more.
type taking func(ctx context.Context, n int, row []any) bool

func (f taking) Compute(ctx context.Context, _ *query.Query, _ []query.Field, rows iter.Seq2[[]any, error]) (*source.Result, error) {
	n := 0
	for row, err := range rows {
		if err != nil {
			return nil, err
		}
		if n++; !f(ctx, n, row) {
			return nil, errEnough
		}
	}
	return &source.Result{Stats: source.Stats{Scanned: int64(n)}}, nil
}

var errEnough = errors.New("enough")

// wide is a table of n rows in each of the shards 0 to 7 of tenant 1.
func wide(t testing.TB, n int) query.Relation {
	t.Helper()
	name := table(t, "tenant text, shard int, id int, amount int, kind text, PRIMARY KEY ((tenant, shard), id)")
	s, ks := keyspace(t)
	var writing sync.WaitGroup
	for shard := range 8 {
		writing.Go(func() {
			for from := 0; from < n; from += 100 {
				b := s.Batch(gocql.UnloggedBatch)
				for id := from; id < min(n, from+100); id++ {
					b.Query("INSERT INTO "+ks+"."+name+" (tenant, shard, id, amount, kind) VALUES ('1', ?, ?, ?, ?)", shard, id, id%1000, fmt.Sprintf("kind %d", id%7))
				}
				if err := b.Exec(); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	writing.Wait()
	return query.Relation{Table: name, Partition: &query.Partition{Keys: []query.PartitionKey{
		{Column: "tenant", Type: query.String}, {Column: "shard", Type: query.Int, Values: []any{0, 1, 2, 3, 4, 5, 6, 7}},
	}}}
}

// summed returns a sum by kind over a wide table.
func summed(r query.Relation) *query.Query {
	return &query.Query{
		Dataset: "d", Relation: r, MaxRows: 100,
		Tenant:   &query.Compare{Field: query.Field{Column: "tenant", Type: query.String}, Op: query.Eq, Values: []any{"1"}},
		Groups:   []query.Group{{Name: "kind", Field: query.Field{Column: "kind", Type: query.String}}},
		Measures: []query.Measure{{Name: "sum", Agg: query.Sum, Field: query.Field{Column: "amount", Type: query.Int}}},
	}
}

// readers counts the goroutines that read partitions, or wait for those that do.
func readers() int {
	buffer := make([]byte, 1<<20)
	n := 0
	for g := range strings.SplitSeq(string(buffer[:runtime.Stack(buffer, true)]), "\n\n") {
		if strings.Contains(g, "(*Source).readPartition") || strings.Contains(g, "(*Source).rows.func1.") || strings.Contains(g, "gocql.(*nextIter)") {
			n++
		}
	}
	return n
}

// Not in parallel: it counts the goroutines of all queries.
func TestReadersEnd(t *testing.T) { //nolint:paralleltest // see above
	relation := wide(t, 2000)
	during := 0
	for _, c := range []struct {
		name string
		stop func(cancel func()) taking
		want func(error) bool
	}{
		{"a cancel in the middle of paging", func(cancel func()) taking {
			return func(_ context.Context, n int, _ []any) bool {
				if n == 3000 {
					during = readers()
					cancel()
				}
				return true
			}
		}, func(err error) bool { return fault.ClassOf(err) == fault.Canceled }},
		{"no more wanted", func(func()) taking {
			return func(_ context.Context, n int, _ []any) bool { return n < 3000 }
		}, func(err error) bool { return errors.Is(err, errEnough) }},
		{"nothing wanted while all readers wait", func(func()) taking {
			return func(_ context.Context, _ int, _ []any) bool {
				time.Sleep(100 * time.Millisecond)
				return false
			}
		}, func(err error) bool { return errors.Is(err, errEnough) }},
		{"the end", func(func()) taking {
			return func(_ context.Context, n int, _ []any) bool { return n <= 16_000 }
		}, func(err error) bool { return err == nil }},
	} {
		ctx, cancel := context.WithCancel(t.Context())
		s := opened(t, cassandra.Config{PageSize: 50, Parallel: 4, Local: c.stop(cancel)})
		if _, err := s.Query(ctx, summed(relation)); !c.want(err) {
			t.Errorf("%s: %v", c.name, err)
		}
		// Query waits for its readers. One that has said so may have its return left.
		testenv.Eventually(t, time.Minute, c.name+": no goroutine is left", func() (bool, string) {
			n := readers()
			return n == 0, fmt.Sprint(n)
		})
		cancel()
	}
	if during == 0 {
		t.Error("no goroutine is seen while there are some: the test counts nothing")
	}
}

func TestRowsAreBounded(t *testing.T) {
	t.Parallel()
	relation := wide(t, 30) // 240 rows
	for most, reason := range map[int64]string{239: "source_limit", 240: ""} {
		s := opened(t, cassandra.Config{MaxScannedRows: most})
		grouped, total := summed(relation), summed(relation)
		total.Groups = nil
		if cassandra.Merged(grouped) || !cassandra.Merged(total) {
			t.Fatal("one query is read, the other computed by the server")
		}
		for _, q := range []*query.Query{grouped, total} {
			r, err := s.Query(t.Context(), q)
			if reason == "" && (err != nil || r.Stats.Scanned != 240 || r.Stats.Bytes == 0) || reason != "" && (fault.ReasonOf(err) != reason || fault.ClassOf(err) != fault.Permanent) {
				t.Errorf("at most %d rows, %d groups: %v, %v", most, len(q.Groups), r, err)
			}
		}
	}
}
