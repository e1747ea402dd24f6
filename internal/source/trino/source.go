// Package trino computes queries in a Trino cluster, over whatever its catalogs see, and joins what they see in one statement. What a
// request brings is bound (EXECUTE IMMEDIATE … USING literals of the driver's); a query whose context ends is ended on the
// cluster. It is a client of the coordinator's and knows nothing of the connectors behind it.
package trino

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/source"
)

// Config says where to connect.
type Config struct {
	// URL is http(s)://user:password@host:port, with the parameters that the package's connect.go lists. It is never shown.
	URL string
	// Catalog and Schema complete the names of tables that have fewer than three parts.
	Catalog, Schema string
	// Connections is how many queries run at the same time; 0 is 16.
	Connections int
	// MaxBytes bounds one answer as it comes over the wire; 0 is 256 MiB.
	MaxBytes int64
	// Now is the clock; nil is time.Now.
	Now func() time.Time
}

// Source is a cluster.
type Source struct {
	cfg     Config
	db      *sql.DB
	session string // properties of every query, as the header has them
	watch   *watcher
}

var (
	_ source.Source    = (*Source)(nil)
	_ source.Describer = (*Source)(nil)
)

// Query runs q.
func (s *Source) Query(ctx context.Context, q *query.Query) (*source.Result, error) {
	begin := s.cfg.Now()
	st, err := s.statement(q)
	if err != nil {
		return nil, classify(ctx, err)
	}
	ctx, run := s.watch.begin(ctx, q.MaxReadBytes)
	defer run.end(ctx)
	f, truncated, err := s.read(ctx, q, st)
	if err != nil {
		return nil, classify(ctx, fmt.Errorf("trino: query %s: %w", q.Dataset, errors.Join(run.fault(), err)))
	}
	stats := run.cost()
	stats.Rows, stats.Elapsed = int64(f.Rows()), s.cfg.Now().Sub(begin)
	return &source.Result{Frame: f, AsOf: begin, Truncated: truncated, Stats: stats}, nil
}

// Ping says whether the coordinator answers, has started, and takes the credentials.
func (s *Source) Ping(ctx context.Context) error {
	if err := s.db.PingContext(ctx); err != nil {
		return classify(ctx, fmt.Errorf("trino: ping: %w", errors.Join(err, errPing)))
	}
	return nil
}

// Close waits for the queries that are being ended, and ends the connections.
func (s *Source) Close() error {
	err := s.db.Close()
	s.watch.close()
	if err != nil {
		return fmt.Errorf("trino: close: %w", err)
	}
	return nil
}
