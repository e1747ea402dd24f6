package dispatch

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/commit"
	"github.com/go-dispatcher/dispatcher/internal/consumer"
	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/models"
	"github.com/go-dispatcher/dispatcher/internal/sink/buffer"
	"github.com/go-dispatcher/dispatcher/internal/sink/care"
	"github.com/go-dispatcher/dispatcher/internal/sink/deadletter"
	"github.com/go-dispatcher/dispatcher/internal/sink/stream"
	"github.com/go-dispatcher/dispatcher/internal/strategies"
)

// run is a strategy of a function, which serves the page "P".
type run func(ctx context.Context, out strategies.Pusher) error

func (run) Widgets(req *models.Request) []string { return req.SelectedWidgets }
func (r run) Run(ctx context.Context, _ *models.Request, out strategies.Pusher) error {
	return r(ctx, out)
}

// emitter is the consumer's side: it collects what is sent, in order.
type emitter struct {
	earlier map[string]string
	sent    []commit.Output
	named   string
}

func (m *emitter) Begin(_ context.Context, request string, _ bool, _ ...string) (map[string]string, error) {
	m.named = request
	return m.earlier, nil
}

func (m *emitter) Emit(_ context.Context, outputs ...commit.Output) error {
	m.sent = append(m.sent, outputs...)
	return nil
}

func (*emitter) Written() <-chan struct{} { return nil }

func dispatcher(t *testing.T, s strategies.Strategy, change func(*Options)) *Dispatcher {
	t.Helper()
	registry := strategies.NewRegistry()
	if err := registry.Register(strategies.Key{Page: "P"}, s); err != nil {
		t.Fatal(err)
	}
	o := Options{
		Events: models.NewEvents(), Pages: func() Pages { return Fixed{registry} },
		Sinks:       Sinks{Stream: &stream.Sink{Prefix: "out:"}, Buffer: buffer.Sink{}, Care: care.Sink{}},
		DeadLetters: deadletter.Sink{Stream: "dead"}, StaleAfter: time.Hour, Closing: true, Input: "in", Consumer: "c", Now: time.Now,
		Log: slog.New(slog.DiscardHandler),
	}
	if change != nil {
		change(&o)
	}
	return New(o)
}

func entry(payload string) *consumer.Entry {
	id := fmt.Sprintf("%d-0", time.Now().UnixMilli())
	return &consumer.Entry{ID: id, First: id, Fields: []string{"payload", payload}, Attempt: 1, Deliveries: 1}
}

func asking(page string, widgets ...string) string {
	raw, err := json.Marshal(map[string]any{"eventName": "fedi_data", "eventData": map[string]any{
		"routing_key": "u1", "page_name": page, "selected_widgets": widgets,
	}})
	if err != nil {
		panic(err)
	}
	return string(raw)
}

// story tells what was written, in order: "event status" of each message, and "dead reason" of each dead letter.
func story(t *testing.T, outputs []commit.Output) (told []string) {
	t.Helper()
	for _, o := range outputs {
		for _, op := range o.Ops {
			add, ok := op.(commit.Append)
			if !ok {
				t.Fatalf("unexpected write %T", op)
			}
			field := func(name string) string {
				if i := slices.Index(add.Fields, name); i >= 0 {
					return add.Fields[i+1]
				}
				return ""
			}
			if add.Stream == "dead" {
				told = append(told, "dead "+field("reason"))
				continue
			}
			var message struct {
				EventName string `json:"eventName"`
				EventData struct {
					Status string `json:"status"`
					Error  *struct {
						Code string `json:"code"`
					} `json:"error"`
				} `json:"eventData"`
			}
			if err := json.Unmarshal([]byte(field("payload")), &message); err != nil {
				t.Fatalf("%v in %s", err, field("payload"))
			}
			line := message.EventName + " " + message.EventData.Status
			if message.EventData.Error != nil {
				line += " " + message.EventData.Error.Code
			}
			told = append(told, line)
		}
	}
	return told
}

func okay(w string) func(ctx context.Context, out strategies.Pusher) error {
	return func(ctx context.Context, out strategies.Pusher) error {
		return out.Push(ctx, w, map[string]string{"status": "ok"})
	}
}

// Whatever a strategy does, every asked widget and the page end with exactly one message.
func TestEveryWidgetAndPageEndsOnce(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		run     run
		widgets []string
		want    []string
	}{
		"all are sent": {
			func(ctx context.Context, out strategies.Pusher) error {
				return errors.Join(okay("b")(ctx, out), okay("a")(ctx, out))
			},
			[]string{"a", "b"}, []string{"P__b ok", "P__a ok", "P__Complete complete"},
		},
		"one fails": {
			func(ctx context.Context, out strategies.Pusher) error {
				return errors.Join(out.Fail(ctx, "a", fault.New(fault.Permanent, "no_such_table", "", nil)), okay("b")(ctx, out))
			},
			[]string{"a", "b"}, []string{"P__a error no_such_table", "P__b ok", "P__Complete complete"},
		},
		"one is sent twice": {
			func(ctx context.Context, out strategies.Pusher) error {
				return errors.Join(okay("a")(ctx, out), out.Fail(ctx, "a", errors.New("late")), okay("b")(ctx, out))
			},
			[]string{"a", "b"}, []string{"P__a ok", "P__b ok", "P__Complete complete"},
		},
		"one is forgotten": {okay("a"), []string{"a", "b"}, []string{"P__a ok", "P__b error no_result", "P__Complete complete"}},
		"one does not encode": {
			func(ctx context.Context, out strategies.Pusher) error { return out.Push(ctx, "a", func() {}) },
			[]string{"a"}, []string{"P__a error encoding_failed", "P__Complete complete"},
		},
		"panic": {
			func(ctx context.Context, out strategies.Pusher) error { _ = okay("a")(ctx, out); panic("boom") },
			[]string{"a", "b"}, []string{"P__a ok", "P__b error controller_error", "P__Complete failed controller_error", "dead controller_error"},
		},
		"reject": {
			func(context.Context, strategies.Pusher) error {
				return fault.New(fault.Reject, models.ReasonBadValue, "no", nil)
			},
			[]string{"a"}, []string{"P__a error bad_value", "P__Complete rejected bad_value", "dead bad_value"},
		},
		"nothing is asked": {
			func(context.Context, strategies.Pusher) error { return nil }, nil, []string{"P__Complete complete"},
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			emit := &emitter{}
			o := dispatcher(t, c.run, nil).Handle(t.Context(), entry(asking("P", c.widgets...)), emit)
			if o.Err != nil {
				t.Fatal(o.Err)
			}
			if got := story(t, append(emit.sent, o.Outputs...)); !slices.Equal(got, c.want) {
				t.Errorf("got\n\t%s\nwant\n\t%s", strings.Join(got, "\n\t"), strings.Join(c.want, "\n\t"))
			}
		})
	}
}

func TestTimeLimitEndsARequestWithErrors(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	waits := run(func(ctx context.Context, out strategies.Pusher) error {
		_ = okay("a")(ctx, out)
		<-ctx.Done()
		return ctx.Err()
	})
	emit := &emitter{}
	o := dispatcher(t, waits, nil).Handle(ctx, entry(asking("P", "a", "b")), emit)
	want := []string{"P__a ok", "P__b error " + models.ReasonTimeout, "P__Complete failed " + models.ReasonTimeout, "dead " + models.ReasonTimeout}
	if got := story(t, append(emit.sent, o.Outputs...)); o.Err != nil || !slices.Equal(got, want) {
		t.Errorf("got %q, %v; want %q", got, o.Err, want)
	}
}

// What ends because the lease is lost, or may succeed later, is answered by a later attempt.
func TestPassingEndsAreNotAnswered(t *testing.T) {
	t.Parallel()
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	passing := fault.New(fault.Transient, "source_unavailable", "", nil)
	for name, c := range map[string]struct {
		ctx context.Context //nolint:containedctx // a case's
		err error
	}{"lost": {canceled, context.Canceled}, "transient": {t.Context(), passing}} {
		o := dispatcher(t, run(func(context.Context, strategies.Pusher) error { return c.err }), nil).Handle(c.ctx, entry(asking("P", "a")), &emitter{})
		if !errors.Is(o.Err, c.err) || len(o.Outputs) > 0 {
			t.Errorf("%s: %d outputs, %v", name, len(o.Outputs), o.Err)
		}
	}
}

func TestLaterAttemptSendsOnlyWhatIsMissing(t *testing.T) {
	t.Parallel()
	s := run(func(ctx context.Context, out strategies.Pusher) error {
		if !out.Sent("a") || out.Sent("b") {
			t.Error("what earlier attempts have sent is not known")
		}
		return okay("b")(ctx, out)
	})
	emit := &emitter{earlier: map[string]string{"P__a": "source_down"}}
	o := dispatcher(t, s, nil).Handle(t.Context(), entry(asking("P", "a", "b")), emit)
	if got, want := story(t, append(emit.sent, o.Outputs...)), []string{"P__b ok", "P__Complete complete"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	closing, _ := o.Outputs[len(o.Outputs)-1].Ops[0].(commit.Append)
	for _, part := range []string{`"sent":["b"]`, `"widget":"a","code":"source_down"`} {
		if !strings.Contains(closing.Fields[1], part) {
			t.Errorf("the closing message does not tell %s: %s", part, closing.Fields[1])
		}
	}
}

func TestUnservableRequestIsKeptByteForByte(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		payload string
		want    []string
	}{
		"not JSON":      {"{\"eventName\": x\x00}", []string{"dead " + models.ReasonBadJSON}},
		"unknown event": {`{"eventName":"nope","eventData":{"routing_key":"u1","selected_widgets":["a"]}}`, []string{"Default__a error unknown_event", "Default__Complete rejected unknown_event", "dead unknown_event"}},
		"unknown page":  {asking("Q", "a"), []string{"Q__a error unknown_page", "Q__Complete rejected unknown_page", "dead unknown_page"}},
		"no reader":     {`{"eventName":"fedi_data","eventData":{"page_name":"P","selected_widgets":["a"]}}`, []string{"dead " + models.ReasonBadRoutingKey}},
		"stale": {
			`{"eventName":"fedi_data","eventData":{"routing_key":"u1","page_name":"P","request_timestamp":1000000000,"selected_widgets":["a"]}}`,
			[]string{"P__a error stale_request", "P__Complete rejected stale_request", "dead stale_request"},
		},
	} {
		emit := &emitter{}
		o := dispatcher(t, run(okay("a")), nil).Handle(t.Context(), entry(c.payload), emit)
		if got := story(t, append(emit.sent, o.Outputs...)); o.Err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%s: got %q, %v; want %q", name, got, o.Err, c.want)
		}
		dead, _ := o.Outputs[len(o.Outputs)-1].Ops[0].(commit.Append)
		if i := slices.Index(dead.Fields, "payload"); i < 0 || dead.Fields[i+1] != c.payload {
			t.Errorf("%s: the dead letter holds %q", name, dead.Fields)
		}
	}
}

func TestAnswersTravelAsTheRequestAsks(t *testing.T) {
	t.Parallel()
	for tech, want := range map[string]string{"": "commit.Append", "REDIS STREAM": "commit.Append", "API": "commit.SetField"} {
		payload := strings.Replace(asking("P", "a"), `"page_name"`, `"stream_tech":"`+tech+`","page_name"`, 1)
		o := dispatcher(t, run(okay("a")), nil).Handle(t.Context(), entry(payload), &emitter{})
		if len(o.Outputs) == 0 {
			t.Fatalf("%q: %v", tech, o.Err)
		}
		if got := fmt.Sprintf("%T", o.Outputs[0].Ops[0]); got != want {
			t.Errorf("%q: %s, want %s", tech, got, want)
		}
	}
	payload := strings.Replace(asking("P", "a"), `"page_name"`, `"stream_tech":"SSE","page_name"`, 1)
	o := dispatcher(t, run(okay("a")), nil).Handle(t.Context(), entry(payload), &emitter{})
	if got := story(t, o.Outputs); !slices.Equal(got, []string{"dead " + models.ReasonLiveFailed}) {
		t.Errorf("without a live service: %q", got)
	}
}
