package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"

	"github.com/redis/go-redis/v9"
	"golang.org/x/sync/errgroup"

	"github.com/go-dispatcher/dispatcher/internal/config"
	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/feed"
	"github.com/go-dispatcher/dispatcher/internal/gateway"
	"github.com/go-dispatcher/dispatcher/internal/gateway/door"
	"github.com/go-dispatcher/dispatcher/internal/gateway/web"
	"github.com/go-dispatcher/dispatcher/internal/telemetry"
)

// Server is the HTTP process: health, readiness and metrics, and live streams.
type Server struct {
	closers
	http   *gateway.Server
	feed   *feed.Hub
	probes *probes
	door   *door.Door
	admin  *operators // nil where it is off
	log    *slog.Logger
}

// NewServer wires the HTTP process.
func NewServer(c *config.Config, log *slog.Logger) (*Server, error) {
	for _, warning := range c.Warnings {
		log.Warn(warning)
	}
	broker, err := Connect(c.Broker, log)
	if err != nil {
		return nil, err
	}
	s := &Server{probes: newProbes(c, log), log: log}
	s.add("broker", broker.Close)
	backend, err := backendOf(c, log)
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	if backend != nil {
		s.add("backend", backend.Close)
	}
	s.add("sources", s.probes.close)
	if s.door, err = newDoor(c, log); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	s.add("door", s.door.Close)
	metrics := telemetry.NewMetrics()
	if err := metrics.Broker(func() telemetry.Broker { return watch(broker, c, Inputs(c)) }); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	live, err := s.live(c, metrics.Feed())
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	dashboard, err := site(web.Dashboard, "GET /{$}", "GET /d/{page}")
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	requests, err := newAPI(c, broker, backend, s.probes.catalog, live, log)
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	s.http = gateway.New(gateway.Options{
		Addr: fmt.Sprintf(":%d", c.Port), Checks: checks(c, broker, backend, s.probes.ready), Metrics: metrics.Handler(), Log: log,
		Around: s.door.Around, Door: s.door.Guard, OnStop: s.feed.Stop,
		Routes: slices.Concat(streamRoutes(live), sessionRoutes(s.door), requests.Routes(), dashboard),
	})
	if s.admin, err = newOperators(c, broker, s.probes, s.door, requests, log); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// Run serves until ctx ends.
func (s *Server) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	var asking sync.WaitGroup
	defer asking.Wait()
	defer cancel()
	asking.Go(func() {
		if err := s.probes.Run(ctx); err != nil {
			s.log.WarnContext(ctx, "changes of the catalog are not seen", telemetry.Err(err))
		}
	})
	asking.Go(func() {
		if err := s.feed.Run(ctx); err != nil {
			s.log.WarnContext(ctx, "the connection of live streams was not closed", telemetry.Err(err))
		}
	})
	listeners, listening := errgroup.WithContext(ctx) // one that cannot listen takes the process down
	listeners.Go(func() error { return s.http.Run(listening) })
	if s.admin != nil {
		listeners.Go(func() error { return s.admin.run(listening) })
	}
	return listeners.Wait()
}

// Reload reads the catalog again, the files that its sources name, and the keys of tokens.
func (s *Server) Reload(ctx context.Context) {
	s.door.Reload(ctx)
	s.probes.reload(ctx)
}

// checks are what the process needs to be ready: backend is nil where it is the broker.
func checks(c *config.Config, broker, backend redis.UniversalClient, sources func(context.Context) error) []gateway.Check {
	list := []gateway.Check{
		{Name: "redis", Run: func(ctx context.Context) error { return broker.Ping(ctx).Err() }},
		{Name: "group", Run: func(ctx context.Context) error { return groupExists(ctx, broker, c) }},
	}
	if backend != nil {
		list = append(list, gateway.Check{Name: "backend_redis", Run: func(ctx context.Context) error { return backend.Ping(ctx).Err() }})
	}
	return append(list, gateway.Check{Name: "sources", Run: sources})
}

func groupExists(ctx context.Context, broker redis.UniversalClient, c *config.Config) error {
	groups, err := broker.XInfoGroups(ctx, c.Stream.Input).Result()
	if err == nil {
		for _, g := range groups {
			if g.Name == c.Stream.Group {
				return nil
			}
		}
	} else if err.Error() != "ERR no such key" {
		return err
	}
	return fault.New(fault.Transient, "group_missing", "the consumer group does not exist; a consumer makes it when it starts", err)
}
