package tracing

import (
	"context"
	"log/slog"

	"github.com/go-logr/logr"
	"go.opentelemetry.io/otel"
)

// quiet sends what OpenTelemetry's own packages have to say to the log, in their words but without values: they print the variables that they cannot read, which
// may hold a token. There is one such logger a process.
func quiet(log *slog.Logger) {
	otel.SetLogger(logr.FromSlogHandler(wordsOnly{log.Handler()}))
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(error) {
		log.Warn("OpenTelemetry reports an error, most often a variable OTEL_* that it does not understand; its text may hold the value and is not shown")
	}))
}

// wordsOnly passes messages on without their attributes.
type wordsOnly struct{ slog.Handler }

func (h wordsOnly) Handle(ctx context.Context, r slog.Record) error {
	return h.Handler.Handle(ctx, slog.NewRecord(r.Time, r.Level, "OpenTelemetry: "+r.Message, r.PC)) //nolint:wrapcheck // the handler's own words
}

func (h wordsOnly) WithAttrs([]slog.Attr) slog.Handler { return h }

func (h wordsOnly) WithGroup(string) slog.Handler { return h }
