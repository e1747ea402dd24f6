package duckdb

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/query/sqlgen"
)

// imports are the files that have been read into native tables.
type imports struct {
	mu     sync.Mutex
	tables map[string]*imported // by table
}

// imported is one relation's table and the state of its files when they were read.
type imported struct {
	// begun counts how often the files were read, from when that begins.
	begun atomic.Int64
	// busy is held by whoever looks at the files or reads them.
	busy  chan struct{}
	state string
	asOf  time.Time
	// coarse is what is known of its columns; nil where nothing is.
	coarse *sqlgen.Coarse
}

// importsDatabase holds the imports beside a database file; importLimit bounds one import.
const (
	importsDatabase = "dispatcher_imports"
	importLimit     = 10 * time.Minute
)

// tableOf returns the quoted table that holds a relation.
func (s *Source) tableOf(r query.Relation) string {
	if len(r.Files) == 0 {
		return ident(r.Table)
	}
	sum := sha256.Sum256([]byte(r.Format + "\x00" + strings.Join(r.Files, "\x00")))
	name := ident("import_" + hex.EncodeToString(sum[:8]))
	if s.cfg.Path != "" {
		return importsDatabase + ".main." + name
	}
	return name
}

func ident(name string) string {
	parts := strings.Split(name, ".")
	for i, p := range parts {
		parts[i] = `"` + strings.ReplaceAll(p, `"`, `""`) + `"`
	}
	return strings.Join(parts, ".")
}

// table is what a query is asked over.
type table struct {
	name   string // quoted
	asOf   time.Time
	coarse *sqlgen.Coarse // nil where nothing is known of its columns
	of     *imported      // nil where it is no import
	begun  int64          // what of.begun was
}

func (t *imported) table(name string) table { return table{name, t.asOf, t.coarse, t, t.begun.Load()} }

// replaced says that the rows may have become others since, of which other things hold.
func (t *table) replaced() bool { return t.of != nil && t.of.begun.Load() != t.begun }

// from returns the table to ask, importing the relation's files when they are new or have changed.
func (s *Source) from(ctx context.Context, db *database, q *query.Query) (table, error) {
	name := s.tableOf(q.Relation)
	if len(q.Relation.Files) == 0 {
		return table{name: name, asOf: s.cfg.Now()}, nil
	}
	db.imports.mu.Lock()
	if db.imports.tables == nil {
		db.imports.tables = make(map[string]*imported)
	}
	t := db.imports.tables[name]
	if t == nil {
		t = &imported{busy: make(chan struct{}, 1)}
		db.imports.tables[name] = t
	}
	db.imports.mu.Unlock()

	select {
	case t.busy <- struct{}{}:
	case <-ctx.Done():
		return table{}, ctx.Err()
	}
	defer func() { <-t.busy }()
	paths, state, newest, err := s.files(q.Relation)
	if err != nil {
		return table{}, err
	}
	if state == t.state {
		return t.table(name), nil
	}
	// Others wait for this import too: it does not end with the request that happened to be first.
	loading, cancel := context.WithTimeout(context.WithoutCancel(ctx), importLimit)
	defer cancel()
	s.mu.Lock()
	loading, leave := s.use(loading, db)
	s.mu.Unlock()
	defer leave()
	t.begun.Add(1)
	coarse, err := load(loading, db, name, q, paths)
	if err != nil {
		return table{}, classify(fmt.Errorf("duckdb: import %s: %w", strings.Join(q.Relation.Files, ", "), err))
	}
	t.state, t.asOf, t.coarse = state, newest, coarse
	return t.table(name), nil
}

// over asks a relation's table, and asks again where files were read anew meanwhile: what is known of a table holds for its rows alone.
func (s *Source) over(ctx context.Context, db *database, q *query.Query, ask func(table) error) error {
	for {
		of, err := s.from(ctx, db, q)
		if err != nil {
			return ended(ctx, err)
		}
		if err := ask(of); !of.replaced() {
			return err
		}
	}
}

// files resolves a relation's patterns below the data root, and says in what state the files are.
func (s *Source) files(r query.Relation) (paths []string, state string, newest time.Time, err error) {
	missing := func(what string) error {
		return fault.New(fault.Permanent, "source_bad_data", "the data source's file is missing or cannot be read", fmt.Errorf("duckdb: %s", what))
	}
	if s.cfg.DataRoot == "" {
		return nil, "", newest, missing("no data root is configured")
	}
	for _, pattern := range r.Files {
		if !filepath.IsLocal(filepath.FromSlash(pattern)) {
			return nil, "", newest, missing("path leaves the data root: " + pattern)
		}
		found, err := filepath.Glob(filepath.Join(s.cfg.DataRoot, filepath.FromSlash(pattern)))
		if err != nil {
			return nil, "", newest, missing("bad pattern: " + pattern)
		}
		if len(found) == 0 {
			return nil, "", newest, missing("no file fits " + pattern)
		}
		paths = append(paths, found...)
	}
	slices.Sort(paths)
	var b strings.Builder
	for _, p := range slices.Compact(paths) {
		info, err := os.Stat(p)
		if err != nil {
			return nil, "", newest, missing(err.Error())
		}
		fmt.Fprintf(&b, "%s %d %d\n", p, info.Size(), info.ModTime().UnixNano())
		if info.ModTime().After(newest) {
			newest = info.ModTime()
		}
	}
	return paths, b.String(), newest, nil
}

// load reads the files into the table, in time order, so that a range reads only the parts it needs. They are read once: what is surveyed is what was read, whatever becomes of the files meanwhile.
func load(ctx context.Context, db *database, name string, q *query.Query, paths []string) (*sqlgen.Coarse, error) {
	// What one statement has freed is there for the next one on the same thread; on another one it may be asked of the system once more.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	from, err := reading(q.Relation.Format, paths, "")
	if err != nil {
		return nil, err
	}
	if q.Time != nil {
		from += " ORDER BY " + quoteName(q.Time.Column)
	}
	read := strings.TrimSuffix(name, `"`) + `_read"`
	if _, err := db.ExecContext(ctx, "CREATE OR REPLACE TABLE "+read+" AS SELECT * FROM "+from); err != nil {
		return nil, err
	}
	coarse, columns, err := survey(ctx, db, read, q.Time)
	if err == nil {
		_, err = db.ExecContext(ctx, "CREATE OR REPLACE TABLE "+name+" AS SELECT *"+columns+" FROM "+read)
	}
	_, dropped := db.ExecContext(context.WithoutCancel(ctx), "DROP TABLE "+read)
	return coarse, errors.Join(err, dropped)
}

// reading returns the table function that reads files of a format, with further options of it.
func reading(format string, paths []string, options string) (string, error) {
	reader := map[string]string{"parquet": "read_parquet", "csv": "read_csv", "json": "read_json"}[format]
	if reader == "" {
		return "", fmt.Errorf("unknown format %q", format)
	}
	quoted := make([]string, len(paths))
	for i, p := range paths {
		quoted[i] = quote(p)
	}
	return reader + "([" + strings.Join(quoted, ", ") + "]" + options + ")", nil
}
