// Package tracing makes spans and sends them to a collector (OTLP over HTTP). It is apart from package telemetry, whose counts are also those of processes
// that make none, and need not link the exporter.
package tracing

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/go-dispatcher/dispatcher/internal/telemetry"
)

// Options say where spans go.
type Options struct {
	// Exporter is otlp, or empty or none for no traces.
	Exporter string
	// Endpoint is the collector's base URL, to which /v1/traces is added; empty leaves it to the standard variables, else
	// http://localhost:4318. It may hold a password.
	Endpoint string
	// TracesEndpoint is the whole URL that spans are sent to; it goes before Endpoint, and may hold a password, too.
	TracesEndpoint string
	// Service and Instance name this process.
	Service, Instance string
	Log               *slog.Logger
}

// Traces makes spans and sends them to a collector, in the background: a collector that is away costs spans, never work.
type Traces struct {
	Tracer   trace.Tracer
	provider *sdktrace.TracerProvider
}

// closeTraces bounds how long the last spans may take to be sent when the process ends.
const closeTraces = 5 * time.Second

// New returns a tracer that makes nothing where no exporter is asked for. Everything that the standard variables say beyond
// the options (sampler, headers, batch sizes, time limits) holds.
func New(ctx context.Context, o Options) (*Traces, error) {
	const name = "github.com/go-dispatcher/dispatcher"
	if o.Exporter == "" || o.Exporter == "none" {
		return &Traces{Tracer: noop.NewTracerProvider().Tracer(name)}, nil
	}
	quiet(o.Log)
	options, err := o.collector()
	if err != nil {
		return nil, err
	}
	exporter, err := otlptracehttp.New(ctx, options...)
	if err != nil {
		return nil, errors.New("OTEL_EXPORTER_OTLP_ENDPOINT: the exporter of traces cannot be made") // the cause may hold the URL
	}
	about := resource.NewSchemaless(attribute.String("service.name", o.Service), attribute.String("service.version", telemetry.ReadBuild().Version),
		attribute.String("service.instance.id", o.Instance))
	provider := sdktrace.NewTracerProvider(sdktrace.WithBatcher(&patient{SpanExporter: exporter, log: o.Log}), sdktrace.WithResource(about))
	return &Traces{Tracer: provider.Tracer(name), provider: provider}, nil
}

// collector says where spans go, where the options do.
func (o *Options) collector() ([]otlptracehttp.Option, error) {
	name, address := "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", o.TracesEndpoint
	if address == "" {
		name, address = "OTEL_EXPORTER_OTLP_ENDPOINT", o.Endpoint
	}
	if address == "" {
		return nil, nil
	}
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return nil, errors.New(name + " is no URL") // the cause may hold the URL
	}
	var options []otlptracehttp.Option
	if u.User != nil {
		options = append(options, otlptracehttp.WithHeaders(headers(u.User)))
		u.User = nil
	}
	if o.TracesEndpoint == "" {
		u = u.JoinPath("v1", "traces")
	}
	return append(options, otlptracehttp.WithEndpointURL(u.String())), nil
}

// Close sends the last spans. A collector that does not take them is no fault of the process.
func (t *Traces) Close() error {
	if t.provider == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), closeTraces)
	defer cancel()
	if err := t.provider.Shutdown(ctx); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("telemetry: end the traces: %w", err)
	}
	return nil
}

// patient is an exporter whose failures are logged once in a row, and without the collector's address.
type patient struct {
	sdktrace.SpanExporter
	log     *slog.Logger
	failing atomic.Bool
}

func (p *patient) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	err := p.SpanExporter.ExportSpans(ctx, spans)
	switch {
	case err != nil && !p.failing.Swap(true):
		p.log.WarnContext(ctx, "traces are not taken by the collector; they are dropped until it does", slog.Int("spans", len(spans)))
	case err == nil && p.failing.Swap(false):
		p.log.InfoContext(ctx, "traces are taken by the collector again")
	}
	return nil
}
