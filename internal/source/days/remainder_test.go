package days_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/source"
	"github.com/go-dispatcher/dispatcher/internal/source/days"
	"github.com/go-dispatcher/dispatcher/internal/source/sourcetest"
)

// What is said to remain of a query is what its store is asked then: all of it at first, the days that came since, nothing of what is kept, and what was purged. Saying so asks the store for nothing, and changes nothing.
func TestWhatRemainsIsWhatIsAsked(t *testing.T) {
	t.Parallel()
	inner := &listening{Source: sourcetest.NewPlain(fortyDays())}
	purged, now := "", time.Date(2001, 4, 20, 0, 0, 0, 0, time.UTC)
	s := days.New(inner, days.Origin{Scope: "rows"}, days.Options{
		Store: days.NewMemory(1 << 20), Now: func() time.Time { return now }, Purged: func(string) string { return purged },
	})
	byDay := func(from, to, closed int) *query.Query {
		q := byChannel(from, to)
		q.Groups = []query.Group{{Name: "day", Field: query.Field{Column: "at", Type: query.Time}, Buckets: &query.Buckets{Edges: keepOf(q.Range, time.UTC, q.Range.To).Days}}}
		q.Keep = keepOf(q.Range, time.UTC, time.Date(2001, 3, closed, 0, 0, 0, 0, time.UTC))
		q.Keep.MaxAge = time.Hour
		return q
	}
	for name, c := range []struct {
		q      *query.Query
		before func()
		want   string
	}{
		{q: byDay(1, 11, 9), want: "1-9 9-11"},
		{q: byDay(1, 11, 9), want: "9-11"},
		{q: byDay(1, 12, 11), want: "11-12 9-11"},
		{q: byDay(3, 7, 7), want: ""},
		{q: byDay(3, 7, 7), before: func() { now = now.Add(2 * time.Hour) }, want: "3-7"},
		{q: byDay(3, 7, 7), before: func() { purged = "once" }, want: "3-7"},
		{q: byChannel(20, 30), want: "20-30"},
		{q: byChannel(21, 31), want: "30-31"},
	} {
		if c.before != nil {
			c.before()
		}
		for range 2 {
			var left []string
			for _, q := range source.Remainder(t.Context(), s, c.q) {
				left = append(left, fmt.Sprintf("%d-%d", q.Range.From.YearDay()-59, q.Range.To.YearDay()-59))
			}
			slices.Sort(left)
			if got := strings.Join(left, " "); got != c.want {
				t.Errorf("%d: %q remains, want %q", name, got, c.want)
			}
		}
		if got := inner.heard(); got != "" {
			t.Errorf("%d: %q was asked for it", name, got)
		}
		if _, err := s.Query(t.Context(), c.q); err != nil {
			t.Fatal(err)
		}
		if got := inner.heard(); got != c.want {
			t.Errorf("%d: %q was asked, want %q", name, got, c.want)
		}
	}
}
