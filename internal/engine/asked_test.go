package engine_test

import (
	"context"
	"slices"
	"sync"
	"testing"

	"github.com/go-dispatcher/dispatcher/internal/engine"
	"github.com/go-dispatcher/dispatcher/internal/format"
	"github.com/go-dispatcher/dispatcher/internal/models"
	"github.com/go-dispatcher/dispatcher/internal/plan"
	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/source"
)

// noted remembers the questions that a source was asked.
type noted struct {
	source.Source
	mu    sync.Mutex
	asked []query.Key
}

func (n *noted) Query(ctx context.Context, q *query.Query) (*source.Result, error) {
	n.mu.Lock()
	n.asked = append(n.asked, q.Key())
	n.mu.Unlock()
	return n.Source.Query(ctx, q)
}

// TestAskedIsWhatARunAsks: what is said of a page's queries is what a run of it then asks, and every step of every widget is answered by one of them.
func TestAskedIsWhatARunAsks(t *testing.T) {
	t.Parallel()
	p := planned(t, "ResearchInsightsPage", &models.Request{CompanyID: "1", StartDate: "2002-09-01", EndDate: "2002-09-30"})
	inner := conversations(t)
	n := &noted{Source: inner}
	e := &engine.Engine{Workers: 2, Sources: map[string]source.Source{"conversations": source.AbilitiesOf(inner).On(n)}}
	var want []query.Key
	answered := make(map[string]int)
	ways := make(map[engine.How]int)
	for _, a := range e.Asked(t.Context(), p) {
		if a.Source != "conversations" {
			continue
		}
		for _, sent := range a.Sent {
			want = append(want, sent.Query.Key())
		}
		for _, one := range a.Answers {
			answered[one.Widget+" "+string(one.Role)]++
			ways[one.How]++
			if one.Why() == "" {
				t.Errorf("%s: nobody says why", one.Widget)
			}
		}
	}
	for i := range p.Widgets {
		for _, step := range p.Widgets[i].Steps {
			if step.Source == "conversations" && answered[p.Widgets[i].ID+" "+string(step.Role)] != 1 {
				t.Errorf("%s %s is answered %d times", p.Widgets[i].ID, step.Role, answered[p.Widgets[i].ID+" "+string(step.Role)])
			}
		}
	}
	if ways[engine.Derived] < 5 || ways[engine.Alone] < 5 {
		t.Errorf("made so: %v", ways)
	}
	if err := e.Run(t.Context(), p, none, func(context.Context, *plan.Widget, *format.Data, error) error { return nil }); err != nil {
		t.Fatal(err)
	}
	for _, key := range want {
		if !slices.Contains(n.asked, key) {
			t.Error("a query that would be asked is not")
		}
	}
	if followed := len(n.asked) - len(want); followed < 0 || followed > 3 { // what waits for others' answers
		t.Errorf("%d queries are asked, %d would be", len(n.asked), len(want))
	}
}
