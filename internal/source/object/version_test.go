package object_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/minio/minio-go/v7"

	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/source/days"
	"github.com/go-dispatcher/dispatcher/internal/source/object"
)

// What is kept of days holds until an object of theirs is replaced, comes or goes: then these days are computed anew, and the others are not.
func TestKeptDaysFollowTheirObjects(t *testing.T) {
	t.Parallel()
	b := newBucket(t, servers()["minio"](t))
	put := func(day, rows int, name string) {
		at := start.AddDate(0, 0, day)
		b.put(at.Format("d/2006/01/02/")+name, export(t, fmt.Sprintf("SELECT TIMESTAMP '%s' + to_minutes(i) AS at FROM range(%d) t(i)", at.Format(time.DateTime), rows), "FORMAT parquet"))
	}
	for day := range 6 {
		put(day, 10, "x.parquet")
	}
	s := b.source(nil)
	kept := days.New(s, days.Origin{Scope: "objects", Versions: s}, days.Options{Store: days.NewMemory(1 << 20), Now: time.Now})
	answers := days.NewAnswers(map[string]days.Origin{"objects": {Scope: "objects", Versions: s}}, days.Options{Store: days.NewMemory(1 << 20), Now: time.Now})
	edges := make([]time.Time, 7)
	for i := range edges {
		edges[i] = start.AddDate(0, 0, i)
	}
	q := &query.Query{
		Dataset: "d", Relation: query.Relation{Files: []string{"d/{yyyy}/{mm}/{dd}/*.parquet"}, Format: "parquet"}, MaxRows: 100,
		Time: &query.TimeField{Column: "at", Storage: query.StorageTimestamp}, Range: query.Range{From: edges[0], To: edges[6]},
		Groups: []query.Group{{
			Name: "day", Field: query.Field{Column: "at", Type: query.Time}, Storage: query.StorageTimestamp, Buckets: &query.Buckets{Edges: edges},
		}},
		Measures: []query.Measure{{Name: "rows", Agg: query.Count}}, Keep: &query.Keep{Zone: "UTC", Days: edges},
	}
	ask := func(what string, wantKept int, want ...int64) {
		t.Helper()
		again := true
		r, ok := answers.Get(t.Context(), "objects", q)
		if !ok {
			again = false
			var err error
			if r, err = kept.Query(t.Context(), q); err != nil {
				t.Fatal(err)
			}
			answers.Put(t.Context(), "objects", q, r)
		}
		var got []int64
		for row := range r.Frame.Rows() {
			n, _ := r.Frame.At(1).Int(row)
			got = append(got, n)
		}
		if !slices.Equal(got, want) || r.Stats.Kept != wantKept {
			t.Errorf("%s: %v, %d days kept (the whole answer: %t); want %v, %d", what, got, r.Stats.Kept, again, want, wantKept)
		}
	}
	ask("the first time", 0, 10, 10, 10, 10, 10, 10)
	ask("again", 6, 10, 10, 10, 10, 10, 10)
	put(2, 11, "x.parquet")
	ask("an object is replaced", 5, 10, 10, 11, 10, 10, 10)
	put(4, 5, "y.parquet")
	ask("another one comes late", 5, 10, 10, 11, 10, 15, 10)
	if err := b.client.RemoveObject(t.Context(), b.name, start.AddDate(0, 0, 4).Format("d/2006/01/02/")+"y.parquet", minio.RemoveObjectOptions{}); err != nil {
		t.Fatal(err)
	}
	ask("it is removed", 5, 10, 10, 11, 10, 10, 10)
	ask("again after that", 6, 10, 10, 11, 10, 10, 10)
}

// What one look at the objects has seen every later one sees, whatever days either is for: what is kept would else be of other objects than it says.
func TestNoLookIsOlderThanOneBefore(t *testing.T) {
	t.Parallel()
	b := newBucket(t, servers()["minio"](t))
	put := func(name string) {
		b.put(start.Format("d/2006/01/02/")+name, export(t, "SELECT TIMESTAMP '"+start.Format(time.DateTime)+"' AS at", "FORMAT parquet"))
	}
	put("x.parquet")
	var now time.Duration
	s := b.source(func(c *object.Config) {
		c.ListFor, c.Now = 5*time.Second, func() time.Time { return start.Add(now) }
	})
	version := func(days int) string {
		t.Helper()
		text, err := s.Version(t.Context(), &query.Query{
			Dataset: "d", Relation: query.Relation{Files: []string{"d/{yyyy}/{mm}/{dd}/*.parquet"}, Format: "parquet"},
			Time: &query.TimeField{Column: "at", Storage: query.StorageTimestamp}, Range: query.Range{From: start, To: start.AddDate(0, 0, days)},
		})
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	const day, year = 1, 365
	before, all := version(day), version(year) // the day alone, and then more than that
	now = 4 * time.Second
	put("y.parquet")
	for ; now < 30*time.Second; now += 700 * time.Millisecond {
		first, then := day, year
		if now/time.Second%2 == 0 {
			first, then = year, day
		}
		was := map[int]string{day: before, year: all}
		if version(first) != was[first] && version(then) == was[then] {
			t.Errorf("after %s what is seen over %d days is not seen over %d a moment later", now, first, then)
		}
	}
	if version(day) == before || version(year) == all {
		t.Error("what came is never seen")
	}

	now += time.Minute
	before = version(day) // and a year of which nothing is listed yet
	put("z.parquet")
	now += 4 * time.Second
	if all := version(year); version(day) == before {
		t.Errorf("a listing of all (%s) left that of a day as it was", all)
	}
}
