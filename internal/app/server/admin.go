package server

import (
	"context"
	"log/slog"
	"net"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/go-dispatcher/dispatcher/internal/app/process"
	"github.com/go-dispatcher/dispatcher/internal/config"
	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/gateway"
	"github.com/go-dispatcher/dispatcher/internal/gateway/admin"
	"github.com/go-dispatcher/dispatcher/internal/gateway/api"
	"github.com/go-dispatcher/dispatcher/internal/gateway/door"
	"github.com/go-dispatcher/dispatcher/internal/gateway/web"
	"github.com/go-dispatcher/dispatcher/internal/telemetry"
)

// operators is the operators' API and its listener; nil where it is off.
type operators struct {
	api  *admin.API
	http *gateway.Server
}

// newOperators makes the operators' listener: their API, the session that it is asked with, and their page.
func newOperators(c *config.Config, broker redis.UniversalClient, p *probes, d *door.Door, requests *api.API, counts *telemetry.HTTP, log *slog.Logger) (*operators, error) {
	g := &c.Gateway
	if g.AdminPort == 0 {
		return nil, nil //nolint:nilnil // it is off
	}
	page, err := site(web.Operators, "GET /{$}")
	if err != nil {
		return nil, err
	}
	o := admin.Options{
		Redis: broker, Input: c.Stream.Input, Group: c.Stream.Group, Rejected: c.Stream.Rejected, Sources: p.states, Pprof: g.AdminPprof, Log: log,
		Recent: func(ctx context.Context, limit int64) (any, error) { return requests.Recent(ctx, limit) },
		Latency: func(ctx context.Context, span time.Duration) ([]admin.Took, error) {
			list, err := requests.Latencies(ctx, span)
			took := make([]admin.Took, len(list))
			for i, l := range list {
				took[i] = admin.Took(l)
			}
			return took, err
		},
	}
	for _, k := range process.Classes(c) {
		o.Classes = append(o.Classes, admin.Class{Name: string(k.Name), Stream: k.Stream})
	}
	desk := admin.New(o)
	return &operators{desk, gateway.New(gateway.Options{
		Addr: net.JoinHostPort(g.AdminHost, strconv.Itoa(g.AdminPort)), Routes: slices.Concat(desk.Routes(), sessionRoutes(d), page), Around: d.Around, Door: d.Guard, Counts: counts, Log: log,
	})}, nil
}

// run serves until ctx ends.
func (o *operators) run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	var counting sync.WaitGroup
	defer counting.Wait()
	defer cancel()
	counting.Go(func() { o.api.Run(ctx) })
	return o.http.Run(ctx)
}

// states asks each source whether it answers.
func (p *probes) states(ctx context.Context) ([]admin.Source, error) {
	p.mu.Lock()
	h := p.health
	p.mu.Unlock()
	if h == nil {
		return nil, nil
	}
	names, errs := h.Each(ctx)
	list := make([]admin.Source, len(names))
	for i, name := range names {
		list[i] = admin.Source{Name: name, Status: "up"}
		switch err := errs[i]; {
		case err == nil:
		case fault.ReasonOf(err) == "source_not_configured":
			list[i].Status, list[i].Error = "not_configured", fault.SafeText(err)
		default:
			list[i].Status, list[i].Error = "down", fault.SafeText(err)
		}
	}
	return list, nil
}
