// Package cassandra computes queries over tables of Apache Cassandra. A query reads only the partitions that its tenant, its
// range and its filters select, several at a time, and its rows are aggregated by a source.Local: CQL groups by nothing but the
// primary key. A query that leaves a partition key open is refused; ALLOW FILTERING is never sent.
//
// Cassandra has no way to end a statement: when a request ends, the page that the server is at (Config.PageSize rows) is its last.
package cassandra

import (
	"context"
	"errors"
	"fmt"
	"time"

	gocql "github.com/apache/cassandra-gocql-driver/v2"

	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/source"
)

// Config says what to connect to.
type Config struct {
	// URL is cassandra://user:password@host:port,host:port/keyspace?dc=name&tls=true. It is a secret. Keyspace, data center and TLS may be
	// missing; with a data center only its nodes are asked.
	URL string
	// Keyspace is where tables without one of their own are; empty is the URL's.
	Keyspace string
	// Consistency is how many replicas answer a read; empty is LOCAL_ONE.
	Consistency string
	// Parallel is how many partitions one query reads at once; 0 is 16. PageSize is how many rows come at a time; 0 is 5000.
	Parallel, PageSize int
	// Connections is the number to each node; 0 is 2.
	Connections int
	// TLS encrypts connections, as tls=true in the URL does, and has each node prove the name that it is reached by. CAFile holds the
	// certificates of the authorities to trust, in place of the system's; with it, connections are encrypted.
	TLS    bool
	CAFile string
	// Timeout bounds the wait for one page; 0 is 10 seconds.
	Timeout time.Duration
	// Local aggregates what Cassandra cannot.
	Local source.Local
	// MaxScannedRows bounds the rows that one query reads; 0 is 5 million.
	MaxScannedRows int64
	// Now is the clock; nil is time.Now.
	Now func() time.Time
}

// Source is a connected cluster.
type Source struct {
	session *gocql.Session
	cfg     Config
}

var (
	_ source.Source    = (*Source)(nil)
	_ source.Describer = (*Source)(nil)
)

func (c Config) withDefaults() Config {
	if c.Consistency == "" {
		c.Consistency = "LOCAL_ONE"
	}
	if c.Parallel <= 0 {
		c.Parallel = 16
	}
	if c.PageSize <= 0 {
		c.PageSize = 5000
	}
	if c.Connections <= 0 {
		c.Connections = 2
	}
	if c.Timeout <= 0 {
		c.Timeout = 10 * time.Second
	}
	if c.MaxScannedRows <= 0 {
		c.MaxScannedRows = 5_000_000
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return c
}

// Open connects to the cluster.
func Open(ctx context.Context, cfg Config) (*Source, error) {
	cfg = cfg.withDefaults()
	at, err := parseURL(cfg.URL)
	if err != nil {
		return nil, classify(err)
	}
	if cfg.Keyspace == "" {
		cfg.Keyspace = at.keyspace
	}
	session, err := connect(ctx, cfg, at)
	if err != nil {
		return nil, ended(ctx, fmt.Errorf("cassandra: connect: %w", err))
	}
	return &Source{session: session, cfg: cfg}, nil
}

// Query runs q.
func (s *Source) Query(ctx context.Context, q *query.Query) (*source.Result, error) {
	if _, ok := source.ByTime(q); ok {
		return s.newest(ctx, q)
	}
	return s.whole(ctx, q, nil)
}

// whole runs q over all of its range, over the first rows of its partitions where f says so.
func (s *Source) whole(ctx context.Context, q *query.Query, f *first) (*source.Result, error) {
	begin := s.cfg.Now()
	p, err := compile(q, s.cfg.Keyspace)
	if err != nil {
		return nil, classify(err)
	}
	if ctx.Err() != nil {
		return nil, ended(ctx, ctx.Err())
	}
	p.first = f
	var read counts
	r, err := s.compute(ctx, q, p, &read)
	if p.merge != nil && (tookTooLong(err) || errors.Is(err, errUnmerged)) && ctx.Err() == nil {
		// The server has as long for an aggregate over a whole partition as for a page of rows.
		if p, err = p.read(q); err == nil {
			r, err = s.compute(ctx, q, p, &read)
		}
	}
	if err != nil {
		return nil, err
	}
	r.AsOf = begin
	r.Stats.Bytes, r.Stats.Elapsed = read.bytes.Load(), s.cfg.Now().Sub(begin)
	return r, nil
}

// compute runs a plan.
func (s *Source) compute(ctx context.Context, q *query.Query, p *plan, read *counts) (*source.Result, error) {
	rows := s.rows(ctx, p, read)
	switch {
	case p.merge != nil:
		return p.merge.result(q, rows, s.cfg.MaxScannedRows)
	case s.cfg.Local == nil:
		return nil, classify(errors.New("cassandra: nothing is configured to aggregate rows"))
	}
	return s.cfg.Local.Compute(ctx, p.query, p.fields(), rows)
}

// Ping says whether a node answers.
func (s *Source) Ping(ctx context.Context) error {
	if err := s.session.Query("SELECT release_version FROM system.local").ExecContext(ctx); err != nil {
		return ended(ctx, fmt.Errorf("cassandra: ping: %w", err))
	}
	return nil
}

// Close ends all connections.
func (s *Source) Close() error {
	s.session.Close()
	return nil
}

// limited is the error of a query that asks for more than it may.
func limited(text string) error {
	return fault.New(fault.Permanent, "source_limit", text, nil)
}
