package load

import (
	"context"
	"database/sql"
	sqldriver "database/sql/driver"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/duckdb/duckdb-go/v2"
)

// DuckDB puts tables into a database file, or into memory.
type DuckDB struct {
	db   *sql.DB
	conn *sql.Conn
}

// OpenDuckDB opens the file, which is made where it is missing; an empty path is a database in memory.
func OpenDuckDB(ctx context.Context, path string) (*DuckDB, error) {
	connector, err := duckdb.NewConnector(path, nil)
	if err != nil {
		return nil, fmt.Errorf("load: open the database: %w", err)
	}
	db := sql.OpenDB(connector)
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("load: open the database: %w", err), db.Close())
	}
	return &DuckDB{db: db, conn: conn}, nil
}

// Load creates a table and fills it.
func (d *DuckDB) Load(ctx context.Context, t *Table, replace bool, progress Progress) error {
	if replace {
		if _, err := d.conn.ExecContext(ctx, "DROP TABLE IF EXISTS "+quoted(t.Name)); err != nil {
			return fmt.Errorf("load: drop %s: %w", t.Name, err)
		}
	}
	if _, err := d.conn.ExecContext(ctx, "CREATE TABLE IF NOT EXISTS "+quoted(t.Name)+" ("+t.sql()+")"); err != nil {
		return fmt.Errorf("load: create %s: %w", t.Name, err)
	}
	var rows int
	if err := d.conn.QueryRowContext(ctx, "SELECT count(*) FROM "+quoted(t.Name)).Scan(&rows); err != nil {
		return fmt.Errorf("load: ask for %s: %w", t.Name, err)
	}
	if rows > 0 {
		return has(t.Name)
	}
	return d.conn.Raw(func(raw any) (err error) {
		c, ok := raw.(sqldriver.Conn)
		if !ok {
			return fmt.Errorf("load: unexpected connection %T", raw)
		}
		a, err := duckdb.NewAppenderFromConn(c, "", t.Name)
		if err != nil {
			return fmt.Errorf("load: fill %s: %w", t.Name, err)
		}
		defer func() { err = errors.Join(err, a.Close()) }()
		return appendRows(ctx, a, t, progress)
	})
}

func appendRows(ctx context.Context, a *duckdb.Appender, t *Table, progress Progress) error {
	done := 0
	values := make([]sqldriver.Value, len(t.Columns))
	for row, err := range t.Rows {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return err
		}
		for i, v := range row {
			values[i] = v
		}
		if err := a.AppendRow(values...); err != nil {
			return fmt.Errorf("load: fill %s: %w", t.Name, err)
		}
		if done++; done%batchRows == 0 || done == t.Count {
			progress(t.Name, done, t.Count)
		}
	}
	return nil
}

// WriteParquet writes a table that was loaded into a file, which appears whole or not at all.
func (d *DuckDB) WriteParquet(ctx context.Context, table, file string) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return fmt.Errorf("load: %w", err)
	}
	temp, err := os.MkdirTemp(filepath.Dir(file), ".write-")
	if err != nil {
		return fmt.Errorf("load: %w", err)
	}
	defer func() { _ = os.RemoveAll(temp) }() // what is left of a failed write
	part := filepath.Join(temp, filepath.Base(file))
	text := "COPY " + quoted(table) + " TO '" + strings.ReplaceAll(part, "'", "''") + "' (FORMAT parquet, COMPRESSION zstd)"
	if _, err := d.conn.ExecContext(ctx, text); err != nil {
		return fmt.Errorf("load: write %s: %w", table, err)
	}
	if err := os.Rename(part, file); err != nil {
		return fmt.Errorf("load: write %s: %w", table, err)
	}
	return nil
}

// Close ends it.
func (d *DuckDB) Close() error { return errors.Join(d.conn.Close(), d.db.Close()) }

func quoted(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }
