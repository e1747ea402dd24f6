package main

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"time"

	_ "github.com/duckdb/duckdb-go/v2"

	"github.com/go-dispatcher/dispatcher/bench/run"
)

// firstDay is the first of those that there are orders of: a year, and one more.
var firstDay = time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC)

const (
	year     = 365
	allDays  = year + 1
	lateRows = 1000
)

// columns of row i of a day: the same in every run. Times ascend within a day; the rest is a hash of the row's number.
const columns = `CAST(%[1]d AS BIGINT) * %[2]d + i AS n, TIMESTAMP '%[3]s' + to_seconds(CAST(i * 86400 // %[2]d AS INTEGER)) AS at,
	CAST(hash(n) %% 10000 AS INTEGER) AS amount, 'category ' || (hash(n * 3 + 1) %% 12) AS category, 'region ' || (hash(n * 7 + 2) %% 40) AS region`

// generate writes a Parquet file a day, unless it is there, and returns their folder.
func generate(ctx context.Context, cache string, rows int) (string, error) {
	root := filepath.Join(cache, fmt.Sprintf("objects-%d", rows))
	db, err := sql.Open("duckdb", "")
	if err != nil {
		return "", err
	}
	defer db.Close()
	for day := range allDays {
		path := filepath.Join(root, keyOf(day, "rows"))
		if _, err := os.Stat(path); err == nil {
			continue
		}
		run.Progress("generating day %d of %d, %d rows each", day+1, allDays, rows)
		if err := write(ctx, db, path, day, rows, rows); err != nil {
			return "", err
		}
	}
	return root, nil
}

// write writes some rows of a day that has so many.
func write(ctx context.Context, db *sql.DB, path string, day, some, rows int) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	part := path + ".part"
	statement := fmt.Sprintf("COPY (SELECT "+columns+" FROM range(%[4]d) r(i) ORDER BY i) TO '%[5]s' (FORMAT parquet, COMPRESSION zstd)",
		day, rows, firstDay.AddDate(0, 0, day).Format(time.DateTime), some, part)
	if _, err := db.ExecContext(ctx, statement); err != nil {
		return err
	}
	return os.Rename(part, path)
}

// keyOf names an object of a day, below the prefix.
func keyOf(day int, name string) string {
	return firstDay.AddDate(0, 0, day).Format("2006/01/02/") + name + ".parquet"
}
