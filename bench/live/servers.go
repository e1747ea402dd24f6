package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/go-dispatcher/dispatcher/internal/feed"
	"github.com/go-dispatcher/dispatcher/internal/gateway"
	"github.com/go-dispatcher/dispatcher/internal/gateway/caller"
	"github.com/go-dispatcher/dispatcher/internal/gateway/events"
	"github.com/go-dispatcher/dispatcher/internal/memory"
	"github.com/go-dispatcher/dispatcher/internal/telemetry"
)

// Variables that tell a process of this program that it is a server, and which.
const (
	envRole  = "LIVE_ROLE"
	envAddr  = "LIVE_ADDR"
	envRedis = "LIVE_REDIS"

	byHand, ours, shipped = "by hand", "gateway", "server"
	// prefix begins the output streams' names.
	prefix = "out:"
)

func serve(ctx context.Context, role string) error {
	if role == byHand {
		return serveByHand(ctx)
	}
	return serveGateway(ctx)
}

// serveGateway is what cmd/server does for live streams, without the rest of it.
func serveGateway(ctx context.Context) error {
	memory.Tune(memory.Connections)
	rdb := redis.NewClient(&redis.Options{Addr: os.Getenv(envRedis), Protocol: 2, MaxRetries: -1})
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	metrics := telemetry.NewMetrics()
	counts := metrics.Feed()
	hub := feed.New(feed.Options{Redis: rdb, Metrics: counts, Log: log})
	live := &events.Events{Hub: hub, Prefix: prefix, Metrics: counts, Log: log}
	server := gateway.New(gateway.Options{
		Addr: os.Getenv(envAddr), Metrics: metrics.Handler(), Log: log, OnStop: hub.Stop,
		Door: func(h http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				h.ServeHTTP(w, r.WithContext(caller.With(r.Context(), &caller.Caller{Trusted: true})))
			})
		},
		Routes: []gateway.Route{{Pattern: "GET /v1/streams/{routing_key}/events", Handler: http.HandlerFunc(live.Stream)}},
	})
	var all sync.WaitGroup
	defer all.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	all.Go(func() { _ = hub.Run(ctx) })
	return server.Run(ctx)
}

// serveByHand is what one writes around net/http: a channel for each subscriber, and no more: no ids to resume from, no deadlines, no heartbeats, and a
// publication that waits for whoever is slow.
func serveByHand(ctx context.Context) error {
	var mu sync.Mutex
	all := map[string]map[chan []byte]bool{}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/streams/{key}/events", func(w http.ResponseWriter, r *http.Request) {
		key, mine := r.PathValue("key"), make(chan []byte, 64)
		mu.Lock()
		if all[key] == nil {
			all[key] = map[chan []byte]bool{}
		}
		all[key][mine] = true
		mu.Unlock()
		defer func() { mu.Lock(); delete(all[key], mine); mu.Unlock() }()
		w.Header().Set("Content-Type", "text/event-stream")
		_, _ = io.WriteString(w, "event: hello\ndata: {}\n\n")
		flusher := w.(http.Flusher)
		flusher.Flush()
		for {
			select {
			case data := <-mine:
				if _, err := fmt.Fprintf(w, "data: %s\n\n", data); err != nil {
					return
				}
				flusher.Flush()
			case <-r.Context().Done():
				return
			}
		}
	})
	mux.HandleFunc("POST /publish/{key}", func(w http.ResponseWriter, r *http.Request) {
		data, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		mu.Lock()
		list := make([]chan []byte, 0, len(all[r.PathValue("key")]))
		for c := range all[r.PathValue("key")] {
			list = append(list, c)
		}
		mu.Unlock()
		for _, c := range list {
			select {
			case c <- data:
			case <-time.After(time.Second): // a stalled one must not stop the measurement
			}
		}
	})
	server := &http.Server{Addr: os.Getenv(envAddr), Handler: mux}
	go func() { <-ctx.Done(); _ = server.Close() }()
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
