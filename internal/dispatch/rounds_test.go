package dispatch

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/commit"
	"github.com/go-dispatcher/dispatcher/internal/consumer"
	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/strategies"
)

// aged is data with an age.
type aged struct {
	N    int `json:"n"`
	asOf time.Time
}

func (a aged) Content() (any, time.Time) { return a.N, a.asOf }

// live is a dispatcher that answers in rounds, and whose key is held as state says.
func live(t *testing.T, s strategies.Strategy, state func() (string, bool, error)) *Dispatcher {
	t.Helper()
	return dispatcher(t, s, func(o *Options) {
		o.Rounds = Rounds{
			Interval: time.Minute, Shortest: 10 * time.Second, Longest: time.Hour, Unheard: time.Minute, Key: commit.NamesOf("in").Rounds,
			State: func(context.Context, string, string) (string, bool, error) { return state() },
		}
	})
}

// scheduled returns the round that an outcome schedules; nil where it schedules none.
func scheduled(t *testing.T, o consumer.Outcome) (write commit.Round, next *consumer.Entry) {
	t.Helper()
	write, ok := o.Outputs[len(o.Outputs)-1].Ops[0].(commit.Round)
	if !ok {
		t.Fatalf("no round at the end of %d outputs", len(o.Outputs))
	}
	if write.Next != nil {
		next = &consumer.Entry{ID: "9-0", First: write.Holder, Fields: write.Next.Fields, Attempt: 1, Deliveries: 1}
	}
	return write, next
}

func asMessages(outputs []commit.Output) []commit.Output { return outputs[:len(outputs)-1] }

// TestRoundsSendWhatIsNew follows a request over its rounds: what a widget says, and what is sent of it.
func TestRoundsSendWhatIsNew(t *testing.T) {
	t.Parallel()
	start := time.Now()
	var says any
	page := run(func(ctx context.Context, out strategies.Pusher) error {
		if err, ok := says.(error); ok {
			return out.Fail(ctx, "a", err)
		}
		return out.Push(ctx, "a", says)
	})
	e := entry(strings.Replace(asking("P", "a"), `"page_name"`, `"is_live_dashboard":true,"live_interval":20,"request_id":"r1","page_name"`, 1))
	first := e.First
	d := live(t, page, func() (string, bool, error) { return first, true, nil })
	down, refused := fault.New(fault.Permanent, "down", "", nil), fault.New(fault.Permanent, "refused", "", nil)
	for n, step := range []struct {
		says any
		sent bool
	}{
		{aged{1, start}, true},
		{aged{1, start.Add(time.Minute)}, false},
		{aged{2, start.Add(2 * time.Minute)}, true},
		{aged{1, start.Add(time.Minute)}, false}, // a peer's older answer
		{aged{2, start.Add(3 * time.Minute)}, false},
		{aged{1, start.Add(-time.Hour)}, true}, // older than any peer's: the data is another one
		{down, true},
		{down, false},
		{refused, true},
		{aged{1, start.Add(-time.Hour)}, true},
		{map[string]int{"b": 1, "a": 2}, true}, // without an age
		{map[string]int{"a": 2, "b": 1}, false},
	} {
		says = step.says
		emit := &emitter{}
		o := d.Handle(t.Context(), e, emit)
		if o.Err != nil {
			t.Fatal(o.Err)
		}
		told := story(t, asMessages(append(emit.sent, o.Outputs...)))
		if sent := len(told) == 2; sent != step.sent {
			t.Errorf("step %d: %q", n, told)
		}
		write, next := scheduled(t, o)
		if next == nil || write.First != (n == 0) || write.Holder != first || write.Key != "in:rounds:/P/u1" || write.TTL < 3600 {
			t.Fatalf("step %d: %+v", n, write)
		}
		if pause := write.Next.At.Sub(start); pause < 19*time.Second || pause > 40*time.Second {
			t.Errorf("step %d: the next round in %v", n, pause)
		}
		e = next
	}
}

// TestRoundAfterACrash: the second attempt of a round sends what the first did not, and remembers what it did send.
func TestRoundAfterACrash(t *testing.T) {
	t.Parallel()
	both := run(func(ctx context.Context, out strategies.Pusher) error {
		for _, w := range []string{"a", "b"} {
			if !out.Sent(w) {
				if err := out.Push(ctx, w, map[string]string{"status": "ok", "w": w}); err != nil {
					return err
				}
			}
		}
		return nil
	})
	e := entry(strings.Replace(asking("P", "a", "b"), `"page_name"`, `"is_live_dashboard":true,"page_name"`, 1))
	d := live(t, both, func() (string, bool, error) { return e.First, true, nil })
	cut := &emitter{}
	d.Handle(t.Context(), e, cut) // a is out, and then the worker dies
	if len(cut.sent) != 1 || cut.sent[0].Key != "P__a" {
		t.Fatalf("sent: %+v", cut.sent)
	}
	o := d.Handle(t.Context(), e, &emitter{earlier: map[string]string{"P__a": cut.sent[0].Note}})
	if got, want := story(t, asMessages(o.Outputs)), []string{"P__b ok", "P__Complete complete"}; !slices.Equal(got, want) {
		t.Errorf("the second attempt: %q, want %q", got, want)
	}
	_, next := scheduled(t, o)
	o = d.Handle(t.Context(), next, &emitter{})
	if got, want := story(t, asMessages(o.Outputs)), []string{"P__Complete complete"}; !slices.Equal(got, want) {
		t.Errorf("the round after it: %q, want %q", got, want)
	}
	var closing struct {
		EventData struct {
			RequestID string `json:"request_id"`
			Live      struct {
				Round     int
				Unchanged []string
			}
		}
	}
	text, _ := o.Outputs[0].Ops[0].(commit.Append)
	if err := json.Unmarshal([]byte(text.Fields[1]), &closing); err != nil {
		t.Fatal(err)
	}
	if data := closing.EventData; data.RequestID != e.First+"#1" || data.Live.Round != 1 || !slices.Equal(data.Live.Unchanged, []string{"a", "b"}) {
		t.Errorf("closing: %s", text.Fields[1])
	}
}

// TestRoundsEnd: who may go on is looked up before each round.
func TestRoundsEnd(t *testing.T) {
	t.Parallel()
	e := entry(strings.Replace(asking("P", "a"), `"page_name"`, `"is_live_dashboard":true,"page_name"`, 1))
	later := func(d *Dispatcher, by time.Duration) { d.Now = func() time.Time { return time.Now().Add(by) } }
	for name, c := range map[string]struct {
		holder string
		heard  []bool
		after  time.Duration
		err    error
		told   []string
		ended  string
	}{
		"goes on":               {e.First, []bool{true}, 0, nil, []string{"P__Complete complete"}, ""},
		"not heard yet":         {e.First, []bool{false}, 0, nil, []string{"P__Complete complete"}, ""},
		"never heard":           {e.First, []bool{false}, 2 * time.Minute, nil, []string{"P__Complete complete"}, "nobody_listens"},
		"heard, and then gone":  {e.First, []bool{true, false}, 0, nil, []string{"P__Complete complete"}, "nobody_listens"},
		"still heard":           {e.First, []bool{true, true}, 50 * time.Minute, nil, []string{"P__Complete complete"}, ""},
		"its time is up":        {e.First, []bool{true}, 2 * time.Hour, nil, []string{"P__Complete complete"}, "time_is_up"},
		"the last before it is": {e.First, []bool{true}, time.Hour - 30*time.Second, nil, []string{"P__Complete complete"}, "time_is_up"},
		"another has the key":   {"99999999999999-0", []bool{true}, 0, nil, nil, ""},
		"nobody has the key":    {"", []bool{true}, 0, nil, nil, ""},
		"the broker is away":    {e.First, []bool{true}, 0, errors.New("away"), nil, ""},
	} {
		at := 0
		d := live(t, run(okay("a")), func() (string, bool, error) { at++; return c.holder, c.heard[min(at, len(c.heard))-1], c.err })
		_, next := scheduled(t, d.Handle(t.Context(), e, &emitter{}))
		for range len(c.heard) - 1 {
			_, next = scheduled(t, d.Handle(t.Context(), next, &emitter{}))
		}
		later(d, c.after)
		o := d.Handle(t.Context(), next, &emitter{})
		if c.err != nil {
			if fault.ClassOf(o.Err) != fault.Transient || len(o.Outputs) > 0 {
				t.Errorf("%s: %d outputs, %v", name, len(o.Outputs), o.Err)
			}
			continue
		}
		if c.told == nil {
			if len(o.Outputs) > 0 || o.Err != nil {
				t.Errorf("%s: %d outputs, %v", name, len(o.Outputs), o.Err)
			}
			continue
		}
		if told := story(t, asMessages(o.Outputs)); !slices.Equal(told, c.told) {
			t.Errorf("%s: %q", name, told)
		}
		text, _ := o.Outputs[len(o.Outputs)-2].Ops[0].(commit.Append)
		write, _ := scheduled(t, o)
		if strings.Contains(text.Fields[1], `"ended":"`+c.ended+`"`) != (c.ended != "") || (write.Next == nil) != (c.ended != "") {
			t.Errorf("%s: next %v: %s", name, write.Next, text.Fields[1])
		}
	}
}
