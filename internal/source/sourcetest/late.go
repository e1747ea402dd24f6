package sourcetest

import (
	"context"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/source"
	"github.com/go-dispatcher/dispatcher/internal/source/changes"
	"github.com/go-dispatcher/dispatcher/internal/source/days"
)

// table is a source with the relation that has its rows.
type table struct {
	source.Source
	relation query.Relation
}

// moving is a source whose rows are those of one table, and then those of another.
type moving struct {
	source.Source
	at    atomic.Pointer[table]
	asked atomic.Int64
}

func (m *moving) Query(ctx context.Context, q *query.Query) (*source.Result, error) {
	m.asked.Add(1)
	at, of := m.at.Load(), *q
	of.Relation = at.relation
	return at.Query(ctx, &of)
}

// late has rows come late on days that are kept: by a few values of them the store says so, of the tenant whose rows they are, when it is asked for them again.
func late(t *testing.T, open Open) {
	t.Helper()
	rows := Rows()
	changed := append(slices.Clone(rows), Row{
		"tenant": "1", "id": "late", "at": time.Date(2002, 4, 20, 10, 0, 0, 0, time.UTC), "channel": "mail", "text": "late", "score": int64(4), "weight": 1.0, "public": true, "tags": nil,
	})
	opened := func(rows []Row) *table {
		s, relation := open(t, rows)
		return &table{s, relation}
	}
	before, after := opened(rows), opened(changed)
	if before.relation.Call != nil {
		return // of what a call returns no days are kept
	}
	m := &moving{Source: before}
	m.at.Store(before)
	now := time.Date(2003, 1, 1, 0, 0, 0, 0, time.UTC)
	clock := func() time.Time { return now }
	s := days.New(m, days.Origin{Scope: "late", Changes: changes.NewWatch(m, clock)}, days.Options{Store: days.NewMemory(1 << 20), Now: clock})
	ask := func(tenant string, rows []Row) (kept int, asked int64) {
		t.Helper()
		q := base(before.relation)
		q.Tenant.Values = []any{tenant}
		q.Range = query.Range{From: time.Date(2002, 3, 1, 0, 0, 0, 0, time.UTC), To: time.Date(2002, 12, 1, 0, 0, 0, 0, time.UTC)}
		q.Groups = []query.Group{{Name: "channel", Field: fields()["channel"]}}
		q.Measures = []query.Measure{{Name: "posts", Agg: query.Count}}
		watched := *q
		watched.Groups, watched.Range = nil, query.Range{}
		watched.Measures = []query.Measure{{Name: "rows", Agg: query.Count}, {Name: "newest", Agg: query.Max, Field: query.Field{Column: "at", Type: query.Time}, Storage: q.Time.Storage, Zone: q.Time.Zone}}
		q.Keep = &query.Keep{Zone: "UTC", Changes: &query.Changes{Query: &watched, Every: time.Minute}}
		for day := q.Range.From; !day.After(q.Range.To); day = day.AddDate(0, 0, 1) {
			q.Keep.Days = append(q.Keep.Days, day)
		}
		before := m.asked.Load()
		r, err := s.Query(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		want, err := answer(q, rows)
		if err != nil {
			t.Fatal(err)
		}
		if got := valuesOf(r); !same(got, want) {
			t.Errorf("tenant %s\ngot  %v\nwant %v", tenant, got, want)
		}
		return r.Stats.Kept, m.asked.Load() - before
	}
	for _, tenant := range []string{"1", "2"} {
		if kept, asked := ask(tenant, rows); kept != 0 || asked != 2 {
			t.Errorf("at first %d days of tenant %s were kept, and the store asked %d times", kept, tenant, asked)
		}
	}
	m.at.Store(after)
	if kept, asked := ask("1", rows); kept != 275 || asked != 0 {
		t.Errorf("while what was said is believed %d days were kept, and the store asked %d times", kept, asked)
	}
	now = now.Add(time.Minute)
	if kept, _ := ask("1", changed); kept == 275 {
		t.Error("what came late is not seen")
	}
	if kept, asked := ask("2", changed); kept != 275 || asked != 1 {
		t.Errorf("for another's rows %d days were kept, and the store asked %d times", kept, asked)
	}
}
