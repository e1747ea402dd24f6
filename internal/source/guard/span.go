package guard

import (
	"context"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/source"
	"github.com/go-dispatcher/dispatcher/internal/telemetry"
)

// span makes the span of a query: which source and dataset, how much came back, or the reason why nothing did. It holds no value
// of a request, no statement, and no table, whose name may be that of a tenant.
func (s *Source) span(ctx context.Context, q *query.Query) (context.Context, func(*source.Result, error)) {
	if s.opts.Tracer == nil {
		return ctx, func(*source.Result, error) {}
	}
	ctx, span := s.opts.Tracer.Start(ctx, "query "+s.opts.Name, trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(
		attribute.String("db.system.name", s.opts.Kind), attribute.String("dispatcher.source", s.opts.Name), attribute.String("dispatcher.dataset", q.Dataset)))
	return ctx, func(r *source.Result, err error) {
		if err != nil {
			telemetry.SpanFailed(span, fault.ReasonOf(err))
		} else {
			span.SetAttributes(attribute.Int("db.response.returned_rows", r.Frame.Rows()), attribute.Int64("dispatcher.bytes", r.Stats.Bytes))
		}
		span.End()
	}
}
