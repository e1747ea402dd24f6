package dispatch

import (
	"context"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/idle"
	"github.com/go-dispatcher/dispatcher/internal/models"
	"github.com/go-dispatcher/dispatcher/internal/strategies"
)

const warmUpKey = `"warm_up":true`

// A warm-up is computed, and says its end alone, however it ends: no widget is sent, and nothing is a dead letter.
func TestWarmUpsSendNothing(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		run     run
		payload string
		want    string
	}{
		"computed": {func(ctx context.Context, out strategies.Pusher) error { return okay("a")(ctx, out) }, asking("P", "a"), "P__Complete complete"},
		"a widget fails": {func(ctx context.Context, out strategies.Pusher) error {
			return out.Fail(ctx, "a", fault.New(fault.Permanent, "no_such_table", "", nil))
		}, asking("P", "a"), "P__Complete complete"},
		"refused": {func(context.Context, strategies.Pusher) error {
			return fault.New(fault.Reject, "too_expensive", "", nil)
		}, asking("P", "a"), "P__Complete rejected too_expensive"},
		"for a while":   {func(context.Context, strategies.Pusher) error { return fault.New(fault.Transient, "away", "", nil) }, asking("P", "a"), "P__Complete failed away"},
		"nobody's page": {nil, asking("Q", "a"), "Q__Complete rejected unknown_page"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			emit := &emitter{}
			o := dispatcher(t, c.run, func(o *Options) { o.Closing = false }).Handle(t.Context(), entry(with(c.payload, warmUpKey)), emit)
			if o.Err != nil || len(emit.sent) > 0 {
				t.Fatalf("%v, sent %v", o.Err, emit.sent)
			}
			if told := story(t, o.Outputs); !slices.Equal(told, []string{c.want}) {
				t.Errorf("%q", told)
			}
		})
	}
}

// A warm-up gives way to a request that somebody waits for, at once, and goes on after it with what is missing.
func TestWarmUpsGiveWay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		begun := make(chan struct{})
		var attempts int
		var mu sync.Mutex
		d := dispatcher(t, run(func(ctx context.Context, out strategies.Pusher) error {
			if _, warming := out.(warming); !warming {
				return okay("b")(ctx, out)
			}
			mu.Lock()
			attempts++
			first := attempts == 1
			mu.Unlock()
			if !first {
				if !out.Sent("a") || out.Sent("b") {
					t.Error("it begins anew")
				}
				return okay("b")(ctx, out)
			}
			if err := okay("a")(ctx, out); err != nil {
				return err
			}
			close(begun)
			<-ctx.Done()
			return context.Cause(ctx)
		}), func(o *Options) { o.WarmUps.Idle = idle.New(time.Second) })
		warm := make(chan []string)
		go func() {
			warm <- story(t, d.Handle(t.Context(), entry(with(asking("P", "a", "b"), warmUpKey)), &emitter{}).Outputs)
		}()
		<-begun
		if told := story(t, d.Handle(t.Context(), entry(asking("P", "b")), &emitter{}).Outputs); !slices.Equal(told, []string{"P__b ok", "P__Complete complete"}) {
			t.Errorf("who waits hears %q", told)
		}
		if told := <-warm; !slices.Equal(told, []string{"P__Complete complete"}) || attempts != 2 {
			t.Errorf("the warm-up ended with %q after %d attempts", told, attempts)
		}
	})
}

// Where somebody waits all the time, a warm-up ends without having run.
func TestWarmUpsFindNoQuiet(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		watch := idle.New(0)
		defer watch.Begin()()
		d := dispatcher(t, run(func(context.Context, strategies.Pusher) error {
			t.Error("it runs")
			return nil
		}), func(o *Options) { o.WarmUps.Idle = watch })
		if told := story(t, d.Handle(t.Context(), entry(with(asking("P", "a"), warmUpKey)), &emitter{}).Outputs); !slices.Equal(told, []string{"P__Complete rejected busy"}) {
			t.Errorf("%q", told)
		}
	})
}

// kept is a strategy of which something is kept.
type kept struct{ run }

func (kept) Kept(*models.Request) (parameters []string, ok bool) { return []string{"campaign"}, true }

// Remembered are pages that somebody waited for, of which something is kept: no warm-ups, alerts, exports or rejected requests.
func TestWhatIsRemembered(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		strategy strategies.Strategy
		payload  string
		want     int
	}{
		"a page":               {kept{okay("a")}, asking("P", "a"), 1},
		"nothing is kept":      {run(okay("a")), asking("P", "a"), 0},
		"a warm-up":            {kept{okay("a")}, with(asking("P", "a"), warmUpKey), 0},
		"an alert":             {kept{okay("a")}, with(asking("P", "a"), `"product":"Alerts"`), 0},
		"an export":            {kept{okay("a")}, with(asking("P", "a"), `"export_xlsx":true`), 0},
		"one that is rejected": {kept{func(context.Context, strategies.Pusher) error { return fault.New(fault.Reject, "bad_value", "", nil) }}, asking("P", "a"), 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := 0
			d := dispatcher(t, c.strategy, func(o *Options) {
				o.WarmUps.Remember = func(_ *models.Request, asked time.Time, parameters []string) {
					if n++; asked.IsZero() || !slices.Equal(parameters, []string{"campaign"}) {
						t.Errorf("asked at %s with %q", asked, parameters)
					}
				}
			})
			d.Handle(t.Context(), entry(c.payload), &emitter{})
			if n != c.want {
				t.Errorf("remembered %d times", n)
			}
		})
	}
}
