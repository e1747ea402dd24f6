// Package httpapi computes queries over the rows that an HTTP API answers with. A dataset's call is a template whose
// placeholders take typed values of the request; its pages are read one after the other, each tried again where that may help, and
// a source.Local filters, groups and aggregates the rows: whatever the API has done of that already does no harm.
//
// Nothing of a request changes where a call goes: hosts come from the configuration, redirects leave neither scheme, host nor port,
// and the address that is dialed must be a public one unless private ones are allowed. What is read is bounded in bytes, pages and time.
//
// It is no client of any particular API, and no cache beyond Config.Reuse: what a page of widgets asks for in the same
// words is asked once.
package httpapi

import (
	"context"
	"errors"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"

	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/source"
)

// Secret returns a value that stands in the environment or in a file. It is called for each use, so that a file may be
// replaced. Its error names the place, never the content.
type Secret func() (string, error)

// Config says where an API is and how it may be used.
type Config struct {
	// URL is the base URL: http(s)://host/path. A user in it stands for Basic, a query is sent along. All of it is a secret.
	URL Secret
	// Auth puts the credentials on each request; nil is none.
	Auth Auth
	// CAFile holds the certificates of the authorities to trust, in place of the system's.
	CAFile string
	// AllowPrivate allows addresses that are not public, and credentials over plain HTTP.
	AllowPrivate bool
	// Timeout bounds one request with its answer; 0 is 60 seconds.
	Timeout time.Duration
	// MaxBytes bounds one answer, unpacked, MaxTotalBytes all pages of one query, MaxPages their number; 0 is 16 MiB, 64 MiB
	// and 100.
	MaxBytes, MaxTotalBytes int64
	MaxPages                int
	// Rate is how many requests a second are sent; 0 is any number. Connections is how many at the same time; 0 is 4.
	Rate        float64
	Connections int
	// Health is the path that Ping asks for; without it, Ping connects and no more.
	Health string
	// Reuse is how long the answer to a call serves equal calls; 0 is 5 seconds.
	Reuse time.Duration
	// Local computes over the rows.
	Local source.Local
	// Resolver replaces the system's.
	Resolver *net.Resolver
	// Now is the clock of what is reported; nil is time.Now.
	Now func() time.Time
}

// Source is an API.
type Source struct {
	cfg     Config
	client  *http.Client
	dialer  *net.Dialer
	reads   reads
	slots   chan struct{}
	limiter *rate.Limiter
	gate    gate
	closed  atomic.Bool
}

var _ source.Source = (*Source)(nil)

func (c Config) withDefaults() Config {
	if c.Timeout <= 0 {
		c.Timeout = 60 * time.Second
	}
	if c.MaxBytes <= 0 {
		c.MaxBytes = 16 << 20
	}
	if c.MaxTotalBytes <= 0 {
		c.MaxTotalBytes = max(64<<20, c.MaxBytes)
	}
	if c.MaxPages <= 0 {
		c.MaxPages = 100
	}
	if c.Connections <= 0 {
		c.Connections = 4
	}
	if c.Reuse <= 0 {
		c.Reuse = 5 * time.Second
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return c
}

// Open makes the client. It asks for no secret and sends nothing: an API that is away, or not configured, fails its own widgets.
func Open(cfg Config) (*Source, error) {
	cfg = cfg.withDefaults()
	s := &Source{cfg: cfg, slots: make(chan struct{}, cfg.Connections), limiter: rate.NewLimiter(rate.Inf, 1)}
	if cfg.Rate > 0 {
		s.limiter = rate.NewLimiter(rate.Limit(cfg.Rate), max(1, int(cfg.Rate)))
	}
	s.reads.init(cfg.Reuse, cfg.MaxTotalBytes)
	if err := s.connect(); err != nil {
		return nil, err
	}
	return s, nil
}

// Query makes q's call and has its rows computed.
func (s *Source) Query(ctx context.Context, q *query.Query) (*source.Result, error) {
	begin := s.cfg.Now()
	if ctx.Err() != nil {
		return nil, classify(ctx, ctx.Err())
	}
	if s.closed.Load() {
		return nil, unavailable(errors.New("httpapi: closed"))
	}
	if s.cfg.Local == nil {
		return nil, fault.New(fault.Permanent, "source_error", textError, errors.New("httpapi: nothing is configured to compute over rows"))
	}
	c, err := fill(q)
	if err != nil {
		return nil, err
	}
	needs := q.Needs()
	fields := make([]query.Field, len(needs))
	for i, n := range needs {
		fields[i] = n.Field
	}
	read := &reading{asOf: begin}
	r, err := s.cfg.Local.Compute(ctx, q, fields, s.rows(ctx, c, needs, read))
	if err != nil {
		return nil, err
	}
	r.AsOf, r.Stats.Bytes, r.Stats.Elapsed = read.asOf, read.bytes, s.cfg.Now().Sub(begin)
	return r, nil
}

// Close ends idle connections and forgets all answers. It may be called twice.
func (s *Source) Close() error {
	s.closed.Store(true)
	s.reads.close()
	s.client.CloseIdleConnections()
	return nil
}
