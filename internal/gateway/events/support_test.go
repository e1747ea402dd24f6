package events

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/go-dispatcher/dispatcher/internal/feed"
	"github.com/go-dispatcher/dispatcher/internal/gateway"
	"github.com/go-dispatcher/dispatcher/internal/gateway/caller"
	"github.com/go-dispatcher/dispatcher/internal/telemetry"
	"github.com/go-dispatcher/dispatcher/internal/testenv"
)

// site is a gateway on a real Redis.
type site struct {
	t      *testing.T
	rdb    *redis.Client
	prefix string
	server *gateway.Server
	events *Events
	// metrics answers with what was counted.
	metrics http.Handler
	who     *caller.Caller
	// places are those that streams take up.
	places atomic.Int64
}

// newSite starts a gateway whose callers all are who. The request of /one is r1 of the routing key "shared".
func newSite(t *testing.T, who *caller.Caller, more ...func(*Events)) *site {
	t.Helper()
	return newSiteOn(t, testenv.Redis(t), who, more...)
}

func newSiteOn(t *testing.T, addr string, who *caller.Caller, more ...func(*Events)) *site {
	t.Helper()
	s := &site{t: t, who: who, rdb: redis.NewClient(&redis.Options{Addr: addr, DialTimeout: time.Minute, ReadTimeout: time.Minute}), prefix: fmt.Sprintf("events-%s-%d:", t.Name(), time.Now().UnixNano())}
	log := slog.New(slog.DiscardHandler)
	metrics := telemetry.NewMetrics()
	counts := metrics.Feed()
	hub := feed.New(feed.Options{Redis: redis.NewClient(&redis.Options{Addr: addr, Protocol: 2, DialTimeout: time.Minute, ReadTimeout: time.Minute}), Metrics: counts, Log: log})
	e := &Events{Hub: hub, Prefix: s.prefix, Metrics: counts, Log: log}
	for _, f := range more {
		f(e)
	}
	s.events = e
	s.server = gateway.New(gateway.Options{
		Addr: "127.0.0.1:0", Grace: time.Hour, Metrics: metrics.Handler(), OnStop: hub.Stop,
		Door: func(h http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				s.places.Add(1)
				ctx, place := caller.WithPlace(caller.With(r.Context(), s.who), func() { s.places.Add(-1) })
				defer place.Back()
				h.ServeHTTP(w, r.WithContext(ctx))
			})
		},
		Routes: []gateway.Route{
			{Pattern: "GET /v1/streams/{routing_key}/events", Handler: http.HandlerFunc(e.Stream)},
			{Pattern: "GET /one", Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				e.Request(w, r, Request{RoutingKey: "shared", ID: "r1"})
			})},
		},
	})
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan error, 2)
	go func() { ended <- s.server.Run(ctx) }()
	go func() { ended <- hub.Run(ctx) }()
	s.metrics = metrics.Handler()
	<-s.server.Listening()
	t.Cleanup(func() {
		cancel()
		for range 2 {
			if err := <-ended; err != nil {
				t.Error(err)
			}
		}
		_ = s.rdb.Close()
	})
	return s
}

// send appends a message of request r1, or of another.
func (s *site) send(key, event, data string, request ...string) {
	s.t.Helper()
	id := "r1"
	if len(request) > 0 {
		id = request[0]
	}
	payload := fmt.Sprintf(`{"eventName":%q,"eventData":%s,"request_id":%q}`, event, data, id)
	if err := s.rdb.XAdd(s.t.Context(), &redis.XAddArgs{Stream: s.prefix + key, Values: []any{"payload", payload, "eventName", event, "routing_key", key}}).Err(); err != nil {
		s.t.Fatal(err)
	}
}

// frame is what a client reads.
type frame struct{ event, id, data string }

// reader is a client's connection.
type reader struct {
	t      *testing.T
	res    *http.Response
	lines  *bufio.Reader
	cancel context.CancelFunc
}

func (s *site) open(path string, header ...string) *reader {
	return s.openBy(http.DefaultTransport, path, header...)
}

func (s *site) openBy(by http.RoundTripper, path string, header ...string) *reader {
	s.t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(s.t.Context()))
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+s.server.Addr()+path, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := by.RoundTrip(req) //nolint:bodyclose // the reader closes it
	if err != nil {
		s.t.Fatal(err)
	}
	r := &reader{t: s.t, res: res, lines: bufio.NewReader(res.Body), cancel: cancel}
	s.t.Cleanup(r.close)
	return r
}

func (r *reader) close() { r.cancel(); r.res.Body.Close() }

// next reads a frame; one without an event is the stream's end. Comments are left out.
func (r *reader) next() (f frame) {
	r.t.Helper()
	for {
		line, err := r.lines.ReadString('\n')
		if err != nil {
			return frame{}
		}
		line = strings.TrimSuffix(line, "\n")
		name, value, _ := strings.Cut(line, ": ")
		switch name {
		case "event":
			f.event = value
		case "id":
			f.id = value
		case "data":
			f.data = value
		case "":
			if line == "" && f.event != "" {
				return f
			}
		}
	}
}

// events reads frames up to one of an event.
func (r *reader) events(last string) (list []frame) {
	r.t.Helper()
	for {
		f := r.next()
		if list = append(list, f); f.event == last || f.event == "" {
			return list
		}
	}
}
