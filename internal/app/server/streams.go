package server

import (
	"net/http"

	"github.com/go-dispatcher/dispatcher/internal/app/process"
	"github.com/go-dispatcher/dispatcher/internal/config"
	"github.com/go-dispatcher/dispatcher/internal/feed"
	"github.com/go-dispatcher/dispatcher/internal/gateway"
	"github.com/go-dispatcher/dispatcher/internal/gateway/events"
	"github.com/go-dispatcher/dispatcher/internal/telemetry"
)

// live makes what streams live messages, on a connection of its own: reads wait there.
func (s *Server) live(c *config.Config, counts *telemetry.Feed) (*events.Events, error) {
	rdb, err := process.Connect(c.Broker, s.log)
	if err != nil {
		return nil, err
	}
	s.feed = feed.New(feed.Options{Redis: rdb, Metrics: counts, Log: s.log})
	s.closers.Add("feed", s.feed.Close)
	return &events.Events{Hub: s.feed, Prefix: c.Stream.OutputPrefix, Metrics: counts, Revocations: s.revoked, Log: s.log}, nil
}

func streamRoutes(live *events.Events) []gateway.Route {
	return []gateway.Route{{Pattern: "GET /v1/streams/{routing_key}/events", Handler: http.HandlerFunc(live.Stream)}}
}
