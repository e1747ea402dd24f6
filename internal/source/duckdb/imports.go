package duckdb

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
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
}

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
		return table{name, t.asOf, t.coarse}, nil
	}
	// Others wait for this import too: it does not end with the request that happened to be first.
	loading, cancel := context.WithTimeout(context.WithoutCancel(ctx), importLimit)
	defer cancel()
	s.mu.Lock()
	loading, leave := s.use(loading, db)
	s.mu.Unlock()
	defer leave()
	coarse, err := load(loading, db, name, q, paths)
	if err != nil {
		return table{}, classify(fmt.Errorf("duckdb: import %s: %w", strings.Join(q.Relation.Files, ", "), err))
	}
	t.state, t.asOf, t.coarse = state, newest, coarse
	return table{name, newest, coarse}, nil
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

// load reads the files into the table, in time order, so that a range reads only the parts it needs.
func load(ctx context.Context, db *database, name string, q *query.Query, paths []string) (*sqlgen.Coarse, error) {
	from, err := reading(q.Relation.Format, paths, "")
	if err != nil {
		return nil, err
	}
	order := ""
	if q.Time != nil {
		order = " ORDER BY " + quoteName(q.Time.Column)
	}
	text := "CREATE OR REPLACE TABLE " + name + " AS SELECT *"
	if coarse, columns, err := survey(ctx, db, from, q.Time); err == nil {
		if _, err := db.ExecContext(ctx, text+columns+" FROM "+from+order); err == nil {
			return coarse, nil
		}
		// A file may have become another one since it was looked at.
	}
	_, err = db.ExecContext(ctx, text+" FROM "+from+order)
	return nil, err
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

// Describe returns the columns of a relation.
func (s *Source) Describe(ctx context.Context, r query.Relation) ([]query.Field, error) {
	from := s.tableOf(r)
	if len(r.Files) > 0 {
		paths, _, _, err := s.files(r)
		if err != nil {
			return nil, err
		}
		if from, err = reading(r.Format, paths, ""); err != nil {
			return nil, classify(err)
		}
	}
	var out []query.Field
	err := s.with(ctx, func(ctx context.Context, db *database) (err error) {
		out, err = describe(ctx, db, from)
		return err
	})
	return out, err
}

func describe(ctx context.Context, db *database, from string) ([]query.Field, error) {
	columns, err := columnsOf(ctx, db, from)
	out := make([]query.Field, len(columns))
	for i, c := range columns {
		out[i] = fieldOf(c.name, c.kind)
	}
	return out, err
}

// column is one of a relation, and its type as DuckDB names it.
type column struct{ name, kind string }

func columnsOf(ctx context.Context, db *database, from string) ([]column, error) {
	rows, err := db.QueryContext(ctx, "SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM "+from+")")
	if err != nil {
		return nil, classify(fmt.Errorf("duckdb: describe: %w", err))
	}
	defer rows.Close()
	var out []column
	for rows.Next() {
		var c column
		if err := rows.Scan(&c.name, &c.kind); err != nil {
			return nil, classify(fmt.Errorf("duckdb: describe: %w", err))
		}
		out = append(out, c)
	}
	return out, classify(rows.Err())
}

// fieldOf maps DuckDB's type names to ours.
func fieldOf(name, kind string) query.Field {
	f := query.Field{Column: name}
	kind, f.Multi = strings.CutSuffix(kind, "[]")
	switch {
	case strings.HasPrefix(kind, "TIMESTAMP"), kind == "DATE":
		f.Type = query.Time
	case strings.HasSuffix(kind, "INT"), kind == "INTEGER", kind == "UINTEGER":
		f.Type = query.Int
	case kind == "DOUBLE", kind == "FLOAT", strings.HasPrefix(kind, "DECIMAL"):
		f.Type = query.Float
	case kind == "BOOLEAN":
		f.Type = query.Bool
	default:
		f.Type = query.String
	}
	return f
}
