package dispatch

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/commit"
	"github.com/go-dispatcher/dispatcher/internal/consumer"
	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/models"
	"github.com/go-dispatcher/dispatcher/internal/strategies"
)

// with adds keys to the eventData of a request.
func with(payload, keys string) string {
	return strings.Replace(payload, `"page_name"`, keys+`,"page_name"`, 1)
}

// TestWithdrawnRequests: what was sent stays, and the page is closed once, as its reader can be told.
func TestWithdrawnRequests(t *testing.T) {
	t.Parallel()
	earlier := map[string]string{"P__a": noteOK}
	never := run(func(context.Context, strategies.Pusher) error {
		t.Error("it is computed")
		return nil
	})
	end := func(t *testing.T, d *Dispatcher, payload string, as commit.Status) consumer.Outcome {
		t.Helper()
		o := d.GiveUp(t.Context(), entry(payload), &emitter{earlier: earlier}, &consumer.WithdrawnError{As: as})
		if o.Err != nil {
			t.Fatal(o.Err)
		}
		return o
	}
	ops := func(o consumer.Outcome) (list []commit.Op) {
		for _, out := range o.Outputs {
			list = append(list, out.Ops...)
		}
		return list
	}
	d := dispatcher(t, never, nil)
	t.Run("a stream", func(t *testing.T) {
		t.Parallel()
		for _, as := range []commit.Status{commit.Canceled, commit.Superseded} {
			o := end(t, d, asking("P", "a", "b"), as)
			if told := story(t, o.Outputs); !slices.Equal(told, []string{"P__Complete " + string(as)}) {
				t.Errorf("%s: %v", as, told)
			}
			add, _ := ops(o)[0].(commit.Append)
			if text := strings.Join(add.Fields, " "); !strings.Contains(text, `"sent":["a"]`) || strings.Contains(text, `"failed":[{`) {
				t.Errorf("%s: %s", as, text)
			}
		}
	})
	t.Run("a strict old reader", func(t *testing.T) {
		t.Parallel()
		o := end(t, dispatcher(t, never, func(o *Options) { o.Closing = false }), asking("P", "a", "b"), commit.Canceled)
		if len(ops(o)) != 0 {
			t.Errorf("%+v", o.Outputs)
		}
	})
	t.Run("a poll buffer", func(t *testing.T) {
		t.Parallel()
		polled := with(asking("P", "a", "b"), `"stream_tech":"API"`)
		list := ops(end(t, d, polled, commit.Canceled))
		field, _ := list[0].(commit.SetField)
		count, counts := list[1].(commit.CountFinished)
		if len(list) != 2 || field.Field != "P__Complete" || !counts || count.Least != 0 {
			t.Errorf("cancelled: %+v", list)
		}
		// The field and the status are the later one's, where one request alone is announced.
		list = ops(end(t, d, polled, commit.Superseded))
		count, counts = list[0].(commit.CountFinished)
		if len(list) != 1 || !counts || count.Least != 2 {
			t.Errorf("superseded: %+v", list)
		}
	})
	t.Run("a hash that is complete by its fields", func(t *testing.T) {
		t.Parallel()
		flat := `{"job_id":"j","company_id":1,"page_name":"P","widgets_names":["a","b"],"product":"PUBLIC_API"}`
		list := ops(end(t, d, flat, commit.Canceled))
		field, _ := list[0].(commit.SetField)
		if len(list) != 1 || field.Field != "b" || field.CompleteAt != 2 || !strings.Contains(field.Value, models.ReasonCanceled) {
			t.Errorf("%+v", list)
		}
	})
	t.Run("a live dashboard", func(t *testing.T) {
		t.Parallel()
		rounds := live(t, never, func() (string, bool, error) { return "", true, nil })
		o := end(t, rounds, with(asking("P", "a"), `"is_live_dashboard":true`), commit.Canceled)
		round, next := scheduled(t, o)
		if told := story(t, asMessages(o.Outputs)); next != nil || round.Key == "" || !slices.Equal(told, []string{"P__Complete cancelled"}) {
			t.Errorf("%v, then %+v", told, next)
		}
	})
}

// TestCancelMessage: it withdraws what it names, needs neither page nor event, is counted for nobody else, and has no answer.
func TestCancelMessage(t *testing.T) {
	t.Parallel()
	var named string
	d := dispatcher(t, run(nil), func(o *Options) {
		o.Cancel = func(request string) commit.Op {
			named = request
			return commit.Withdraw{Request: request, As: commit.Canceled}
		}
	})
	emit := &emitter{}
	o := d.Handle(t.Context(), entry(`{"eventName":"cancel_request","eventData":{"routing_key":"u1","request_id":"r1","cancelRequest":" r1 "}}`), emit)
	if o.Err != nil || named != "r1" || len(o.Outputs) != 1 || o.Outputs[0].Key != "" || emit.named != "" {
		t.Errorf("%+v withdraws %q, named %q", o, named, emit.named)
	}
	long := d.Handle(t.Context(), entry(`{"eventName":"x","eventData":{"cancel_request":"`+strings.Repeat("x", 513)+`"}}`), emit)
	if told := story(t, long.Outputs); !slices.Equal(told, []string{"dead too_large"}) {
		t.Errorf("%v", told)
	}
}

// newestPage is a page of which the newest request wins.
type newestPage struct{ run }

func (newestPage) NewestWins() bool { return true }

// TestNewestWins: who asks for the newest of what, and what comes of the answer.
func TestNewestWins(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		keys  string
		asked bool
		as    commit.Status
		err   error
	}{
		"the newest":        {`"company_id":7`, true, "", nil},
		"a later one":       {`"company_id":7`, true, commit.Superseded, nil},
		"cancelled":         {`"company_id":7`, true, commit.Canceled, nil},
		"nobody can say":    {`"company_id":7`, true, "", errors.New("down")},
		"an export is kept": {`"export_xlsx":true`, false, "", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			computed, asked := false, Newest{}
			page := newestPage{func(ctx context.Context, out strategies.Pusher) error {
				computed = true
				return okay("a")(ctx, out)
			}}
			d := dispatcher(t, page, func(o *Options) {
				o.Newest = func(_ context.Context, r Newest) (commit.Status, error) {
					asked = r
					return c.as, c.err
				}
			})
			e := entry(with(asking("P", "a"), `"request_id":"r1",`+c.keys))
			o := d.Handle(t.Context(), e, &emitter{})
			if want := (Newest{Tenant: "7", Page: "P", RoutingKey: "u1", First: e.First, Request: "r1"}); c.asked && asked != want || !c.asked && asked != (Newest{}) {
				t.Errorf("asked for %+v", asked)
			}
			w, withdrawn := errors.AsType[*consumer.WithdrawnError](o.Err)
			if serves := c.as == "" && c.err == nil; computed != serves || withdrawn != (c.as != "") || withdrawn && w.As != c.as {
				t.Errorf("computed %v, %v", computed, o.Err)
			}
			if c.err != nil && fault.ClassOf(o.Err) != fault.Transient {
				t.Errorf("%v is not tried again", o.Err)
			}
		})
	}
}

// TestDeadline: after it nothing begins, and what runs ends: what is ready is sent, and the rest says why it is not.
func TestDeadline(t *testing.T) {
	t.Parallel()
	at := func(d time.Duration) func() string {
		return func() string { return `"deadline_at":"` + time.Now().Add(d).Format(time.RFC3339Nano) + `"` }
	}
	soon := func() string { return `"deadline_at":"soon"` }
	for name, c := range map[string]struct {
		keys func() string
		run  run
		want []string
	}{
		"in time": {at(time.Hour), func(ctx context.Context, out strategies.Pusher) error {
			if end, ok := ctx.Deadline(); !ok || time.Until(end) > time.Hour {
				t.Errorf("the work may take until %v", end)
			}
			return errors.Join(okay("a")(ctx, out), okay("b")(ctx, out))
		}, []string{"P__a ok", "P__b ok", "P__Complete complete"}},
		"before it began": {at(-time.Second), func(context.Context, strategies.Pusher) error {
			t.Error("it is computed")
			return nil
		}, []string{"P__a error expired", "P__b error expired", "P__Complete expired expired", "dead expired"}},
		"while it runs": {at(time.Second), func(ctx context.Context, out strategies.Pusher) error {
			_ = okay("a")(ctx, out)
			<-ctx.Done()
			return ctx.Err()
		}, []string{"P__a ok", "P__b error expired", "P__Complete expired expired", "dead expired"}},
		"no time": {soon, nil, []string{"P__a error bad_type", "P__b error bad_type", "P__Complete rejected bad_type", "dead bad_type"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				emit := &emitter{}
				o := dispatcher(t, c.run, nil).Handle(t.Context(), entry(with(asking("P", "a", "b"), c.keys())), emit)
				if told := story(t, append(emit.sent, o.Outputs...)); o.Err != nil || !slices.Equal(told, c.want) {
					t.Errorf("%v, %v", told, o.Err)
				}
			})
		})
	}
	_, err := models.Decoder{}.Decode(with(asking("P"), soon()))
	if err == nil || !strings.Contains(err.Error(), `deadline_at is a string, not a time: unix seconds, or RFC 3339`) {
		t.Errorf("%v", err)
	}
}
