package days_test

import (
	"testing"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/source/days"
	"github.com/go-dispatcher/dispatcher/internal/source/sourcetest"
)

// What is kept for one tenant, or under one rule for rows, is not used for another: neither days nor whole answers.
func TestTenantsAndRulesTellWhatIsKeptApart(t *testing.T) {
	t.Parallel()
	rows := fortyDays()
	for i, r := range rows {
		r["tenant"] = string(rune('1' + i%2))
	}
	with := days.Options{Store: days.NewMemory(1 << 20), Now: time.Now}
	s := days.New(sourcetest.NewPlain(rows), days.Origin{Scope: "rows"}, with)
	answers := days.NewAnswers(map[string]days.Origin{"rows": {Scope: "rows"}}, with)
	only := func(column, value string) query.Compare {
		return query.Compare{Field: query.Field{Column: column, Type: query.String}, Op: query.Eq, Values: []any{value}}
	}
	tenant := only("tenant", "1")
	other := only("tenant", "2")
	for name, restrict := range map[string]func(*query.Query){
		"all":            func(*query.Query) {},
		"a tenant":       func(q *query.Query) { q.Tenant = &tenant },
		"another tenant": func(q *query.Query) { q.Tenant = &other },
		"a rule":         func(q *query.Query) { q.Where = only("channel", "a") },
		"another rule":   func(q *query.Query) { q.Where = only("channel", "b") },
		"both":           func(q *query.Query) { q.Tenant, q.Where = &other, only("channel", "b") },
	} {
		q, alone := byChannel(1, 16), byChannel(1, 16)
		restrict(q)
		restrict(alone)
		alone.Keep = nil
		if _, ok := answers.Get(t.Context(), "rows", q); ok {
			t.Errorf("%s: somebody else's answer is kept", name)
		}
		got, err := s.Query(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		answers.Put(t.Context(), "rows", q, got)
		want, err := sourcetest.NewPlain(rows).Query(t.Context(), alone)
		if err != nil {
			t.Fatal(err)
		}
		if got.Stats.Kept != 0 || got.Frame.Rows() != want.Frame.Rows() {
			t.Errorf("%s: of %d days %d rows are somebody else's", name, got.Stats.Kept, got.Frame.Rows())
		}
	}
}
