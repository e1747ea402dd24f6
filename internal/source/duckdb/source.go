// Package duckdb computes queries in an embedded DuckDB: over a database file, or over Parquet, CSV and JSON files. One
// database stays open; each statement runs on one thread, as many at a time as there are connections. Files are
// imported into native tables when they are first asked for, since reading them anew doubles a query's time.
package duckdb

import (
	"context"
	"database/sql"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/query/sqlgen"
	"github.com/go-dispatcher/dispatcher/internal/source"
)

// Config says what to open.
type Config struct {
	// Path is a database file; empty is a database in memory.
	Path string
	// ReadOnly opens Path without the right to change it.
	ReadOnly bool
	// DataRoot is the folder below which files may be read; empty allows none.
	DataRoot string
	// Connections is how many statements run at the same time; 0 is the number of CPUs. Threads is
	// how many threads all of them share beyond their own; 0 is 1, which is best for many small statements.
	Connections, Threads int
	// MemoryLimit bounds what DuckDB holds in memory, in bytes; 0 is its default, 80 % of the machine. What goes beyond it is kept in
	// SpillDir, where that is set.
	MemoryLimit int64
	SpillDir    string
	// Now is the clock; nil is time.Now.
	Now func() time.Time
}

// Source is an open DuckDB.
type Source struct {
	cfg Config
	// opening is held by whoever opens the database again.
	opening chan struct{}

	mu     sync.Mutex
	db     *database
	closed bool
}

var (
	_ source.Source    = (*Source)(nil)
	_ source.Describer = (*Source)(nil)
)

// Open opens the database and locks its configuration: no statement can widen what it may reach.
func Open(ctx context.Context, cfg Config) (*Source, error) {
	if cfg.Connections <= 0 {
		cfg.Connections = runtime.GOMAXPROCS(0)
	}
	if cfg.Threads <= 0 {
		cfg.Threads = 1
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	db, err := open(ctx, &cfg)
	if err != nil {
		return nil, err
	}
	return &Source{cfg: cfg, db: db, opening: make(chan struct{}, 1)}, nil
}

// lockDown limits the database to its data and its share of the machine.
func lockDown(ctx context.Context, db *sql.DB, cfg *Config) error {
	settings := []string{
		"SET autoinstall_known_extensions = false",
		"SET autoload_known_extensions = false",
		fmt.Sprintf("SET threads = %d", cfg.Threads),
		"SET TimeZone = 'UTC'",
		"SET preserve_insertion_order = false",
		// What package sqlgen adds up by columns of few values is added up by places in a table of this size.
		fmt.Sprintf("SET perfect_ht_threshold = %d", sqlgen.CoarseBits),
		// Footers are kept, within the memory limit: the bounds of many files' columns are known to plans only from there.
		"SET parquet_metadata_cache = true",
		// Local files are cached by the system already, and those of an object store grow while they are used.
		"SET enable_external_file_cache = false",
	}
	if cfg.MemoryLimit > 0 {
		settings = append(settings, fmt.Sprintf("SET memory_limit = '%dB'", cfg.MemoryLimit))
	}
	// Without a folder of its own nothing is spilled: DuckDB would write into whatever folder the process was started in.
	settings = append(settings, "SET temp_directory = "+quote(cfg.SpillDir))
	if cfg.DataRoot != "" {
		settings = append(settings, "SET allowed_directories = ["+quote(cfg.DataRoot)+"]")
	}
	if cfg.Path != "" {
		// Imports of files must change nothing in the database that was named.
		settings = append(settings, "ATTACH ':memory:' AS "+importsDatabase+" (READ_WRITE)")
	}
	settings = append(settings, "SET enable_external_access = false", "SET lock_configuration = true")
	for _, set := range settings {
		if _, err := db.ExecContext(ctx, set); err != nil {
			return classify(fmt.Errorf("duckdb: %s: %w", strings.SplitN(set, "=", 2)[0], err))
		}
	}
	return nil
}

func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// Query runs q.
func (s *Source) Query(ctx context.Context, q *query.Query) (r *source.Result, err error) {
	begin := s.cfg.Now()
	err = s.with(ctx, func(ctx context.Context, db *database) error {
		return s.over(ctx, db, q, func(of table) error {
			st, err := statement(q, of)
			if err != nil {
				return classify(err)
			}
			r, err = s.answer(ctx, db, q, st, db.prepared.run, begin, of.asOf)
			return err
		})
	})
	return r, err
}

// relationName is what native SQL calls the rows of its dataset's table or files.
const relationName = "rows"

// statement compiles q over a table, or over what native SQL makes of it.
func statement(q *query.Query, of table) (*sqlgen.Statement, error) {
	if q.Relation.Native == nil {
		return sqlgen.CompileCoarse(q, of.name, of.coarse)
	}
	rows, err := sqlgen.Native(sqlgen.DuckDB{}, q.Relation.Native, q.Params)
	if err != nil {
		return nil, err
	}
	if q.Relation.Table != "" || len(q.Relation.Files) > 0 {
		rows.SQL = "WITH " + relationName + " AS (" + of.visible() + ") SELECT * FROM (" + rows.SQL + "\n)"
	}
	return sqlgen.Over(sqlgen.DuckDB{}, q, "__native", rows)
}

// answer runs a statement on a connection of its own and says what it cost since begin.
func (s *Source) answer(ctx context.Context, db *database, q *query.Query, st *sqlgen.Statement, how running, begin, asOf time.Time) (*source.Result, error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, ended(ctx, fmt.Errorf("duckdb: query %s: %w", q.Dataset, err))
	}
	defer func() { _ = conn.Close() }() // back to the pool
	return s.answerOn(ctx, conn, q, st, how, begin, asOf)
}

// answerOn does so on a connection that is held.
func (s *Source) answerOn(ctx context.Context, on *sql.Conn, q *query.Query, st *sqlgen.Statement, how running, begin, asOf time.Time) (*source.Result, error) {
	f, truncated, err := read(ctx, on, q, st, how)
	if err != nil {
		return nil, ended(ctx, fmt.Errorf("duckdb: query %s: %w", q.Dataset, err))
	}
	return &source.Result{
		Frame: f, AsOf: asOf, Truncated: truncated,
		Stats: source.Stats{Rows: int64(f.Rows()), Elapsed: s.cfg.Now().Sub(begin)},
	}, nil
}

// Explain returns the SQL of q and its arguments.
func (s *Source) Explain(ctx context.Context, q *query.Query) (source.Native, error) {
	of := s.known(q.Relation)
	st, err := statement(q, of)
	if err != nil {
		return source.Native{}, classify(err)
	}
	n := source.Native{Language: "sql", Text: st.SQL, Args: st.Args, Estimate: s.estimate(ctx, q.Relation)}
	if len(q.Relation.Files) > 0 {
		n.Notes = append(n.Notes, of.name+" is imported from "+strings.Join(q.Relation.Files, ", "))
	}
	return n, nil
}

// Ping says whether the database answers.
func (s *Source) Ping(ctx context.Context) error {
	return s.with(ctx, func(ctx context.Context, db *database) error {
		if _, err := db.ExecContext(ctx, "SELECT 1"); err != nil { // the driver's own ping asks nothing
			return ended(ctx, fmt.Errorf("duckdb: ping: %w", err))
		}
		return nil
	})
}

// Close closes the database.
func (s *Source) Close() error {
	s.mu.Lock()
	s.closed = true
	db := s.db
	s.mu.Unlock()
	if err := db.Close(); err != nil {
		return fmt.Errorf("duckdb: close: %w", err)
	}
	return nil
}
