package dispatch

import (
	"context"
	"encoding/json"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/telemetry"
)

// span makes the span of one attempt at a request, under the producer's where a traceparent (W3C Trace Context) stands in the
// entry's fields or in eventData; there must be a tracer. It names event and page only where they are served: what a stranger sends is no name.
func (d *Dispatcher) span(ctx context.Context, j *job) (context.Context, func(errs ...error)) {
	ctx = propagation.TraceContext{}.Extract(ctx, carrier{j})
	name := "process request"
	attributes := []attribute.KeyValue{
		attribute.String("messaging.system", "redis"), attribute.String("messaging.operation.type", "process"), attribute.String("messaging.operation.name", "process"),
		attribute.String("messaging.destination.name", d.Input), attribute.String("messaging.message.id", j.entry.ID),
		attribute.Int("dispatcher.attempt", j.entry.Attempt),
	}
	if j.strategy != nil {
		name = "process " + j.page()
		attributes = append(attributes, attribute.String("dispatcher.event", j.req.EventName), attribute.String("dispatcher.page", j.page()),
			attribute.Int("dispatcher.widgets", len(j.widgets)))
	}
	ctx, span := d.Tracer.Start(ctx, name, trace.WithSpanKind(trace.SpanKindConsumer), trace.WithAttributes(attributes...))
	return ctx, func(errs ...error) {
		for _, err := range errs {
			if err != nil {
				telemetry.SpanFailed(span, fault.ReasonOf(err))
				break
			}
		}
		span.End()
	}
}

// carrier reads the trace context of a job.
type carrier struct{ *job }

func (c carrier) Get(key string) string {
	if v, ok := c.entry.Field(key); ok {
		return v
	}
	raw, _ := c.req.ExtraOf(key)
	var text string
	_ = json.Unmarshal(raw, &text) // what is no text is no trace context
	return text
}

func (carrier) Set(string, string) {}

func (carrier) Keys() []string { return nil }
