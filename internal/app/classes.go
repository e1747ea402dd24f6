package app

import (
	"github.com/redis/go-redis/v9"

	"github.com/go-dispatcher/dispatcher/internal/app/process"
	"github.com/go-dispatcher/dispatcher/internal/commit"
	"github.com/go-dispatcher/dispatcher/internal/config"
	"github.com/go-dispatcher/dispatcher/internal/consumer"
	"github.com/go-dispatcher/dispatcher/internal/dispatch"
	"github.com/go-dispatcher/dispatcher/internal/models"
	"github.com/go-dispatcher/dispatcher/internal/sink/deadletter"
)

// serve makes a consumer for each class that this process has places for.
func (w *Worker) serve(c *config.Config, base consumer.Options, rejected deadletter.Sink, outbox string, broker redis.UniversalClient, store redis.Cmdable) {
	shared := commit.NamesOf(c.Stream.Input)
	for _, k := range process.Classes(c) {
		if k.Slots == 0 {
			continue
		}
		o := base
		o.Stream, o.Names, o.Slots, o.Timeout = k.Stream, shared.Class(k.Stream), k.Slots, c.EventTimeout
		o.Withdrawals = true
		o.Fair = consumer.Fair{Tenant: tenantOf(c), Most: c.Dispatcher.TenantSlots}
		o.Hooks = hooks(w.metrics.Delivery(k.Stream, c.Stream.Group))
		d := w.dispatching(c, rejected, outbox, broker, store)
		d.Input, d.Observer = k.Stream, w.metrics.Class(string(k.Name), k.Slots)
		if k.Name == models.Interactive {
			d.Classes = make(map[models.Class]string)
			for _, other := range process.Classes(c) {
				if other.Name != k.Name {
					d.Classes[other.Name] = other.Stream
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
