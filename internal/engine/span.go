package engine

import (
	"context"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/telemetry"
)

// traced puts the widget's span into the context; whichever step runs first begins it.
func (g *gathering) traced(ctx context.Context, tracer trace.Tracer) context.Context {
	if tracer == nil {
		return ctx
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.span == nil {
		_, g.span = tracer.Start(ctx, "widget "+g.widget.ID, trace.WithAttributes(
			attribute.String("dispatcher.widget", g.widget.ID), attribute.String("dispatcher.kind", string(g.widget.Kind))))
	}
	return trace.ContextWithSpan(ctx, g.span)
}

// ended ends the widget's span.
func (g *gathering) ended(err error) {
	if g.span == nil {
		return
	}
	if err != nil {
		telemetry.SpanFailed(g.span, fault.ReasonOf(err))
	}
	g.span.End()
}

// endAll ends the spans of a run that was given up: without them its queries would have no parent. Those that have ended stay
// as they are.
func endAll(asked map[string]*queue, cause error) {
	for _, q := range asked {
		for _, t := range q.tasks {
			t.ended(cause)
		}
	}
}
