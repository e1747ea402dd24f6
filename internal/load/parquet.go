package load

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"path/filepath"
	"slices"
	"strings"
	"time"

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
	db, err := OpenDuckDB(ctx, "")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	foldered := *t
	foldered.Name, foldered.Columns = "rows", slices.Concat(t.Columns, []Column{{Name: folderColumn, Type: query.String}})
	foldered.Rows = withFolders(t.Rows, tenant, at)
	if err := db.Load(ctx, &foldered, false, func(string, int, int) {}); err != nil {
		return nil, fmt.Errorf("load: write %s: %w", t.Name, err)
	}
	return copyMonths(ctx, db.conn, dir)
}

// withFolders adds to each row its folder.
func withFolders(rows iter.Seq2[[]any, error], tenant, at int) iter.Seq2[[]any, error] {
	return func(yield func([]any, error) bool) {
		for row, err := range rows {
			if err == nil {
				name, _ := row[tenant].(string)
				when, _ := row[at].(time.Time)
				var key string
				if key, err = keyOf(name, when); err == nil {
					row = append(slices.Clip(row), key)
				}
			}
			if !yield(row, err) {
				return
			}
		}
	}
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
