package engine_test

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/engine"
	"github.com/go-dispatcher/dispatcher/internal/format"
	"github.com/go-dispatcher/dispatcher/internal/models"
	"github.com/go-dispatcher/dispatcher/internal/plan"
	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/source"
)

// single is a page of widgets with one query each, the first of which is the cheapest.
func single(t *testing.T) (p *plan.Plan, first string) {
	t.Helper()
	p = planned(t, "ResearchInsightsPage", &models.Request{StartDate: "2002-09-01", EndDate: "2002-09-30"})
	p.Widgets = slices.DeleteFunc(p.Widgets, func(w plan.Widget) bool { return len(w.Steps) != 1 || w.Follow != nil })
	for i := range p.Widgets {
		p.Widgets[i].Cost = i
		q := *p.Widgets[i].Steps[0].Query
		q.Timeout += time.Duration(i) // none is shared
		p.Widgets[i].Steps[0].Query = &q
	}
	return p, p.Widgets[0].ID
}

// What would keep the processors from sending the first widget begins when it has been sent, or would have been.
func TestOthersBeginWhenTheFirstWidgetIsSent(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		written func() <-chan struct{}
		after   time.Duration // the report
	}{
		"nobody knows": {nil, 0},
		"sent at once": {func() <-chan struct{} { return nil }, 0},
		"sent later": {func() <-chan struct{} {
			sent := make(chan struct{})
			time.AfterFunc(time.Millisecond, func() { close(sent) })
			return sent
		}, time.Millisecond},
		"never sent": {func() <-chan struct{} { return make(chan struct{}) }, 2 * time.Millisecond},
	} {
		p, first := single(t)
		timeout := p.Widgets[0].Steps[0].Query.Timeout
		synctest.Test(t, func(t *testing.T) {
			var reported time.Time
			var begun []time.Time
			var mu sync.Mutex
			e := engine.Engine{Workers: 2, Embedded: map[string]bool{"conversations": true}, Sources: map[string]source.Source{"conversations": stub{query: func(_ context.Context, q *query.Query) (*source.Result, error) {
				if q.Timeout == timeout {
					time.Sleep(3 * time.Millisecond)
					return nil, context.DeadlineExceeded
				}
				mu.Lock()
				defer mu.Unlock()
				begun = append(begun, time.Now())
				return nil, context.DeadlineExceeded
			}}}}
			run := e.Prepare(p, none)
			run.Written = c.written
			if err := run.Run(t.Context(), func(_ context.Context, w *plan.Widget, _ *format.Data, _ error) error {
				if w.ID == first {
					reported = time.Now()
				}
				return nil
			}); err != nil {
				t.Fatal(err)
			}
			if got := begun[0].Sub(reported); got != c.after {
				t.Errorf("%s: another query began %v after the first widget was reported, want %v", name, got, c.after)
			}
		})
	}
}

// forgets keeps answers, and has none.
type forgets struct{}

func (forgets) Get(context.Context, string, *query.Query) (*source.Result, bool) { return nil, false }
func (forgets) Put(context.Context, string, *query.Query, *source.Result)        {}

// The first widget's days are told apart when nobody waits for them, where they are computed in this process, and kept; those of others, and other sources', at once.
func TestDaysOfTheFirstWidgetAreToldApartLater(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		embedded bool
		answers  engine.Answers
		want     int
	}{"embedded": {true, forgets{}, 1}, "a server": {false, forgets{}, 0}, "nothing is kept": {true, nil, 0}} {
		p, _ := single(t)
		for i := range p.Widgets {
			p.Widgets[i].Steps[0].Query.Keep = &query.Keep{Zone: "UTC"}
		}
		timeout := p.Widgets[0].Steps[0].Query.Timeout
		var later, others atomic.Int64
		e := engine.Engine{Workers: 2, Answers: c.answers, Embedded: map[string]bool{"conversations": c.embedded}, Sources: map[string]source.Source{"conversations": stub{query: func(_ context.Context, q *query.Query) (*source.Result, error) {
			if q.Keep.Later && q.Timeout == timeout {
				later.Add(1)
			} else if q.Keep.Later {
				others.Add(1)
			}
			return nil, context.DeadlineExceeded
		}}}}
		if err := e.Run(t.Context(), p, none, func(context.Context, *plan.Widget, *format.Data, error) error { return nil }); err != nil {
			t.Fatal(err)
		}
		if got := int(later.Load()); got != c.want || others.Load() > 0 {
			t.Errorf("%s: later are %d of the first widget and %d others, want %d and none", name, got, others.Load(), c.want)
		}
		if p.Widgets[0].Steps[0].Query.Keep.Later {
			t.Error("the plan has been changed")
		}
	}
}

// A first widget that takes long keeps no other waiting.
func TestASlowFirstWidgetDelaysNobody(t *testing.T) {
	t.Parallel()
	p, _ := single(t)
	timeout := p.Widgets[0].Steps[0].Query.Timeout
	synctest.Test(t, func(t *testing.T) {
		another, once := make(chan struct{}), sync.Once{}
		e := engine.Engine{Workers: 2, Embedded: map[string]bool{"conversations": true}, Sources: map[string]source.Source{"conversations": stub{query: func(_ context.Context, q *query.Query) (*source.Result, error) {
			if q.Timeout == timeout {
				<-another // all would wait for ever
			} else {
				once.Do(func() { close(another) })
			}
			return nil, context.DeadlineExceeded
		}}}}
		if err := e.Run(t.Context(), p, none, func(context.Context, *plan.Widget, *format.Data, error) error { return nil }); err != nil {
			t.Fatal(err)
		}
	})
}
