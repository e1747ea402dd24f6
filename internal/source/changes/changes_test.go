package changes_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/source"
	"github.com/go-dispatcher/dispatcher/internal/source/changes"
	"github.com/go-dispatcher/dispatcher/internal/source/sourcetest"
)

// store counts how often it is asked, may fail, and has what it was asked last.
type store struct {
	source.Source
	asked atomic.Int64
	fails atomic.Bool
	last  atomic.Pointer[query.Query]
}

func (s *store) Query(ctx context.Context, q *query.Query) (*source.Result, error) {
	s.asked.Add(1)
	s.last.Store(q)
	if s.fails.Load() {
		return nil, errors.New("away")
	}
	return s.Source.Query(ctx, q)
}

func day(n int) time.Time { return time.Date(2001, 3, n, 0, 0, 0, 0, time.UTC) }

func edges(from, to int) (out []time.Time) {
	for n := from; n <= to; n++ {
		out = append(out, day(n))
	}
	return out
}

// posts is what tells changes of a tenant's posts.
func posts(tenant string, timed bool) *query.Changes {
	q := &query.Query{
		Dataset: "posts", Relation: query.Relation{Table: "posts"}, MaxRows: 1, Measures: []query.Measure{{Name: "posts", Agg: query.Count}},
		Tenant: &query.Compare{Field: query.Field{Column: "tenant", Type: query.String}, Op: query.Eq, Values: []any{tenant}},
	}
	if timed {
		q.Time = &query.TimeField{Column: "at", Storage: query.StorageTimestamp}
	}
	return &query.Changes{Query: q, Every: time.Minute}
}

// A store is asked for the days alone of which nothing is known since a while, by one query; what it says of others, and of other tenants, changes nothing.
func TestWhatIsAsked(t *testing.T) {
	t.Parallel()
	rows := []sourcetest.Row{{"tenant": "1", "at": day(3).Add(time.Hour)}, {"tenant": "2", "at": day(3).Add(time.Hour)}}
	inner := &store{Source: sourcetest.NewPlain(rows)}
	now := day(20)
	w := changes.NewWatch(inner, func() time.Time { return now })
	version := func(tenant string, timed bool, from, to int, asks int64) string {
		t.Helper()
		before := inner.asked.Load()
		text, err := w.Version(t.Context(), posts(tenant, timed), edges(from, to))
		if err != nil || text == "" {
			t.Fatalf("%q, %v", text, err)
		}
		if n := inner.asked.Load() - before; n != asks {
			t.Errorf("of days %d to %d the store was asked %d times", from, to, n)
		}
		return text
	}
	first := version("1", true, 1, 6, 1)
	if version("1", true, 1, 6, 0) != first {
		t.Error("it is another one, and nobody asked")
	}
	version("1", true, 4, 9, 1)
	if r := inner.last.Load().Range; !r.From.Equal(day(6)) || !r.To.Equal(day(9)) {
		t.Errorf("it was asked from %s to %s", r.From, r.To)
	}
	if version("2", true, 1, 6, 1) == first {
		t.Error("two tenants have one version")
	}
	if version("1", false, 1, 6, 1) == first || version("1", false, 2, 9, 0) == "" {
		t.Error("all rows have the version of some days")
	}
	inner.Source = sourcetest.NewPlain(append(rows, sourcetest.Row{"tenant": "1", "at": day(5).Add(time.Hour)}))
	now = now.Add(time.Minute)
	early := version("1", true, 1, 5, 1)
	if version("1", true, 1, 6, 1) == first {
		t.Error("a row that came is not seen")
	}
	if now = now.Add(time.Hour); version("1", true, 1, 5, 1) != early {
		t.Error("days without a change have another version")
	}
}

// Those who ask at the same time have the store asked once; its failure is nobody's version, and the next who asks tries again.
func TestOneAsks(t *testing.T) {
	t.Parallel()
	inner := &store{Source: sourcetest.NewPlain(nil)}
	w := changes.NewWatch(inner, time.Now)
	inner.fails.Store(true)
	if _, err := w.Version(t.Context(), posts("1", true), edges(1, 3)); err == nil {
		t.Error("a failure has a version")
	}
	inner.fails.Store(false)
	inner.asked.Store(0)
	var asking sync.WaitGroup
	for range 32 {
		asking.Go(func() {
			if _, err := w.Version(t.Context(), posts("1", true), edges(1, 3)); err != nil {
				t.Error(err)
			}
		})
	}
	asking.Wait()
	if n := inner.asked.Load(); n != 1 {
		t.Errorf("the store was asked %d times", n)
	}
}

// What is shared has the state of the rows in its question; where it is not to be had, nothing is shared.
func TestWhatIsSharedIsOfOneState(t *testing.T) {
	t.Parallel()
	inner := &store{Source: sourcetest.NewPlain(nil)}
	now := day(20)
	s := changes.New(inner, changes.NewWatch(inner, func() time.Time { return now }))
	ask := func() *query.Share {
		t.Helper()
		q := *posts("1", true).Query
		q.Range, q.Share = query.Range{From: day(1), To: day(3)}, &query.Share{FreshFor: time.Hour, Tenant: "1", Changes: posts("1", true)}
		_, err := s.Query(t.Context(), &q)
		if err != nil && !inner.fails.Load() {
			t.Fatal(err)
		}
		if q.Share.Version != "" || q.Share.Changes == nil {
			t.Error("the caller's query is changed")
		}
		return inner.last.Load().Share
	}
	first := ask()
	if first == nil || first.Version == "" || first.Changes != nil || first.Tenant != "1" {
		t.Fatalf("it is shared by %+v", first)
	}
	inner.Source = sourcetest.NewPlain([]sourcetest.Row{{"tenant": "1", "at": day(2)}})
	if again := ask(); again.Version != first.Version {
		t.Error("the store is asked too often")
	}
	now = now.Add(time.Minute)
	if again := ask(); again.Version == first.Version {
		t.Error("a row that came is not seen")
	}
	inner.fails.Store(true)
	now = now.Add(time.Minute)
	if shared := ask(); shared != nil {
		t.Errorf("of rows in no known state it is shared by %+v", shared)
	}
}
