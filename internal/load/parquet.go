package load

import (
	"context"
	"database/sql"
	sqldriver "database/sql/driver"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/duckdb/duckdb-go/v2"

	"github.com/go-dispatcher/dispatcher/internal/query"
)

// month is one file: the rows of a tenant's month.
type month struct {
	key, file string
	rows      int
}

// folderColumn is the folder of a row while files are written.
const folderColumn = "__folder"

// writeMonths writes the rows into Parquet files of a folder, one for each tenant and month.
func writeMonths(ctx context.Context, dir string, t *Table) (out []month, err error) {
	tenant, at := t.index(t.Tenant), t.index(t.Time)
	if tenant < 0 || at < 0 {
		return nil, fmt.Errorf("load: %s needs a tenant and a time to be cut into objects", t.Name)
	}
	connector, err := duckdb.NewConnector("", nil)
	if err != nil {
		return nil, fmt.Errorf("load: %w", err)
	}
	db := sql.OpenDB(connector)
	defer func() { err = errors.Join(err, db.Close()) }()
	db.SetMaxOpenConns(1) // the database is in this connection's memory
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, fmt.Errorf("load: %w", err)
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	if _, err := conn.ExecContext(ctx, "CREATE TABLE rows ("+t.sql()+", "+folderColumn+" VARCHAR)"); err != nil {
		return nil, fmt.Errorf("load: %w", err)
	}
	if err := conn.Raw(func(raw any) error {
		c, ok := raw.(sqldriver.Conn)
		if !ok {
			return fmt.Errorf("unexpected connection %T", raw)
		}
		return appendTo(ctx, c, t, tenant, at)
	}); err != nil {
		return nil, fmt.Errorf("load: write %s: %w", t.Name, err)
	}
	return copyMonths(ctx, conn, dir)
}

// appendTo puts all rows into the table, each with its folder.
func appendTo(ctx context.Context, c sqldriver.Conn, t *Table, tenant, at int) (err error) {
	a, err := duckdb.NewAppenderFromConn(c, "", "rows")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	for row, err := range t.Rows {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return err
		}
		name, _ := row[tenant].(string)
		when, _ := row[at].(time.Time)
		key, err := keyOf(name, when)
		if err != nil {
			return err
		}
		values := make([]sqldriver.Value, 0, len(row)+1)
		for _, v := range row {
			values = append(values, v)
		}
		if err := a.AppendRow(append(values, key)...); err != nil {
			return err
		}
	}
	return nil
}

func copyMonths(ctx context.Context, conn *sql.Conn, dir string) (out []month, err error) {
	rows, err := conn.QueryContext(ctx, "SELECT "+folderColumn+", count(*) FROM rows GROUP BY 1 ORDER BY 1")
	if err != nil {
		return nil, fmt.Errorf("load: %w", err)
	}
	if out, err = scanMonths(rows); err != nil {
		return nil, fmt.Errorf("load: %w", err)
	}
	for _, m := range out {
		text := "COPY (SELECT * EXCLUDE (" + folderColumn + ") FROM rows WHERE " + folderColumn + " = ?) TO '" +
			strings.ReplaceAll(filepath.Join(dir, m.file), "'", "''") + "' (FORMAT parquet, COMPRESSION zstd)"
		if _, err := conn.ExecContext(ctx, text, m.key); err != nil {
			return nil, fmt.Errorf("load: write %s: %w", m.key, err)
		}
	}
	return out, nil
}

func scanMonths(rows *sql.Rows) (out []month, err error) {
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		m := month{file: fmt.Sprintf("%06d.parquet", len(out))}
		if err := rows.Scan(&m.key, &m.rows); err != nil {
			return nil, err
		}
		out = append(out, m)
	}
	return out, rows.Err()
}

// sql declares the columns for DuckDB.
func (t *Table) sql() string {
	parts := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		parts[i] = `"` + c.Name + `" ` + sqlType(c)
	}
	return strings.Join(parts, ", ")
}

func sqlType(c Column) string {
	kind := map[query.Type]string{
		query.String: "VARCHAR", query.Int: "BIGINT", query.Float: "DOUBLE", query.Bool: "BOOLEAN", query.Time: "TIMESTAMP",
	}[c.Type]
	if c.Multi {
		kind += "[]"
	}
	return kind
}
