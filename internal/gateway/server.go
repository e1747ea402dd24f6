package gateway

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"syscall"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/telemetry"
)

// Options is what a process sets about its server.
type Options struct {
	// Addr is where to listen, for example ":8080"; port 0 picks a free one.
	Addr string
	// Checks are what /ready asks.
	Checks []Check
	// Metrics serves /metrics; without it the address does not exist.
	Metrics http.Handler
	// Counts are of what Routes answer, and of what no address takes; nil counts nothing.
	Counts *telemetry.HTTP
	// Routes are the addresses of the server's parts. Two equal ones, or one that is not a pattern, make Run panic.
	Routes []Route
	// Around goes around all answers, those of /health and to unknown addresses too.
	Around func(http.Handler) http.Handler
	// Door goes around each of Routes that is not open, and nothing else: it finds out who asks, and refuses. Without it nobody is known, and a route does
	// only what nobody may.
	Door func(http.Handler) http.Handler
	// OnStop is called once when a stop begins, before running answers are waited for: what streams without an end ends its answers then.
	OnStop func()
	// Log gets what goes wrong; nil discards it.
	Log *slog.Logger
	// Grace bounds how long running answers may take after a stop; 0 is five seconds.
	Grace time.Duration
}

// Server serves HTTP once: after a stop it stays stopped.
type Server struct {
	opts      Options
	readiness *readiness

	mu        sync.Mutex
	started   bool
	addr      string
	listening chan struct{}
	stop      chan struct{}
	stopOnce  sync.Once
}

// ErrRunning says that Run was called before.
var ErrRunning = errors.New("gateway: the server has been run before")

// New returns a server that does not listen yet.
func New(opts Options) *Server {
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	if opts.Grace <= 0 {
		opts.Grace = 5 * time.Second
	}
	return &Server{opts: opts, readiness: newReadiness(opts.Checks, opts.Log), listening: make(chan struct{}), stop: make(chan struct{})}
}

// Listening is closed when connections are accepted; Addr is known from then on.
func (s *Server) Listening() <-chan struct{} { return s.listening }

// Addr returns host:port of the listener, or nothing before it listens.
func (s *Server) Addr() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.addr
}

// Stop makes Run return once the running answers are out. It does not wait, and may be called at any time, repeatedly.
func (s *Server) Stop() { s.stopOnce.Do(func() { close(s.stop) }) }

func (s *Server) stopping() bool {
	select {
	case <-s.stop:
		return true
	default:
		return false
	}
}

// Run listens until ctx ends or Stop is called, and returns nil then. An error says why it cannot serve.
func (s *Server) Run(ctx context.Context) error {
	s.mu.Lock()
	if s.started {
		s.mu.Unlock()
		return ErrRunning
	}
	s.started = true
	s.mu.Unlock()
	if ctx.Err() != nil {
		s.Stop()
	}
	if s.stopping() {
		return nil
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", s.opts.Addr)
	if err != nil {
		return listenError(s.opts.Addr, err)
	}
	s.mu.Lock()
	s.addr = listener.Addr().String()
	s.mu.Unlock()
	close(s.listening)
	return s.serve(ctx, listener)
}

func (s *Server) serve(ctx context.Context, listener net.Listener) error {
	server := &http.Server{
		Handler:           s.routes(),
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       10 * time.Second,
		WriteTimeout:      30 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(s.opts.Log.Handler(), slog.LevelWarn),
		Protocols:         protocols(),
	}
	streams := newDetached(ctx, s.opts.Log)
	server.BaseContext = func(net.Listener) context.Context {
		return context.WithValue(context.Background(), detachedKey{}, streams)
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }() // ends with Shutdown or Close below, and is waited for
	select {
	case err := <-served:
		s.beginStop(streams)
		grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.opts.Grace)
		defer cancel()
		streams.drain(grace)
		return fmt.Errorf("gateway: serve: %w", err)
	case <-ctx.Done():
	case <-s.stop:
	}
	s.beginStop(streams)
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.opts.Grace)
	defer cancel()
	if err := server.Shutdown(grace); err != nil {
		s.opts.Log.LogAttrs(grace, slog.LevelWarn, "some answers were cut off by the stop", slog.String("error", err.Error()))
		_ = server.Close()
	}
	streams.drain(grace)
	if err := <-served; !errors.Is(err, http.ErrServerClosed) {
		s.opts.Log.LogAttrs(grace, slog.LevelWarn, "the listener broke while stopping", slog.String("error", err.Error()))
	}
	s.awaitChecks(grace)
	return nil
}

// beginStop begins the stop: nothing goes on without end from here on.
func (s *Server) beginStop(streams *detached) {
	s.Stop()
	streams.close()
	if s.opts.OnStop != nil {
		s.opts.OnStop()
	}
}

// protocols are HTTP/1.1, and HTTP/2 without TLS for who begins with it: a proxy in front, or a client that holds many streams.
func protocols() *http.Protocols {
	p := new(http.Protocols)
	p.SetHTTP1(true)
	p.SetUnencryptedHTTP2(true)
	return p
}

// awaitChecks waits for checks that still run, but not for one that ignores its context.
func (s *Server) awaitChecks(ctx context.Context) {
	done := make(chan struct{})
	go func() { s.readiness.work.Wait(); close(done) }()
	select {
	case <-done:
	case <-ctx.Done():
		s.opts.Log.LogAttrs(ctx, slog.LevelWarn, "a readiness check did not end")
	}
}

func listenError(addr string, err error) error {
	if errors.Is(err, syscall.EADDRINUSE) {
		return fmt.Errorf("gateway: listen on %s: the port is in use by another process: %w", addr, err)
	}
	return fmt.Errorf("gateway: listen on %s: %w", addr, err)
}
