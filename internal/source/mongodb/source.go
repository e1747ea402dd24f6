// Package mongodb computes queries in MongoDB, or any server of its wire protocol, as aggregation pipelines: the tenant and the
// time first, so that an index serves them; grouped, ordered and cut on the server.
package mongodb

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/readpref"

	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/frame"
	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/source"
)

// Config says where to connect.
type Config struct {
	// URL is mongodb://… with its credentials. It is never shown.
	URL string
	// Database holds the collections.
	Database string
	// ReadPreference names the members to read; empty is what the URL says, or the primary.
	ReadPreference string
	// CAFile holds the certificates of the authorities to trust, in place of the system's; with it, connections are encrypted.
	CAFile string
	// Connections bounds the pool, and so the queries at the same time; 0 is 16.
	Connections int
	// AllowDiskUse lets aggregations use the server's disk.
	AllowDiskUse bool
	// Timeout bounds a query whose context has no deadline of its own, or a later one; 0 is no bound.
	Timeout time.Duration
	// Now is the clock; nil is time.Now.
	Now func() time.Time
}

// Source is a database.
type Source struct {
	cfg        Config
	client     *mongo.Client
	db         *mongo.Database
	preference *readpref.ReadPref
	slots      chan struct{}
	// exact are the collections in which a sum of whole numbers has become a double.
	exact sync.Map
}

var (
	_ source.Source    = (*Source)(nil)
	_ source.Describer = (*Source)(nil)
)

// Open makes the client. It does not wait for the server.
func Open(_ context.Context, cfg Config) (*Source, error) {
	if cfg.Connections <= 0 {
		cfg.Connections = 16
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	// What the URL says wins over these.
	o := options.Client().SetMaxPoolSize(uint64(cfg.Connections) + 2).SetAppName("dispatcher").
		SetServerSelectionTimeout(5 * time.Second).SetConnectTimeout(5 * time.Second).ApplyURI(cfg.URL)
	if cfg.CAFile != "" || o.TLSConfig != nil {
		secure, err := source.TLS(cfg.CAFile)
		if err != nil {
			return nil, err
		}
		if o.TLSConfig == nil {
			o.SetTLSConfig(secure)
		}
		if o.TLSConfig.InsecureSkipVerify {
			return nil, fault.New(fault.Permanent, "source_config", "the URL of the MongoDB server turns off the check of its certificate", nil)
		}
		if o.TLSConfig.MinVersion = secure.MinVersion; secure.RootCAs != nil {
			o.TLSConfig.RootCAs = secure.RootCAs
		}
	}
	preference := readpref.Primary()
	if o.ReadPreference != nil {
		preference = o.ReadPreference // a command does not look at the client's by itself
	}
	if cfg.ReadPreference != "" {
		mode, err := readpref.ModeFromString(cfg.ReadPreference)
		if err == nil {
			preference, err = readpref.New(mode)
		}
		if err != nil {
			return nil, fault.New(fault.Permanent, "source_config", "the read preference is not known", err)
		}
	}
	if err := o.Validate(); err != nil {
		// The driver's message repeats the URL.
		return nil, fault.New(fault.Permanent, "source_config", "the URL of the MongoDB server cannot be used", errors.New("mongodb: bad URL"))
	}
	client, err := mongo.Connect(o)
	if err != nil {
		return nil, fault.New(fault.Permanent, "source_config", "the MongoDB client cannot be made", errors.New("mongodb: connect"))
	}
	return &Source{cfg: cfg, client: client, db: client.Database(cfg.Database), preference: preference, slots: make(chan struct{}, cfg.Connections)}, nil
}

// Query runs q.
func (s *Source) Query(ctx context.Context, q *query.Query) (*source.Result, error) {
	begin := s.cfg.Now()
	if s.cfg.Timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, s.cfg.Timeout)
		defer cancel()
	}
	select {
	case s.slots <- struct{}{}:
	case <-ctx.Done():
		return nil, classify(ctx, ctx.Err())
	}
	defer func() { <-s.slots }()
	f, truncated, err := s.compute(ctx, q)
	if err != nil {
		return nil, classify(ctx, fmt.Errorf("mongodb: query %s: %w", q.Dataset, err))
	}
	return &source.Result{
		Frame: f, AsOf: begin, Truncated: truncated, Approximate: approximate(q),
		Stats: source.Stats{Rows: int64(f.Rows()), Elapsed: s.cfg.Now().Sub(begin)},
	}, nil
}

// compute runs q, exactly where its collection holds whole numbers whose sums lose digits otherwise.
func (s *Source) compute(ctx context.Context, q *query.Query) (*frame.Frame, bool, error) {
	for {
		_, exact := s.exact.Load(q.Relation.Table)
		p, err := compile(q, run, exact)
		if err != nil {
			return nil, false, err
		}
		f, truncated, err := s.answer(ctx, q, p)
		if exact || !errors.Is(err, errInexact) {
			return f, truncated, err
		}
		s.exact.Store(q.Relation.Table, true)
	}
}

// approximate says whether a measure of q is computed from a sketch.
func approximate(q *query.Query) bool {
	for i := range q.Measures {
		if slices.ContainsFunc(q.Measures[i].Plain(), func(m query.Measure) bool { return m.Approximate }) {
			return true
		}
	}
	return false
}

// Ping says whether the server answers.
func (s *Source) Ping(ctx context.Context) error {
	if err := s.client.Ping(ctx, s.preference); err != nil {
		return classify(ctx, fmt.Errorf("mongodb: ping: %w", err))
	}
	return nil
}

// Close ends the connections.
func (s *Source) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if err := s.client.Disconnect(ctx); err != nil && !errors.Is(err, mongo.ErrClientDisconnected) {
		return fmt.Errorf("mongodb: close: %w", err)
	}
	return nil
}
