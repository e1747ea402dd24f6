package days_test

import (
	"context"
	"testing"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/source"
	"github.com/go-dispatcher/dispatcher/internal/source/days"
	"github.com/go-dispatcher/dispatcher/internal/source/sourcetest"
)

// changing is a store whose rows change, and that counts how often it is asked.
type changing struct {
	source.Source
	rows  []sourcetest.Row
	asked int
}

func (c *changing) Query(ctx context.Context, q *query.Query) (*source.Result, error) {
	c.asked++
	return sourcetest.NewPlain(c.rows).Query(ctx, q)
}

// What is kept holds for its age and its version; days that are not over are asked each time.
func TestWhatIsKeptIsAsFreshAsItSays(t *testing.T) {
	t.Parallel()
	day := func(n int) time.Time { return time.Date(2002, 3, n, 0, 0, 0, 0, time.UTC) }
	post := func(tenant string, at time.Time) sourcetest.Row { return sourcetest.Row{"tenant": tenant, "at": at} }
	inner := &changing{rows: []sourcetest.Row{post("1", day(2)), post("1", day(9)), post("2", day(3))}}
	now := day(10)
	observed := make(map[string][2]int)
	s := days.New(inner, days.Origin{Scope: "rows"}, days.Options{Store: days.NewMemory(1 << 20), Now: func() time.Time { return now }, Observe: func(dataset string, kept, computed int) {
		observed[dataset] = [2]int{observed[dataset][0] + kept, observed[dataset][1] + computed}
	}})
	ask := func(tenant, version string) (posts int64, kept, asked int, asOf time.Time) {
		t.Helper()
		before := inner.asked
		q := &query.Query{
			Dataset: "posts", Relation: query.Relation{Table: "rows"}, MaxRows: 100, Time: &query.TimeField{Column: "at", Storage: query.StorageTimestamp},
			Tenant: &query.Compare{Field: query.Field{Column: "tenant", Type: query.String}, Op: query.Eq, Values: []any{tenant}},
			Range:  query.Range{From: day(1), To: day(20)}, Measures: []query.Measure{{Name: "posts", Agg: query.Count}},
		}
		q.Keep = keepOf(q.Range, time.UTC, now)
		q.Keep.MaxAge, q.Keep.Version = time.Hour, version
		r, err := s.Query(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		n, _ := r.Frame.At(0).Int(0)
		return n, r.Stats.Kept, inner.asked - before, r.AsOf
	}
	check := func(what, tenant, version string, wantPosts int64, wantKept, wantAsked int) {
		t.Helper()
		if posts, kept, asked, _ := ask(tenant, version); posts != wantPosts || kept != wantKept || asked != wantAsked {
			t.Errorf("%s: %d posts, %d days kept, asked %d times; want %d, %d, %d", what, posts, kept, asked, wantPosts, wantKept, wantAsked)
		}
	}
	check("the first time the days are kept", "1", "a", 2, 0, 2)
	check("from then on the open days are asked", "1", "a", 2, 9, 1)
	inner.rows = append(inner.rows, post("1", day(11)))
	check("what comes on open days is there", "1", "a", 3, 9, 1)
	inner.rows = append(inner.rows, post("1", day(4)))
	now = now.Add(30 * time.Minute)
	check("what comes late is not", "1", "a", 3, 9, 1)
	if _, _, _, asOf := ask("1", "a"); !asOf.Equal(day(10)) {
		t.Errorf("as of %s, want when the days were computed", asOf)
	}
	now = now.Add(time.Hour)
	check("until what is kept is too old", "1", "a", 4, 0, 2)
	check("another version", "1", "b", 4, 0, 2)
	check("another tenant", "2", "a", 1, 0, 2)
	if got := observed["posts"]; got != [2]int{36, 36} {
		t.Errorf("%d days were kept and %d computed, as it was observed", got[0], got[1])
	}
}

// A purge of some days has these computed anew, and the others not; one of another tenant's changes nothing.
func TestAPurgeOfSomeDays(t *testing.T) {
	t.Parallel()
	inner := &listening{Source: sourcetest.NewPlain(fortyDays())}
	text := ""
	purged := query.Range{From: time.Date(2001, 3, 6, 0, 0, 0, 0, time.UTC), To: time.Date(2001, 3, 7, 0, 0, 0, 0, time.UTC)}
	with := days.Options{Store: days.NewMemory(1 << 20), Now: time.Now, PurgedDays: func(dataset, tenant string, over query.Range) string {
		if dataset == "posts" && tenant == "7" && over.To.After(purged.From) && over.From.Before(purged.To) {
			return text
		}
		return ""
	}}
	s, answers := days.New(inner, days.Origin{Scope: "rows"}, with), days.NewAnswers(map[string]days.Origin{"rows": {Scope: "rows"}}, with)
	ask := func(tenant string, from, to int) string {
		t.Helper()
		q := byChannel(from, to)
		q.Keep.Tenant = tenant
		q.Where = query.Compare{Field: query.Field{Column: "tenant", Type: query.String}, Op: query.Ne, Values: []any{tenant + "0"}}
		if _, ok := answers.Get(t.Context(), "rows", q); ok {
			return "the answer"
		}
		r, err := s.Query(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		answers.Put(t.Context(), "rows", q, r)
		return inner.heard()
	}
	for _, tenant := range []string{"7", "8"} {
		ask(tenant, 1, 5)
		ask(tenant, 5, 10)
	}
	text = " purged"
	for name, c := range map[string][2]string{
		"days before":      {ask("7", 1, 5), "the answer"},
		"the days":         {ask("7", 5, 10), "6-10"},
		"another tenant's": {ask("8", 5, 10), "the answer"},
	} {
		if c[0] != c[1] {
			t.Errorf("of %s %q is asked, want %q", name, c[0], c[1])
		}
	}
}
