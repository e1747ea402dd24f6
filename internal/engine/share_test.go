package engine_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"

	"github.com/go-dispatcher/dispatcher/internal/engine"
	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/format"
	"github.com/go-dispatcher/dispatcher/internal/models"
	"github.com/go-dispatcher/dispatcher/internal/plan"
	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/source"
)

// counted counts the queries, and fails those that aggregate a column.
type counted struct {
	source.Source
	failing string

	mu      sync.Mutex
	queries int
}

func (c *counted) Query(ctx context.Context, q *query.Query) (*source.Result, error) {
	c.mu.Lock()
	c.queries++
	c.mu.Unlock()
	for _, m := range q.Measures {
		if slices.ContainsFunc(m.Plain(), func(p query.Measure) bool { return c.failing != "" && p.Field.Column == c.failing }) {
			return nil, fault.New(fault.Permanent, "source_overflow", "", errors.New("too large"))
		}
	}
	return c.Source.Query(ctx, q)
}

// TestStepsThatShareTheirRowsAreOneQuery compares a page with its widgets asked one by one: equal answers from fewer queries, and a
// measure that fails costs its own widget alone.
func TestStepsThatShareTheirRowsAreOneQuery(t *testing.T) {
	t.Parallel()
	page := newPage(t, `      first: {kind: stat, measures: [posts], compare: prior_period}
      authors: {kind: stat, measures: [authors, posts], compare: prior_period}
      reach: {kind: stat, measures: [reach, reply_share], compare: prior_period}
      negative: {kind: stat, where: sentiment == "negative", measures: [posts], compare: prior_period}
      days: {kind: timeseries, measures: [posts], grain: day, compare: prior_period}
      moods: {kind: timeseries, measures: [positive, net_sentiment], grain: day, compare: prior_period}
      weeks: {kind: timeseries, measures: [posts], grain: week, compare: prior_period}
      top: {kind: breakdown, dimension: channel, measures: [posts]}
      least: {kind: breakdown, dimension: channel, measures: [authors]}
`)
	ask := func(failing string, widgets ...string) (answers map[string]string, queries int) {
		c := &counted{Source: page.engine.Sources["conversations"], failing: failing}
		p, err := plan.Build(&models.Request{CompanyID: "1", StartDate: "2002-09-01", EndDate: "2002-09-30", SelectedWidgets: widgets},
			page.cat.Pages["P"], page.cat, planned(t, "Default", &models.Request{}).Widgets[0].Now)
		if err != nil {
			t.Fatal(err)
		}
		answers = make(map[string]string)
		var mu sync.Mutex
		e := engine.Engine{Workers: 2, Sources: map[string]source.Source{"conversations": c}}
		if err := e.Run(t.Context(), p, none, func(_ context.Context, w *plan.Widget, data *format.Data, err error) error {
			text := fault.ReasonOf(err)
			if err == nil {
				raw, err := models.Marshal(data.Data)
				if err != nil {
					t.Fatal(err)
				}
				text = string(raw)
			}
			mu.Lock()
			defer mu.Unlock()
			answers[w.ID] = text
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		return answers, c.queries
	}
	whole, queries := ask("")
	// first 2, negative 2, days, moods, weeks and reach 2, top, least and authors 1, the authors before 1.
	if len(whole) != 9 || queries != 8 {
		t.Errorf("%d widgets from %d queries, want 9 from 8", len(whole), queries)
	}
	for id, want := range whole {
		if alone, _ := ask("", id); alone[id] != want {
			t.Errorf("%s: %s, alone %s", id, want, alone[id])
		}
	}
	failed, _ := ask("followers")
	for id, want := range whole {
		if id == "reach" {
			want = "source_overflow"
		}
		if failed[id] != want {
			t.Errorf("with a measure that fails, %s: %s, want %s", id, failed[id], want)
		}
	}
}
