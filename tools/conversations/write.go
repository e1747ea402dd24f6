package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	_ "github.com/duckdb/duckdb-go/v2"
)

const columns = `{company_id: 'VARCHAR', id: 'VARCHAR', published_at: 'TIMESTAMP', monitor: 'VARCHAR', channel: 'VARCHAR',
	type: 'VARCHAR', author: 'VARCHAR', subject: 'VARCHAR', text: 'VARCHAR', language: 'VARCHAR', words: 'INTEGER',
	thread_id: 'VARCHAR', reply_to: 'VARCHAR', replies: 'INTEGER', is_first_reply: 'BOOLEAN', first_response_s: 'BIGINT',
	keywords: 'VARCHAR[]', links: 'VARCHAR[]', sentiment_score: 'DOUBLE', sentiment: 'VARCHAR'}`

// write stores the posts as Parquet, in the order of their time.
func write(ctx context.Context, posts []*post, out string) (err error) {
	lines, err := os.CreateTemp(filepath.Dir(out), ".posts-*.ndjson")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(lines.Name()) }()
	encoder := json.NewEncoder(lines)
	for _, p := range posts {
		if err := encoder.Encode(p); err != nil {
			return errors.Join(err, lines.Close())
		}
	}
	if err := lines.Close(); err != nil {
		return err
	}
	db, err := sql.Open("duckdb", "?threads=1") // one thread: equal input gives equal bytes
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	_, err = db.ExecContext(ctx, fmt.Sprintf(
		`COPY (FROM read_json(%s, format = 'newline_delimited', columns = %s)) TO %s (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 19, ROW_GROUP_SIZE 10000)`,
		quote(lines.Name()), columns, quote(out)))
	if err != nil {
		return fmt.Errorf("write %s: %w", out, err)
	}
	return nil
}

// quote makes a path a literal; COPY takes no bound values.
func quote(path string) string { return "'" + strings.ReplaceAll(path, "'", "''") + "'" }
