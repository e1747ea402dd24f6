package load

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	_ "github.com/duckdb/duckdb-go/v2" // reads the embedded Parquet file

	"github.com/go-dispatcher/dispatcher/internal/dataset"
	"github.com/go-dispatcher/dispatcher/internal/query"
)

// Conversations reads the embedded posts from below root, where it writes them first, and derives what other stores of a product
// keep of them: a profile for each author, and counters for each channel and day. All of it is real.
type Conversations struct {
	db   *sql.DB
	file string
}

// OpenConversations opens the data.
func OpenConversations(root string) (*Conversations, error) {
	if err := dataset.Extract(root); err != nil {
		return nil, fmt.Errorf("load: %w", err)
	}
	db, err := sql.Open("duckdb", "")
	if err != nil {
		return nil, fmt.Errorf("load: %w", err)
	}
	return &Conversations{db: db, file: filepath.Join(root, "conversations", "posts.parquet")}, nil
}

// Close ends it.
func (c *Conversations) Close() error { return c.db.Close() }

// Posts are the posts themselves.
func (c *Conversations) Posts(ctx context.Context) (*Table, error) {
	text := func(names ...string) (out []Column) {
		for _, n := range names {
			out = append(out, Column{Name: n, Type: query.String})
		}
		return out
	}
	columns := append(text("company_id", "id"), Column{Name: "published_at", Type: query.Time})
	columns = append(columns, text("monitor", "channel", "type", "author", "subject", "text", "language")...)
	columns = append(columns, Column{Name: "words", Type: query.Int})
	columns = append(columns, text("thread_id", "reply_to")...)
	columns = append(columns,
		Column{Name: "replies", Type: query.Int}, Column{Name: "is_first_reply", Type: query.Bool}, Column{Name: "first_response_s", Type: query.Int},
		Column{Name: "keywords", Type: query.String, Multi: true}, Column{Name: "links", Type: query.String, Multi: true},
		Column{Name: "sentiment_score", Type: query.Float}, Column{Name: "sentiment", Type: query.String})
	t := &Table{Name: "posts", Tenant: "company_id", Time: "published_at", Key: []string{"id"}, Columns: columns}
	return t, c.fill(ctx, t, "posts")
}

// Profiles is one row for each author: since when, where first, and how much is known of them.
func (c *Conversations) Profiles(ctx context.Context) (*Table, error) {
	t := &Table{Name: "profiles", Tenant: "company_id", Key: []string{"author"}, Columns: []Column{
		{Name: "company_id", Type: query.String}, {Name: "author", Type: query.String},
		{Name: "first_seen", Type: query.Time}, {Name: "first_channel", Type: query.String}, {Name: "threads_opened", Type: query.Int},
		{Name: "posts", Type: query.Int},
	}}
	return t, c.fill(ctx, t, `(SELECT company_id, author, min(published_at) AS first_seen,
		first(channel ORDER BY published_at, id) AS first_channel, count(*) FILTER (WHERE type = 'post') AS threads_opened, count(*) AS posts
		FROM posts GROUP BY company_id, author)`)
}

// Counters is one row for each channel and day.
func (c *Conversations) Counters(ctx context.Context) (*Table, error) {
	t := &Table{Name: "counters", Tenant: "company_id", Time: "day", Key: []string{"channel"}, Columns: []Column{
		{Name: "company_id", Type: query.String}, {Name: "day", Type: query.Time}, {Name: "channel", Type: query.String},
		{Name: "posts", Type: query.Int}, {Name: "words", Type: query.Int},
	}}
	return t, c.fill(ctx, t, `(SELECT company_id, CAST(date_trunc('day', published_at) AS TIMESTAMP) AS day, channel, count(*) AS posts, sum(words) AS words
		FROM posts GROUP BY ALL)`)
}

// fill sets the table's count and rows; from may name posts.
func (c *Conversations) fill(ctx context.Context, t *Table, from string) error {
	with := "WITH posts AS (SELECT * FROM read_parquet('" + strings.ReplaceAll(c.file, "'", "''") + "')) "
	if err := c.db.QueryRowContext(ctx, with+"SELECT count(*) FROM "+from).Scan(&t.Count); err != nil {
		return fmt.Errorf("load: count %s: %w", t.Name, err)
	}
	casts := make([]string, len(t.Columns))
	for i, col := range t.Columns {
		casts[i] = `CAST("` + col.Name + `" AS ` + sqlType(col) + ")"
	}
	text := with + "SELECT " + strings.Join(casts, ", ") + " FROM " + from + " ORDER BY ALL"
	t.Rows = func(yield func([]any, error) bool) {
		rows, err := c.db.QueryContext(ctx, text)
		if err != nil {
			yield(nil, fmt.Errorf("load: read %s: %w", t.Name, err))
			return
		}
		defer rows.Close()
		each(rows, len(t.Columns), yield)
	}
	return nil
}

// each yields the rows with their lists as texts.
func each(rows *sql.Rows, columns int, yield func([]any, error) bool) {
	for rows.Next() {
		row, into := make([]any, columns), make([]any, columns)
		for i := range row {
			into[i] = &row[i]
		}
		if err := rows.Scan(into...); err != nil {
			yield(nil, err)
			return
		}
		for i, v := range row {
			switch v := v.(type) {
			case []any:
				texts := make([]string, 0, len(v))
				for _, item := range v {
					if s, ok := item.(string); ok {
						texts = append(texts, s)
					}
				}
				row[i] = texts
			case time.Time:
				row[i] = v.UTC()
			}
		}
		if !yield(row, nil) {
			return
		}
	}
	if err := rows.Err(); err != nil {
		yield(nil, err)
	}
}

// Table returns a table by its name: posts, profiles or counters.
func (c *Conversations) Table(ctx context.Context, name string) (*Table, error) {
	switch name {
	case "posts":
		return c.Posts(ctx)
	case "profiles":
		return c.Profiles(ctx)
	case "counters":
		return c.Counters(ctx)
	}
	return nil, fmt.Errorf("load: no table %q; there are posts, profiles and counters", name)
}
