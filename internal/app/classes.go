package app

import (
	"github.com/redis/go-redis/v9"

	"github.com/go-dispatcher/dispatcher/internal/commit"
	"github.com/go-dispatcher/dispatcher/internal/config"
	"github.com/go-dispatcher/dispatcher/internal/consumer"
	"github.com/go-dispatcher/dispatcher/internal/dispatch"
	"github.com/go-dispatcher/dispatcher/internal/models"
	"github.com/go-dispatcher/dispatcher/internal/sink/deadletter"
)

// class is a class of requests: its stream, and how many of them run at the same time.
type class struct {
	name   dispatch.Class
	stream string
	slots  int
}

// classes are all of them. What comes on the input stream is interactive, or is passed on to its class's own stream.
func classes(c *config.Config) []class {
	input := c.Stream.Input
	return []class{
		{dispatch.Interactive, input, c.Dispatcher.Slots},
		{dispatch.Refresh, input + ":" + string(dispatch.Refresh), c.Dispatcher.RefreshSlots},
		{dispatch.Export, input + ":" + string(dispatch.Export), c.Dispatcher.ExportSlots},
	}
}

// Inputs are the streams of all classes, the input stream first.
func Inputs(c *config.Config) (streams []string) {
	for _, k := range classes(c) {
		streams = append(streams, k.stream)
	}
	return streams
}

// serve makes a consumer for each class that this process has places for.
func (w *Worker) serve(c *config.Config, base consumer.Options, rejected deadletter.Sink, outbox string, broker redis.UniversalClient, store redis.Cmdable) {
	shared := commit.NamesOf(c.Stream.Input)
	for _, k := range classes(c) {
		if k.slots == 0 {
			continue
		}
		o := base
		o.Stream, o.Names, o.Slots, o.Timeout = k.stream, shared.Class(k.stream), k.slots, c.EventTimeout
		o.Withdrawals = true
		o.Fair = consumer.Fair{Tenant: tenantOf(c), Most: c.Dispatcher.TenantSlots}
		o.Hooks = hooks(w.metrics.Delivery(k.stream, c.Stream.Group))
		d := w.dispatching(c, rejected, outbox, broker, store)
		d.Input, d.Observer = k.stream, w.metrics.Class(string(k.name), k.slots)
		if k.name == dispatch.Interactive {
			d.Classes = make(map[dispatch.Class]string)
			for _, other := range classes(c) {
				if other.name != k.name {
					d.Classes[other.name] = other.stream
				}
			}
		}
		o.Handler = dispatch.New(d)
		w.requests = append(w.requests, consumer.New(o))
	}
}

// usualWidgets is what a request is taken to cost that asks for a page without naming its widgets.
const usualWidgets = 8

// tenantOf returns who sent a request and what it costs: the widgets that it asks for. What cannot be read is nobody's, and is found out when it is served.
func tenantOf(c *config.Config) func(e *consumer.Entry) (tenant string, cost int) {
	decoder := models.Decoder{MaxBytes: c.Dispatcher.MaxRequestBytes, MaxDepth: c.Dispatcher.MaxDepth}
	return func(e *consumer.Entry) (string, int) {
		payload, ok := dispatch.PayloadOf(e)
		if !ok {
			return "", 1
		}
		req, err := decoder.Decode(payload)
		if err != nil {
			return "", 1
		}
		if req.CancelRequest != "" {
			return "", 0 // what it cancels may be before it
		}
		if n := len(req.SelectedWidgets); n > 0 {
			return req.Tenant(), n
		}
		return req.Tenant(), usualWidgets
	}
}
