package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/go-dispatcher/dispatcher/internal/app/process"
	"github.com/go-dispatcher/dispatcher/internal/config"
	"github.com/go-dispatcher/dispatcher/internal/feed"
	"github.com/go-dispatcher/dispatcher/internal/gateway"
	"github.com/go-dispatcher/dispatcher/internal/gateway/door"
	"github.com/go-dispatcher/dispatcher/internal/gateway/revocation"
	"github.com/go-dispatcher/dispatcher/internal/gateway/web"
	"github.com/go-dispatcher/dispatcher/internal/telemetry"
)

// Server is the HTTP process: health, readiness and metrics, and live streams.
type Server struct {
	closers process.Closers
	http    *gateway.Server
	feed    *feed.Hub
	probes  *probes
	door    *door.Door
	revoked *revocation.List
	admin   *operators // nil where it is off
	log     *slog.Logger
}

// New wires the HTTP process.
func New(c *config.Config, log *slog.Logger) (*Server, error) {
	for _, warning := range c.Warnings {
		log.Warn(warning)
	}
	broker, err := process.Connect(c.Broker, log)
	if err != nil {
		return nil, err
	}
	s := &Server{probes: newProbes(c.Dispatcher.Catalog, log), log: log}
	s.closers.Add("broker", broker.Close)
	backend, err := process.BackendOf(c, log)
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	if backend != nil {
		s.closers.Add("backend", backend.Close)
	}
	s.revoked = revocation.NewList(broker, revocation.Key(c.Stream.Input), log)
	if s.door, err = newDoor(c, s.revoked, log); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	s.closers.Add("door", s.door.Close)
	metrics := telemetry.NewMetrics()
	if err := metrics.Broker(func() telemetry.Broker { return process.Watch(broker, c, process.Inputs(c)) }); err != nil {
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
	files, err := filesFolder(c)
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	if files != nil {
		s.closers.Add("files", files.Close)
	}
	requests := newAPI(c, files, broker, backend, s.probes.catalog, live, log)
	counts := metrics.HTTP()
	s.http = gateway.New(gateway.Options{
		Addr: fmt.Sprintf(":%d", c.Port), Checks: process.Checks(c, broker, backend, s.probes.ready), Metrics: metrics.Handler(), Counts: counts, Log: log,
		Around: s.door.Around, Door: s.door.Guard, OnStop: s.feed.Stop,
		Routes: slices.Concat(streamRoutes(live), sessionRoutes(s.door), requests.Routes(), dashboard),
	})
	if s.admin, err = newOperators(c, broker, s.probes, s.door, requests, counts, log); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// Close closes what the process has opened. It may be called twice.
func (s *Server) Close() error { return s.closers.Close() }

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
	if s.door.Authenticates() {
		asking.Go(func() { s.revoked.Run(ctx) })
	}
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
