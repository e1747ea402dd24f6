package dispatch

import (
	"context"
	"errors"
	"testing"
	"time"

	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/strategies"
)

// TestTheSpanSaysHowTheRequestEnded: the status of its span is that of the request, also where it was run and then rejected.
func TestTheSpanSaysHowTheRequestEnded(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		page string
		run  run
		want string // the reason; empty where the request was answered
	}{
		"answered": {"P", okay("a"), ""},
		"no page":  {"nobody's", okay("a"), "unknown_page"},
		"rejected by its strategy": {"P", func(context.Context, strategies.Pusher) error {
			return fault.New(fault.Permanent, "export_send_failed", "", errors.New("canary-cause"))
		}, "export_send_failed"},
		"a panic": {"P", func(context.Context, strategies.Pusher) error { panic("canary-cause") }, "controller_error"},
		"tried once more": {"P", func(context.Context, strategies.Pusher) error {
			return fault.New(fault.Transient, "source_down", "", nil)
		}, "source_down"},
		"longer than told": {"P", func(ctx context.Context, _ strategies.Pusher) error { <-ctx.Done(); return ctx.Err() }, "request_timeout"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			spans := tracetest.NewSpanRecorder()
			provider := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans))
			d := dispatcher(t, c.run, func(o *Options) { o.Tracer = provider.Tracer("t") })
			ctx := t.Context()
			if c.want == "request_timeout" {
				var cancel context.CancelFunc
				ctx, cancel = context.WithDeadline(ctx, time.Now())
				defer cancel()
			}
			d.Handle(ctx, entry(asking(c.page, "a")), &emitter{})
			ended := spans.Ended()
			if len(ended) != 1 {
				t.Fatalf("%d spans", len(ended))
			}
			want := codes.Error
			if c.want == "" {
				want = codes.Unset
			}
			if got := ended[0].Status(); got.Code != want || got.Description != c.want {
				t.Errorf("the span ended with %v, want %v %s", got, want, c.want)
			}
		})
	}
}
