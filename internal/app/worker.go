package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/go-dispatcher/dispatcher/internal/app/process"
	"github.com/go-dispatcher/dispatcher/internal/commit"
	"github.com/go-dispatcher/dispatcher/internal/config"
	"github.com/go-dispatcher/dispatcher/internal/consumer"
	"github.com/go-dispatcher/dispatcher/internal/dispatch"
	"github.com/go-dispatcher/dispatcher/internal/gateway"
	"github.com/go-dispatcher/dispatcher/internal/models"
	"github.com/go-dispatcher/dispatcher/internal/sink/buffer"
	"github.com/go-dispatcher/dispatcher/internal/sink/care"
	"github.com/go-dispatcher/dispatcher/internal/sink/deadletter"
	"github.com/go-dispatcher/dispatcher/internal/sink/live"
	"github.com/go-dispatcher/dispatcher/internal/sink/stream"
	"github.com/go-dispatcher/dispatcher/internal/strategies"
	"github.com/go-dispatcher/dispatcher/internal/telemetry"
	"github.com/go-dispatcher/dispatcher/internal/telemetry/tracing"
	"github.com/go-dispatcher/dispatcher/internal/warm"
)

// Worker is the consumer process: requests in, widgets out.
type Worker struct {
	closers process.Closers
	// requests has a consumer for each class of requests.
	requests []*consumer.Consumer
	// outbox posts live events; nil without a live service.
	outbox  *consumer.Consumer
	pages   *Pages
	http    *gateway.Server
	metrics *telemetry.Metrics
	traces  *tracing.Traces
	warmUps dispatch.WarmUps
	// warming asks for pages at its times; nil without any.
	warming *warm.Schedule
	admit   *admission
	log     *slog.Logger
}

// Registration adds strategies to those of the registration file.
type Registration func(*strategies.Registry) error

// NewWorker wires a worker. It connects to nothing that a request does not need yet, except the catalog's sources.
func NewWorker(ctx context.Context, c *config.Config, log *slog.Logger, more ...Registration) (w *Worker, err error) {
	w = &Worker{metrics: telemetry.NewMetrics(), log: log}
	made := &w.closers // w is nil where an error is returned
	defer func() {
		if err != nil {
			err = errors.Join(err, made.Close())
		}
	}()
	for _, warning := range c.Warnings {
		log.Warn(warning)
	}
	broker, err := process.Connect(c.Broker, log)
	if err != nil {
		return nil, err
	}
	w.closers.Add("broker", broker.Close)
	store := redis.Cmdable(broker)
	var backend redis.Cmdable
	other, err := process.BackendOf(c, log)
	if err != nil {
		return nil, err
	}
	if other != nil {
		w.closers.Add("backend", other.Close)
		store, backend = other, other
	}
	if w.traces, err = tracing.New(ctx, tracing.Options{
		Exporter: c.OTel.TracesExporter, Endpoint: c.OTel.Endpoint.Reveal(), TracesEndpoint: c.OTel.TracesEndpoint.Reveal(), Service: c.OTel.ServiceName, Instance: c.Stream.Consumer, Log: log,
	}); err != nil {
		return nil, err
	}
	w.closers.Add("traces", w.traces.Close) // after the sources, whose last queries have spans
	over := &sources{metrics: w.metrics, tracer: w.traces.Tracer}
	if c.Dispatcher.Coalesce {
		over.across = acrossProcesses(broker, c)
	}
	if err := w.keep(c, over, broker, log); err != nil {
		return nil, err
	}
	if w.pages, err = openPages(ctx, c, over, log); err != nil {
		return nil, err
	}
	w.closers.Add("sources", w.pages.Close)
	for _, register := range more {
		if err := register(w.pages.registry); err != nil {
			return nil, err
		}
	}
	w.pages.cooldowns = &cooldowns{rdb: broker, prefix: commit.NamesOf(c.Stream.Input).CooldownPrefix}

	w.admit = &admission{broker: broker, backend: backend, evictionAllowed: c.Dispatcher.AllowEviction, durability: durability(c), log: log}
	rejected := deadletter.Sink{Stream: c.Stream.Rejected, MaxLen: c.Stream.MaxLen}
	outbox := c.Stream.Input + ":live-outbox"
	base := consumer.Options{
		Redis: broker, Backend: backend, Group: c.Stream.Group, Name: c.Stream.Consumer,
		Lease: c.Dispatcher.Lease, ClaimMinIdle: c.Stream.ClaimMinIdle, DeliveryLimit: c.Dispatcher.DeliveryLimit,
		Attempts: c.Dispatcher.Attempts, DrainTimeout: c.Dispatcher.DrainTimeout, DedupWindow: c.Dispatcher.DedupWindow,
		Durability: durability(c), Log: log,
	}
	w.warmUps, w.warming = w.warm(c, broker), w.schedule(c, broker)
	w.serve(c, base, rejected, outbox, broker, store)
	streams := process.Inputs(c)
	if !c.Live.URL.IsZero() {
		service, err := liveService(&c.Live, log)
		if err != nil {
			return nil, err
		}
		posting := base
		posting.Hooks = hooks(w.metrics.Delivery(outbox, c.Stream.Group))
		streams = append(streams, outbox)
		posting.Stream, posting.Slots, posting.Lines = outbox, c.Live.Posts, true
		posting.Attempts = liveAttempts
		posting.Handler = live.NewPoster(live.Options{
			Service: service, Client: live.NewClient(c.Live.Timeout), DeadLetters: rejected, Outbox: outbox, Consumer: c.Stream.Consumer,
			GiveUpAfter: c.Live.GiveUpAfter, Now: time.Now, Log: log, Observe: w.metrics.LivePost, GaveUp: w.metrics.DeadLetter, State: w.metrics.LiveBreaker,
		})
		w.outbox = consumer.New(posting)
	}
	if c.Dispatcher.MetricsPort > 0 {
		if err := w.metrics.Broker(func() telemetry.Broker { return process.Watch(broker, c, streams) }); err != nil {
			return nil, err
		}
		w.http = gateway.New(gateway.Options{
			Addr: fmt.Sprintf(":%d", c.Dispatcher.MetricsPort), Metrics: w.metrics.Handler(), Log: log,
			Checks: process.Checks(c, broker, other, w.pages.Ready),
		})
	}
	return w, nil
}

// liveAttempts are the posts of one event: with the pauses between them about an hour.
const liveAttempts = 60

// dispatching collects what serves one request.
func (w *Worker) dispatching(c *config.Config, rejected deadletter.Sink, outbox string, broker redis.UniversalClient, store redis.Cmdable) dispatch.Options {
	o := dispatch.Options{
		Decoder: models.Decoder{MaxBytes: c.Dispatcher.MaxRequestBytes, MaxDepth: c.Dispatcher.MaxDepth},
		Events:  w.pages.events,
		Pages:   w.pages.hold,
		Sinks: dispatch.Sinks{
			Stream: &stream.Sink{Prefix: c.Stream.OutputPrefix, MaxLen: c.Stream.MaxLen},
			Buffer: buffer.Sink{}, Care: care.Sink{},
		},
		DeadLetters: rejected, StaleAfter: c.EventTimeout, Branding: branding(c), Closing: c.Dispatcher.CompleteMessage,
		Processing: func(ctx context.Context, key string, again bool) (func(), error) {
			return buffer.KeepProcessing(ctx, store, key, again)
		},
		Rounds: rounds(c, broker, store), WarmUps: w.warmUps,
		Cancel: cancels(c), Newest: newest(c, broker),
		Consumer: c.Stream.Consumer, Now: time.Now, Log: w.log, Tracer: w.traces.Tracer,
	}
	if c.Dispatcher.ClaimCheckBytes > 0 {
		o.ClaimCheck = dispatch.ClaimCheck{Above: c.Dispatcher.ClaimCheckBytes, Store: w.pages.Reports().Store}
	}
	if c.Override {
		o.OverrideKey = c.OverrideRoutingKey
	}
	if !c.Live.URL.IsZero() {
		o.Sinks.Live = &live.Sink{Outbox: outbox, Now: time.Now}
	}
	return o
}

func durability(c *config.Config) commit.Durability {
	return commit.Durability{Replicas: c.Dispatcher.WaitReplicas, Fsync: c.Dispatcher.WaitFsync, Timeout: c.Dispatcher.WaitTimeout}
}

func branding(c *config.Config) models.Branding {
	pairs := make([][2]string, len(c.Branding))
	for i, b := range c.Branding {
		pairs[i] = [2]string{b.Name, b.Value}
	}
	return models.NewBranding(pairs...)
}

func hooks(d *telemetry.Delivery) consumer.Hooks {
	return consumer.Hooks{
		Read: d.Read, Claimed: d.Claimed, Lost: d.Lost, Requeued: d.Requeued, Released: d.Released,
		GroupCreated: d.GroupCreated, Committed: d.Submission, Commit: d.Commit, Unreplicated: d.Unreplicated,
	}
}

// Reload reads the catalog again, and the files that its sources name. Requests that run go on with what they began with.
func (w *Worker) Reload(ctx context.Context) { w.pages.Reload(ctx) }

// Close closes what the worker has opened. It may be called twice.
func (w *Worker) Close() error { return w.closers.Close() }

// Run serves until ctx ends and all work is drained.
func (w *Worker) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var group sync.WaitGroup
	var mu sync.Mutex
	var faults []error
	start := func(run func(context.Context) error) {
		group.Go(func() {
			if err := run(ctx); err != nil && !errors.Is(err, context.Canceled) {
				mu.Lock()
				faults = append(faults, err)
				mu.Unlock()
				cancel() // one part that cannot run takes the process down, drained
			}
		})
	}
	start(w.pages.store.Watch)
	consumers := w.requests
	if w.outbox != nil {
		consumers = append(slices.Clip(consumers), w.outbox)
	}
	for _, c := range consumers {
		start(func(ctx context.Context) error {
			if err := w.admit.wait(ctx); err != nil {
				return err
			}
			return c.Run(ctx)
		})
	}
	if w.warming != nil {
		start(w.warming.Run)
	}
	if w.http != nil {
		start(w.http.Run)
	}
	group.Wait()
	return errors.Join(faults...)
}
